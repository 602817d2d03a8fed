import type { FaultRecord } from '../checker/verdict.ts';
import { kinds } from './anomalies-section.ts';
import { formatCount, formatTally, formatTime, shortened, verdictWord } from './format.ts';
import type { RunData } from './input.ts';
import { clientOperations } from './outcomes.ts';
import { anomalyId, faultId } from './timeline.ts';

/** A step summary is read at a glance; the whole story is in the report. */
const MOST_ANOMALIES = 10;
const MOST_OF_A_KIND = 3;
const MOST_FAULTS = 30;

/** The verdict in Markdown, short enough for the summary of a CI step. */
export function renderSummary(run: RunData): string {
  const { test, results } = run;
  const { workload, system, nodes, backend, seed, bug } = test.options;
  const operations = clientOperations(run.operations).length;
  const facts = [
    `${nodes.length} nodes`,
    `backend ${backend}`,
    `seed ${seed}`,
    `${formatCount(operations)} operations`,
    ...(bug === null ? [] : [`planted bug ${bug}`]),
  ];
  const parts = [
    `## ${SIGNS[verdictWord(results.valid)] ?? ''} ${verdictWord(results.valid)}: ${escapeMarkdown(workload)} on ${escapeMarkdown(system)}`,
    escapeMarkdown(results.summary),
    escapeMarkdown(facts.join(' · ')),
    ...anomalies(run),
    ...unclear(run),
    ...faults(results.faults),
    `### Run it again\n\n${fenced(test.command)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Text that Markdown and the HTML within it take for nothing but text, on one line. */
export function escapeMarkdown(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return oneLine.replace(/[\\`*_{}[\]()#+!|~@]/g, (character) => `\\${character}`);
}

const SIGNS: Readonly<Record<string, string>> = { valid: '✅', INVALID: '❌', unknown: '⚠️' };

function anomalies({ results }: RunData): string[] {
  if (results.anomalies.length === 0) return [];
  const ofKind = new Map<string, number>();
  const shown: string[] = [];
  for (const [at, { kind, sentence }] of results.anomalies.entries()) {
    const before = ofKind.get(kind) ?? 0;
    ofKind.set(kind, before + 1);
    if (before >= MOST_OF_A_KIND || shown.length >= MOST_ANOMALIES) continue;
    shown.push(`- **${anomalyId(at)} ${escapeMarkdown(kind)}**: ${escapeMarkdown(shortened(sentence, 400))}`);
  }
  const all = escapeMarkdown(formatTally(kinds(results)));
  return [`### Anomalies\n\n${all}\n\n${shown.join('\n')}`];
}

/** The checkers that could not judge: their reasons are what to mend first. */
function unclear({ results }: RunData): string[] {
  const lines = Object.entries(results.checkers)
    .filter(([, checker]) => checker.valid === 'unknown')
    .map(([name, checker]) => `- **${escapeMarkdown(name)}**: ${escapeMarkdown(shortened(checker.reason, 400))}`);
  return lines.length === 0 ? [] : [`### Could not judge\n\n${lines.join('\n')}`];
}

function faults(records: readonly FaultRecord[]): string[] {
  if (records.length === 0) return ['No fault was recorded.'];
  const rows = records.slice(0, MOST_FAULTS).map((fault, at) => {
    const what = `${escapeMarkdown(fault.nemesis)} | ${escapeMarkdown(shortened(fault.description, 120))}`;
    const when = `${formatTime(fault.startTime)} – ${fault.endTime === undefined ? 'never undone' : formatTime(fault.endTime)}`;
    const effect = fault.effective ? 'effective' : '**no effect seen**';
    return `| ${faultId(at)} | ${what} | ${when} | ${effect} | ${fault.leavesQuorum ? 'yes' : 'no'} |`;
  });
  const rest = records.length - rows.length;
  const more = rest > 0 ? `\n\nAnd ${formatCount(rest)} more.` : '';
  return [
    `### Faults\n\n|  | fault | what | time | effect | quorum left |\n|---|---|---|---|---|---|\n${rows.join('\n')}${more}`,
  ];
}

/** A code block whose fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}sh\n${text}\n${fence}`;
}
