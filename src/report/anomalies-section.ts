import type { Anomaly, Results } from '../checker/verdict.ts';
import type { Operation } from '../history/operation.ts';
import { pairOperations } from '../history/pairs.ts';
import { cyclePicture } from './cycle.ts';
import {
  formatCount,
  formatTally,
  formatTime,
  isDeliveries,
  isRecord,
  plural,
  previewValue,
  shortened,
} from './format.ts';
import { type Html, html, type Part } from './html.ts';
import type { RunData } from './input.ts';
import { anomalyId, type Mark, MOST_ANOMALIES, neighbourhood, type Timeline } from './timeline.ts';

/** What an anomaly is told from, beside itself. */
interface Context {
  readonly operations: readonly Operation[];
  readonly partners: ReadonlyMap<number, number>;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly endNs: number;
}

/** Operations shown of one anomaly. */
export const MOST_CITED = 24;

/** The anomalies, each with its sentence and the operations that prove it. Nothing where there are none. */
export function anomaliesSection(run: RunData, timeline: Timeline): Part {
  const { anomalies } = run.results;
  if (anomalies.length === 0) return null;
  const { operations } = run;
  const marks = new Map(timeline.marks.map((mark) => [mark.id, mark]));
  const context = { operations, partners: partnersOf(operations), marks, endNs: timeline.endNs };
  const shown = anomalies.slice(0, MOST_ANOMALIES).map((anomaly, at) => ({ anomaly, id: anomalyId(at) }));
  return html`<section id="anomalies" aria-labelledby="anomalies-title"><h2 id="anomalies-title">Anomalies</h2>
<p>${formatTally(kinds(run.results))}</p>
${[...new Set(shown.map(({ anomaly }) => anomaly.kind))].map((kind) => ofKind(kind, shown, context))}
${remainder(anomalies.slice(MOST_ANOMALIES))}</section>`;
}

interface Shown {
  readonly anomaly: Anomaly;
  /** By its place in the results, as on the timeline. */
  readonly id: string;
}

/** The first anomaly of a kind stands open; the others tell the same story and are folded away. */
function ofKind(kind: string, shown: readonly Shown[], context: Context): Part {
  const entries = shown
    .filter(({ anomaly }) => anomaly.kind === kind)
    .map(({ anomaly, id }, at) => anomalyEntry(anomaly, id, at === 0, context));
  const [first = null, ...others] = entries;
  if (others.length === 0) return first;
  return html`${first}<details class="others"><summary>${others.length} more of the kind <b>${kind}</b></summary>${others}</details>`;
}

/** How many anomalies of each kind were found, those that no list holds included. */
export function kinds(results: Results): Map<string, number> {
  const tally = new Map<string, number>();
  const count = (kind: string, more: number): void => void tally.set(kind, (tally.get(kind) ?? 0) + more);
  for (const anomaly of results.anomalies) count(anomaly.kind, 1);
  for (const checker of Object.values(results.checkers)) {
    for (const [kind, more] of Object.entries(checker.unlisted ?? {})) count(kind, more);
  }
  return tally;
}

function remainder(rest: readonly Anomaly[]): Part {
  if (rest.length === 0) return null;
  return html`<p class="note">And ${plural(rest.length, 'further anomaly', 'further anomalies')}: see results.json.</p>`;
}

function anomalyEntry(anomaly: Anomaly, id: string, open: boolean, context: Context): Html {
  const mark = context.marks.get(id);
  const cycle = cyclePicture(anomaly, context.operations);
  return html`<details class="anomaly" id="${id}"${open && html` open`}>
<summary><span class="id">${id}</span> <b class="kind">${anomaly.kind}</b> <span>${anomaly.sentence}</span></summary>
<p class="links">${mark !== undefined && showLink(mark, context.endNs)}${nodesOf(anomaly)}</p>
${cycle}${citedTable(anomaly, id, context)}
${details(anomaly, cycle !== null)}</details>
`;
}

