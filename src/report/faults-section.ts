import type { CheckerResult } from '../checker/verdict.ts';
import { formatCount, formatTime, previewValue } from './format.ts';
import { verdictBadge } from './header-section.ts';
import { type Html, html, type Part } from './html.ts';
import type { RunData } from './input.ts';
import { type Band, surroundings, type Timeline } from './timeline.ts';

/** Each fault with what shows that it took effect. */
export function faultsSection(timeline: Timeline): Html {
  const rows = timeline.bands.map((band) => faultRow(band, timeline.endNs));
  const table = html`<div class="scroll" role="region" aria-label="Faults" tabindex="0"><table class="stack">
<thead><tr><th>fault</th><th>what</th><th class="num">start – end</th><th>effect</th><th>quorum left</th><th>evidence</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
  return html`<section id="faults" aria-labelledby="faults-title"><h2 id="faults-title">Faults</h2>
${rows.length === 0 ? html`<p class="note">No fault was recorded in this run.</p>` : table}</section>`;
}

function faultRow(band: Band, endNs: number): Html {
  const { fault, id, colour } = band;
  const [from, to] = surroundings(band, endNs);
  const end = fault.endTime === undefined ? 'never undone' : formatTime(fault.endTime);
  return html`<tr id="${id}"><td class="nowrap"><a href="#timeline" data-range="${from / 1e9},${to / 1e9}">${id}</a> <span class="swatch c${colour}"></span>${fault.nemesis}</td>
<td class="code">${fault.description}</td><td class="num">${formatTime(fault.startTime)} – <br>${end}</td>
<td>${fault.effective ? html`<span class="good">effective</span>` : html`<span class="bad">no effect seen</span>`}</td>
<td data-label="quorum left">${fault.leavesQuorum ? 'yes' : 'no'}</td>
<td class="wide">${fault.evidence.length === 0 ? html`<span class="note">none</span>` : html`<ul>${fault.evidence.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}</td></tr>
`;
}

/** Each checker with its verdict and why. */
export function checkersSection({ results }: RunData): Html {
  const rows = Object.entries(results.checkers).map(([name, checker]) => checkerRow(name, checker));
  const table = html`<div class="scroll" role="region" aria-label="Checkers" tabindex="0"><table class="stack">
<thead><tr><th>checker</th><th>verdict</th><th>reason</th><th>facts</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section id="checkers" aria-labelledby="checkers-title"><h2 id="checkers-title">Checkers</h2>
${rows.length === 0 ? html`<p class="note">No checker judged this run.</p>` : table}</section>`;
}

function checkerRow(name: string, checker: CheckerResult): Html {
  return html`<tr><td class="code nowrap">${name}</td><td>${verdictBadge(checker.valid)}</td>
<td class="wide">${checker.reason}${unlisted(checker)}</td><td>${stats(checker.stats ?? {})}</td></tr>
`;
}

function unlisted(checker: CheckerResult): Part {
  const entries = Object.entries(checker.unlisted ?? {});
  if (entries.length === 0) return null;
  return html`<br><span class="note">Not listed: ${entries.map(([kind, count]) => `${kind} × ${formatCount(count)}`).join(', ')}</span>`;
}

/** Counts and facts as a checker gives them, whatever they are. */
export function stats(facts: Readonly<Record<string, unknown>>): Part {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  const shown = (value: unknown): string => (typeof value === 'number' ? formatCount(value) : previewValue(value, 400));
  return html`<dl class="stats">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${shown(value)}</dd></div>`)}</dl>`;
}
