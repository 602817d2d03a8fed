import { unreachable } from '../base/assert.ts';
import { formatCount, formatDuration, formatTime, plural } from './format.ts';
import { type Html, html, type Part } from './html.ts';
import type { ReportInput } from './input.ts';
import {
  commitSteps,
  type Election,
  elections,
  laneMarks,
  type Mark,
  type Piece,
  rolePieces,
  type Stretch,
  silentStretches,
} from './lane-pieces.ts';
import type { Band, Timeline } from './timeline.ts';
import type { NodeTrace } from './trace-summary.ts';

const ROLE_HEIGHT = 20;
const COMMIT_HEIGHT = 20;
const LANE_HEIGHT = ROLE_HEIGHT + COMMIT_HEIGHT + 4;
const STRIP_HEIGHT = 18;
const MOST_ELECTIONS = 200;

/*
 * Every drawing here is an SVG that fills the width it is given, with its contents in an inner SVG of class `zoom` whose
 * `x` and `width` the page's script sets to show a part of the run. Positions are percentages of the whole run, so
 * that text keeps its shape and everything lines up with the charts at any width.
 */

/** The strip above the charts: one row a nemesis, more where its faults overlap. */
export function faultStrip(timeline: Timeline): Html {
  if (timeline.bands.length === 0) return html`<p class="note">No fault was recorded in this run.</p>`;
  const rows = timeline.bandRows.map((row, at) => {
    const bands = timeline.bands.filter((band) => band.row === at);
    return html`<div class="lane"><div class="lane-name">${row.nemesis}</div>
<svg class="plot" height="${STRIP_HEIGHT}" role="img" aria-label="${row.nemesis}: ${plural(bands.length, 'fault')}"><svg class="zoom" x="0%" width="100%">
${bands.map((band) => stripBand(band, timeline.endNs))}</svg></svg></div>`;
  });
  return html`<div class="strip">${rows}</div>`;
}

function stripBand(band: Band, endNs: number): Html {
  const { fault, id } = band;
  const effect = fault.effective ? '' : ', no effect seen';
  const until = fault.endTime === undefined ? 'never undone' : formatTime(fault.endTime);
  const title = `${id} ${fault.nemesis} ${fault.description}: ${formatTime(fault.startTime)} to ${until}${effect}`;
  const style = fault.effective ? 'fault' : 'fault idle';
  return html`<rect class="${style} c${band.colour}" ${span(band.fromNs, band.toNs, endNs)} y="1" height="${STRIP_HEIGHT - 2}" rx="2"><title>${title}</title></rect>
${label(`${id} ${fault.description}`, id, band.fromNs, band.toNs, endNs, STRIP_HEIGHT - 5)}`;
}

/** One lane a node: its role and term above, the growth of its commit index below. */
export function nodeLanes(input: ReportInput, timeline: Timeline): Html {
  const { nodes } = input.test.options;
  const highest = highestCommit(input);
  const lanes = nodes.map((node) => lane(node, input, timeline, highest));
  const bands = timeline.bands.map(
    (band) =>
      html`<rect class="shade c${band.colour}" ${span(band.fromNs, band.toNs, timeline.endNs)} y="0" height="100%"/>`,
  );
  return html`<div class="lanes">
<svg class="plot backdrop" aria-hidden="true"><svg class="zoom" x="0%" width="100%" height="100%">${bands}</svg></svg>
${lanes}
<svg class="plot marks" aria-hidden="true"><svg class="zoom" x="0%" width="100%" height="100%">${anomalyLines(timeline)}</svg></svg>
<div class="lane axis-row"><div class="lane-name">seconds</div><svg class="plot axis" height="20" aria-hidden="true"></svg></div>
</div>`;
}

function anomalyLines(timeline: Timeline): Html[] {
  return timeline.marks.map((mark) => {
    const x = percent(mark.firstNs, timeline.endNs);
    return html`<line x1="${x}%" x2="${x}%" y1="0" y2="100%"/>`;
  });
}