function showLink(mark: Mark, endNs: number): Html {
  const [from, to] = neighbourhood(mark, endNs);
  return html`<a href="#timeline" data-range="${from / 1e9},${to / 1e9}">Show ${mark.id} on the timeline</a>`;
}

function nodesOf({ nodes }: Anomaly): Part {
  return nodes !== undefined && nodes.length > 0 && html` <span class="note">Seen on ${nodes.join(', ')}</span>`;
}

/** The other facts; what a picture shows is not told again. */
function details({ details: facts = {} }: Anomaly, pictured: boolean): Part {
  const told = Object.entries(facts).filter(([name]) => !pictured || (name !== 'transactions' && name !== 'edges'));
  if (told.length === 0) return null;
  const entries = told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${previewValue(value, 2000)}</dd></div>`);
  return html`<dl class="facts code">${entries}</dl>`;
}

/** For each operation of a pair, its other half. */
function partnersOf(operations: readonly Operation[]): Map<number, number> {
  const partners = new Map<number, number>();
  for (const { invocation, completion } of pairOperations(operations)) {
    if (completion === null) continue;
    partners.set(invocation.index, completion.index);
    partners.set(completion.index, invocation.index);
  }
  return partners;
}

/** The operations cited, in bold, and the other half of each, so that a reader sees when it began and how it ended. */
function citedTable(anomaly: Anomaly, id: string, { operations, partners }: Context): Part {
  if (anomaly.operations.length === 0) return html`<p class="note">No single operation proves it.</p>`;
  const cited = new Set(anomaly.operations.slice(0, MOST_CITED));
  const indices = new Set(cited);
  for (const index of cited) {
    const partner = partners.get(index);
    if (partner !== undefined) indices.add(partner);
  }
  const rows = [...indices]
    .sort((a, b) => a - b)
    .map((index) => row(index, operations[index], cited.has(index), anomaly));
  const rest = anomaly.operations.length - cited.size;
  return html`<div class="scroll" role="region" aria-label="Operations of ${id}" tabindex="0"><table class="stack operations">
<thead><tr><th class="num">index</th><th class="num">time</th><th>process</th><th>node</th><th>type</th><th>f</th><th>value</th><th>error</th></tr></thead>
<tbody>${rows}</tbody></table></div>
${rest > 0 && html`<p class="note">And ${formatCount(rest)} more operations: see results.json.</p>`}`;
}

function row(index: number, operation: Operation | undefined, cited: boolean, anomaly: Anomaly): Html {
  if (operation === undefined) {
    return html`<tr><td class="num">${index}</td><td colspan="7">not in the history that is stored</td></tr>`;
  }
  const { time, process, node, type, f, key, value, error } = operation;
  const name = key === undefined ? f : `${f} ${key}`;
  const failure = error === undefined ? '' : `${error.code}: ${shortened(error.message, 160)}`;
  return html`<tr${!cited && html` class="partner"`}><td class="num">${index}</td><td class="num">${formatTime(time)}</td><td data-label="process">${process}</td><td>${node ?? ''}</td>
<td><span class="type ${type}">${type}</span></td><td class="code">${name}</td><td class="code value">${previewValue(value)}${finding(value, anomaly)}</td><td class="code value">${failure}</td></tr>`;
}

/** What a read of deliveries says of the message and the position that an anomaly is about, where its facts name them. */
function finding(value: unknown, { details: facts }: Anomaly): Part {
  if (!isDeliveries(value) || !isRecord(facts)) return null;
  const { message, position } = facts;
  const findings: string[] = [];
  if (typeof position === 'number') {
    const there = value.messages[position - value.from];
    if (there !== undefined) findings.push(`at position ${position}: ${quoted(there)}`);
  }
  if (typeof message === 'string') {
    const at = value.messages.indexOf(message);
    findings.push(
      at < 0 ? `${quoted(message)} is not among them` : `${quoted(message)} is at position ${value.from + at}`,
    );
  }
  return findings.map((sentence) => html`<br><em>${sentence}</em>`);
}

function quoted(message: string): string {
  return shortened(JSON.stringify(message), 60);
}
