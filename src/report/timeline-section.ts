import { formatCount, formatDuration, shortened } from './format.ts';
import { type Html, html, type Part } from './html.ts';
import type { ReportInput } from './input.ts';
import { electionSummary, faultStrip, nodeLanes, traceNotes } from './lanes.ts';
import type { Scatter } from './series.ts';
import { neighbourhood, surroundings, type Timeline } from './timeline.ts';

/** Everything over time on one axis: faults, throughput, latency, and what each node was. */
export function timelineSection(input: ReportInput, timeline: Timeline, scatter: Scatter): Html {
  const every = formatDuration(timeline.bucketNs);
  return html`<section id="timeline" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>
${toolbar(timeline)}
<noscript><p class="note">The charts need JavaScript; the faults and the nodes’ lanes do not.</p></noscript>
<figure><figcaption><h3>Faults</h3></figcaption>${faultStrip(timeline)}</figure>
${scatter.total === 0 ? NO_CHARTS : charts(every, scatter)}
<figure><figcaption><h3>Nodes</h3><p>role and term; the line below is the commit index, on one scale for all nodes</p>
<ul class="legend static"><li class="leader">leader</li><li class="candidate">candidate</li><li class="pre-candidate">pre-candidate</li><li class="follower">follower</li><li class="mixed">many changes</li><li class="silent">nothing heard</li><li class="mark snapshot">snapshot</li><li class="mark installed">snapshot of the leader</li><li class="mark members">members</li></ul></figcaption>
${nodeLanes(input, timeline)}
${traceNotes(input).map((note) => html`<p class="note">${note}</p>`)}
${electionSummary(input)}</figure></section>`;
}

const NO_CHARTS = html`<p class="note">No operation of a client has both a beginning and an end in time: there is nothing to chart.</p>`;

function charts(every: string, scatter: Scatter): Html {
  return html`${chart('throughput', 'Throughput', `completions a second, in slices of ${every}`, OUTCOMES)}
${chart('latency', 'Latency of single operations', sampleNote(scatter), OUTCOMES)}
${chart('quantiles', 'Latency quantiles', `of operations that ended ok, in slices of ${every}`, QUANTILES)}`;
}

const OUTCOMES = ['ok', 'fail', 'info'] as const;
const QUANTILES = ['p50', 'p95', 'p99', 'max'] as const;

/** A canvas with its legend. The legend's buttons show and hide a series, so they work from a keyboard too. */
function chart(id: string, title: string, about: string, series: readonly string[]): Html {
  const buttons = series.map(
    (name, at) =>
      html`<li class="${name}"><button type="button" aria-pressed="true" data-chart="${id}" data-series="${at}">${name}</button></li>`,
  );
  return html`<figure><figcaption><h3>${title}</h3><p>${about}</p><ul class="legend" aria-label="Series shown">${buttons}</ul></figcaption>
<div class="canvas"><canvas id="${id}" role="img" aria-label="${title}, ${about}. The figures are in the tables under Operations."></canvas></div></figure>
`;
}

function sampleNote({ shown, total }: Scatter): string {
  if (shown === total) return `all ${formatCount(total)} completed operations, at the time they began`;
  return `${formatCount(shown)} of ${formatCount(total)} operations: of each moment and outcome the slowest and an even share, and the cited ones`;
}

/** Chooses the part of the run that all charts and lanes show. */
function toolbar(timeline: Timeline): Html {
  const { endNs, marks, bands } = timeline;
  const whole = option(`Whole run`, [0, endNs]);
  const toAnomalies = marks.map((mark) => option(`${mark.id} ${mark.anomaly.kind}`, neighbourhood(mark, endNs)));
  const toFaults = bands.map((band) =>
    option(`${band.id} ${band.fault.nemesis} ${band.fault.description}`, surroundings(band, endNs)),
  );
  return html`<div class="toolbar" role="group" aria-label="Part of the run that is shown">
<label for="view">Show</label> <select id="view">${whole}${group('Anomalies', toAnomalies)}${group('Faults', toFaults)}<option value="" hidden>Chosen by hand</option></select>
<button type="button" data-move="-1" aria-label="Earlier">←</button><button type="button" data-move="1" aria-label="Later">→</button>
<button type="button" data-zoom="0.5" aria-label="Zoom in">+</button><button type="button" data-zoom="2" aria-label="Zoom out">−</button>
<span class="note mouse">or drag across a chart</span><output id="shown"></output></div>`;
}

function group(name: string, options: readonly Html[]): Part {
  return options.length > 0 && html`<optgroup label="${name}">${options}</optgroup>`;
}

function option(name: string, [from, to]: readonly [number, number]): Html {
  return html`<option value="${from / 1e9},${to / 1e9}">${shortened(name, 60)}</option>`;
}