function lane(node: string, input: ReportInput, timeline: Timeline, highest: number): Html {
  const trace = input.traces.get(node);
  const offsetNs = input.test.traceOffsetsNs[node];
  if (trace === undefined) return emptyLane(node, 'no trace was collected from this node');
  if (offsetNs === undefined)
    return emptyLane(node, 'its clock was not compared with the run’s, so it has no place here');
  if (trace.roles.length === 0) return emptyLane(node, 'its trace tells of no role');
  const pieces = rolePieces(trace, offsetNs, timeline.endNs);
  const silences = silentStretches(trace, offsetNs, timeline.endNs);
  const final = trace.commits.at(-1)?.commitIndex;
  return html`<div class="lane"><div class="lane-name"><b>${node}</b>${final !== undefined && html`<span title="last commit index seen">${formatCount(final)}</span>`}</div>
<svg class="plot" height="${LANE_HEIGHT}" role="img" aria-label="${describeLane(node, trace, pieces)}"><svg class="zoom" x="0%" width="100%">
${pieces.map((piece) => roleBar(node, piece, timeline.endNs))}
${silences.map(({ fromNs, toNs }) => html`<rect class="silent" ${span(fromNs, toNs, timeline.endNs)} y="0" height="${ROLE_HEIGHT}"><title>${`${node}: nothing heard for ${formatDuration(toNs - fromNs)}`}</title></rect>`)}
${pieces.map((piece) => termLabel(piece, silences, timeline.endNs))}
${laneMarks(trace, offsetNs, timeline.endNs).map((mark) => laneMark(node, mark, timeline.endNs))}
${commitLine(commitSteps(trace, offsetNs, timeline.endNs), timeline.endNs, highest)}</svg></svg></div>`;
}

function emptyLane(node: string, why: string): Html {
  return html`<div class="lane"><div class="lane-name"><b>${node}</b></div><p class="lane-empty">${why}</p></div>`;
}

function describeLane(node: string, trace: NodeTrace, pieces: readonly Piece[]): string {
  const led = pieces.filter((piece) => piece.role === 'leader').length;
  const boots = trace.boots.length > 1 ? `, started ${trace.boots.length} times` : '';
  return `${node}: leader in ${plural(led, 'stretch', 'stretches')}${boots}`;
}

function roleBar(node: string, piece: Piece, endNs: number): Html {
  const { role, fromNs, toNs } = piece;
  const title = `${node} ${roleWords(piece)}: ${formatTime(fromNs)} to ${formatTime(toNs)}`;
  return html`<rect class="role ${role}" ${span(fromNs, toNs, endNs)} y="0" height="${ROLE_HEIGHT}"><title>${title}</title></rect>
`;
}

/** The term, in the part of the bar before the node falls silent: the hatching would make it unreadable. */
function termLabel(piece: Piece, silences: readonly Stretch[], endNs: number): Part {
  const { role, term, fromNs, toNs } = piece;
  if (role === 'mixed' || term === null) return null;
  const silence = silences.find((stretch) => stretch.toNs > fromNs && stretch.fromNs < toNs);
  const until = silence === undefined ? toNs : silence.fromNs;
  if (until <= fromNs) return null;
  return label(`term ${term}`, String(term), fromNs, until, endNs, 14, role);
}

function laneMark(node: string, mark: Mark, endNs: number): Html {
  const x = percent(mark.atNs, endNs);
  const title = `${node}, ${formatTime(mark.atNs)}: ${markWords(mark)}`;
  return html`<line class="mark ${mark.kind}" x1="${x}%" x2="${x}%" y1="${ROLE_HEIGHT - 5}" y2="${ROLE_HEIGHT + 3}"><title>${title}</title></line>
`;
}

function markWords({ kind, what, count }: Mark): string {
  const last = count > 1 ? `, the last of ${count} in short order` : '';
  switch (kind) {
    case 'snapshot':
      return `a snapshot was taken up to index ${what}${last}`;
    case 'installed':
      return `a snapshot of the leader was installed up to index ${what}${last}`;
    case 'members':
      return `the members are ${what}${last}`;
    default:
      return unreachable(kind);
  }
}

