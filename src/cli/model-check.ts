import { writeFileSync } from 'node:fs';
import { asChaosError, UsageError } from '../base/errors.ts';
import { Interrupt } from '../base/interrupt.ts';
import { searchInParallel } from '../model/parallel/search-in-parallel.ts';
import { outcomeOf, type Progress, type SearchResult } from '../model/search.ts';
import { sequenceDiagram } from '../model/sequence-diagram.ts';
import { exitStatus } from './exit-status.ts';
import {
  type ChosenModel,
  type ModelArguments,
  resolveModel,
  resolveSearch,
  type SearchArguments,
  type SearchSettings,
} from './model-options.ts';
import { reportJson, reportLines } from './model-report.ts';
import { Terminal } from './terminal.ts';

type CheckArguments = ModelArguments & SearchArguments & { readonly diagram?: string; readonly json?: boolean };

export async function checkModel(given: CheckArguments): Promise<number> {
  const terminal = new Terminal();
  const { model, source, replay } = resolveModel(given);
  if (given.diagram !== undefined && model.lifelines === undefined) {
    throw new UsageError('bad-option', `--diagram: the model ${given.model} has no actors to draw`);
  }
  // Small models have an end of their own; a mutant's scope is there to be searched until it is found.
  const bounded = given.model === 'raft' && given.mutant === undefined && given.search !== 'simulation';
  const settings = resolveSearch(given, bounded ? 10 : null);
  const startedMs = Date.now();
  const secondsSince = (): number => (Date.now() - startedMs) / 1000;
  const { strategy, depth, workers, walks, seed } = settings;
  const result = await searchInParallel(model, source, {
    ...(depth === null ? {} : { depth }),
    strategy,
    workers,
    walks,
    seed,
    progress: progressLines(terminal, secondsSince),
    stop: stopReason(settings, secondsSince, interruptible(terminal)),
  });
  const seconds = secondsSince();
  const report = { model, result, settings, seconds, replayed: replayed(result, replay) };
  if (given.json) terminal.printJson(reportJson(report));
  else for (const line of reportLines(report)) terminal.print(line);
  if (given.diagram !== undefined) drawDiagram(terminal, report, given.diagram);
  return statusOfSearch(result, settings);
}

/** Replays what was found; how many paths. That one cannot be is a fault of the model, and ends the command. */
function replayed({ findings }: SearchResult<unknown, unknown>, replay: ChosenModel['replay']): number | null {
  if (replay === null) return null;
  const paths = findings.map(({ path }) => path).filter((path) => path !== null);
  for (const path of paths) replay(path);
  return paths.length;
}

/** Whether what was asked for has been seen: all there is, all up to the depth given, or so many walks. */
function statusOfSearch(result: SearchResult<unknown, unknown>, { strategy }: SearchSettings): number {
  const outcomes = result.findings.map((finding) => outcomeOf(result, finding));
  if (outcomes.includes('violated') || outcomes.includes('never')) return exitStatus.invalid;
  const asked = result.cut === null || result.cut === 'walks' || (result.cut === 'depth' && strategy === 'bfs');
  return asked || !outcomes.includes('open') ? exitStatus.valid : exitStatus.unknown;
}

function progressLines(terminal: Terminal, secondsSince: () => number): (progress: Progress) => void {
  let saidAt = 0;
  return ({ states, unique, depth }) => {
    if (secondsSince() - saidAt < 1) return;
    saidAt = secondsSince();
    terminal.say(`Checking. states=${states}, unique=${unique}, depth=${depth}, sec=${Math.round(saidAt)}`);
  };
}

function stopReason({ timeMs, memoryBytes }: SearchSettings, secondsSince: () => number, interrupt: Interrupt) {
  return () => {
    if (interrupt.requested) return 'interrupt';
    if (timeMs !== null && secondsSince() * 1000 > timeMs) return 'time';
    // All threads together, with what the models themselves remember.
    return process.memoryUsage.rss() > memoryBytes ? 'memory' : null;
  };
}

function drawDiagram(terminal: Terminal, { model, result }: Parameters<typeof reportLines>[0], file: string): void {
  const shown = result.findings.filter(({ path }) => path !== null);
  const finding = shown.find(({ property }) => property.expectation !== 'sometimes') ?? shown.at(-1);
  if (finding === undefined || finding.path === null) {
    terminal.say('no diagram: there is no path to draw');
    return;
  }
  const title = `${finding.property.name}: ${finding.property.expectation === 'sometimes' ? 'example' : 'counterexample'}`;
  try {
    writeFileSync(file, sequenceDiagram(model, finding.path, title));
  } catch (thrown) {
    throw asChaosError(thrown, `the diagram ${file}`);
  }
  terminal.say(`the diagram of ${finding.property.name} is in ${file}`);
}

/** First Ctrl-C: what has been found so far is told. Second: it stops at once. */
function interruptible(terminal: Terminal): Interrupt {
  const interrupt = new Interrupt();
  process.on('SIGINT', () => {
    if (interrupt.requested) process.exit(exitStatus.unknown);
    terminal.say('stopping; once more to stop at once');
    interrupt.request();
  });
  return interrupt;
}
