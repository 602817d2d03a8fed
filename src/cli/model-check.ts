import { closeSync, existsSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { asChaosError, type ChaosError, UsageError } from '../base/errors.ts';
import { Interrupt } from '../base/interrupt.ts';
import { searchInParallel } from '../model/parallel/search-in-parallel.ts';
import { outcomeOf, type Progress, type SearchResult } from '../model/search.ts';
import { sequenceDiagram } from '../model/sequence-diagram.ts';
import { exitStatus, mergeStatuses } from './exit-status.ts';
import {
  type ChosenModel,
  type ModelArguments,
  resolveModel,
  resolveSearch,
  type SearchArguments,
  type SearchSettings,
} from './model-options.ts';
import { type CheckReport, reportJson, reportLines, warnings } from './model-report.ts';
import { Terminal } from './terminal.ts';

type CheckArguments = ModelArguments & SearchArguments & { readonly diagram?: string; readonly json?: boolean };

export async function checkModel(given: CheckArguments): Promise<number> {
  const terminal = new Terminal();
  const { model, source, replay } = resolveModel(given);
  if (given.diagram !== undefined && model.lifelines === undefined) {
    throw new UsageError('bad-option', `--diagram: the model ${given.model} has no actors to draw`);
  }
  if (given.diagram !== undefined) checkWritable(given.diagram);
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
  const { replayed, mismatch } = replayAll(result, replay);
  const report = { model, result, settings, seconds, replayed };
  if (given.json) terminal.printJson(reportJson(report));
  else for (const line of reportLines(report)) terminal.print(line);
  for (const line of warnings(report)) terminal.say(line);
  const failures = mismatch === null ? [] : [terminal.fail(mismatch)];
  if (given.diagram !== undefined) failures.push(drawDiagram(terminal, report, given.diagram));
  return mergeStatuses([statusOfSearch(result, settings), ...failures]);
}

/**
 * Replays what was found; how many paths. That one cannot be is a fault of the model, which is told behind the report: what
 * was found is worth seeing all the same.
 */
function replayAll(
  { findings }: SearchResult<unknown, unknown>,
  replay: ChosenModel['replay'],
): { replayed: number | null; mismatch: ChaosError | null } {
  if (replay === null) return { replayed: null, mismatch: null };
  let replayed = 0;
  for (const { property, path } of findings) {
    if (path === null) continue;
    try {
      replay(path);
    } catch (thrown) {
      return { replayed, mismatch: asChaosError(thrown, `the path of ${property.name} cannot be replayed`) };
    }
    replayed++;
  }
  return { replayed, mismatch: null };
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

/** Before a search that may take hours. What is there stays as it was. */
function checkWritable(file: string): void {
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, 'a'));
    if (isNew) unlinkSync(file);
  } catch (thrown) {
    throw asChaosError(thrown, `the diagram ${file}`);
  }
}

/** The status that it leaves: what the search has found is not to be masked. */
function drawDiagram(terminal: Terminal, { model, result }: CheckReport, file: string): number {
  const shown = result.findings.filter(({ path }) => path !== null);
  const finding = shown.find(({ property }) => property.expectation !== 'sometimes') ?? shown.at(-1);
  if (finding === undefined || finding.path === null) {
    terminal.say('no diagram: there is no path to draw');
    return exitStatus.valid;
  }
  const title = `${finding.property.name}: ${finding.property.expectation === 'sometimes' ? 'example' : 'counterexample'}`;
  try {
    writeFileSync(file, sequenceDiagram(model, finding.path, title));
  } catch (thrown) {
    return terminal.fail(asChaosError(thrown, `the diagram ${file}`));
  }
  terminal.say(`the diagram of ${finding.property.name} is in ${file}`);
  return exitStatus.valid;
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