function roleWords(piece: Piece): string {
  const term = piece.term === null ? '' : `, term ${piece.term}`;
  switch (piece.role) {
    case 'leader':
    case 'pre-candidate':
    case 'candidate':
    case 'follower':
      return `${piece.role}${term}`;
    case 'mixed':
      return `${plural(piece.changes, 'change')} of role or term, up to${term.slice(1)}`;
    default:
      return unreachable(piece.role);
  }
}

/** A staircase of the commit index, on one scale for all nodes: a node that is cut off stands still and then jumps. */
function commitLine(steps: readonly (readonly [number, number])[], endNs: number, highest: number): Part {
  if (steps.length === 0 || highest === 0) return null;
  const height = (index: number): string => String(Math.round((1 - index / highest) * 1000) / 10);
  let points = '';
  let before = height(0);
  for (const [atNs, index] of steps) {
    const x = Math.round((atNs / endNs) * 10_000) / 10;
    points += `${x},${before} `;
    before = height(index);
    points += `${x},${before} `;
  }
  const y = ROLE_HEIGHT + 3;
  return html`<svg y="${y}" width="100%" height="${COMMIT_HEIGHT}" viewBox="0 -3 1000 106" preserveAspectRatio="none"><polyline class="commit" points="${points}1000,${before}"/></svg>`;
}

function highestCommit(input: ReportInput): number {
  let highest = 0;
  for (const trace of input.traces.values()) {
    for (const { commitIndex } of trace.commits) highest = Math.max(highest, commitIndex);
  }
  return highest;
}

/** What the traces tell about elections, in a sentence and a table. */
export function electionSummary(input: ReportInput): Html {
  const found = elections(input.traces.values(), (node) => input.test.traceOffsetsNs[node]);
  if (found.length === 0) return html`<p class="note">The traces tell of no leader.</p>`;
  const shown = found.slice(0, MOST_ELECTIONS);
  const rest = found.length - shown.length;
  return html`<details><summary>${plural(found.length, 'election')} of a leader</summary>
<div class="scroll" role="region" aria-label="Elections" tabindex="0"><table class="compact"><thead><tr><th class="num">time</th><th>leader</th><th class="num">term</th></tr></thead>
<tbody>${shown.map(electionRow)}</tbody></table></div>
${rest > 0 && html`<p class="note">And ${formatCount(rest)} more.</p>`}</details>`;
}

function electionRow({ node, term, atNs }: Election): Html {
  const when = atNs < 0 ? 'before the run' : formatTime(atNs);
  return html`<tr><td class="num">${when}</td><td>${node}</td><td class="num">${term}</td></tr>`;
}

/** What the reader must know of the traces before trusting the lanes: what is missing, torn or cut. */
export function traceNotes(input: ReportInput): string[] {
  const notes: string[] = [];
  for (const node of input.test.options.nodes) {
    const trace = input.traces.get(node);
    if (trace === undefined) continue;
    if (trace.badLines > 0) notes.push(`${node}: ${plural(trace.badLines, 'line')} of its trace could not be read.`);
    if (trace.cutAt !== null)
      notes.push(`${node}: its trace is too long to be read whole, and its lane is incomplete.`);
  }
  return notes;
}

function span(fromNs: number, toNs: number, endNs: number): Html {
  const from = percent(fromNs, endNs);
  return html`x="${from}%" width="${Math.max(0.02, Math.round((percent(toNs, endNs) - from) * 1000) / 1000)}%"`;
}

function percent(ns: number, endNs: number): number {
  return Math.round((ns / endNs) * 100_000) / 1000;
}

/** A text inside a stretch; the page's script shows the long one, the short one or none, whichever fits. */
function label(
  long: string,
  short: string,
  fromNs: number,
  toNs: number,
  endNs: number,
  baseline: number,
  style = 'plain',
): Html {
  const [at, share] = [fromNs, toNs - fromNs].map((ns) => Math.round((ns / endNs) * 100_000) / 100_000);
  const fits = (share ?? 0) * 600 > 7 * long.length;
  return html`<text class="${style}${fits ? '' : ' hidden'}" x="${percent(fromNs, endNs)}%" dx="4" y="${baseline}" data-at="${at ?? 0}" data-share="${share ?? 0}" data-long="${long}" data-short="${short}">${long}</text>`;
}
