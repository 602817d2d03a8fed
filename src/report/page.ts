import { createHash } from 'node:crypto';
import { anomaliesSection, MOST_CITED } from './anomalies-section.ts';
import { clientScript } from './client-script.ts';
import { environmentSection } from './environment-section.ts';
import { checkersSection, faultsSection } from './faults-section.ts';
import { verdictWord } from './format.ts';
import { headerSection } from './header-section.ts';
import { type Html, html, scriptJson, trusted } from './html.ts';
import type { ReportInput } from './input.ts';
import { operationsSection } from './operations-section.ts';
import { clientOperations } from './outcomes.ts';
import { latencyQuantiles, latencyScatter, type Quantiles, type Scatter, throughput } from './series.ts';
import { styleSheet } from './style.ts';
import { buildTimeline, MOST_ANOMALIES, type Timeline } from './timeline.ts';
import { timelineSection } from './timeline-section.ts';

/**
 * The report of a run as one HTML document that needs nothing else: no network, no file beside it. Whatever a run brought
 * with it is escaped, and a content security policy lets only the scripts and styles of this page take effect.
 */
export function renderReport(input: ReportInput): string {
  const pairs = clientOperations(input.operations);
  const timeline = buildTimeline(input);
  const scatter = latencyScatter(pairs, timeline, citedOperations(input));
  const { options, runId } = input.test;
  const title = `${verdictWord(input.results.valid)} · ${options.workload} on ${options.system} · ${runId}`;
  const anomalies = anomaliesSection(input, timeline);
  const data = chartData(timeline, throughput(pairs, timeline), scatter, latencyQuantiles(pairs, timeline));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(input.chartScript)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
${headerSection(input, pairs)}
${navigation(anomalies !== null)}
${anomalies}
${timelineSection(input, timeline, scatter)}
${faultsSection(timeline)}
${checkersSection(input)}
${operationsSection(input, pairs)}
${environmentSection(input)}
</main>
<footer>Written by raft-chaos. Times are seconds since the run began.</footer>
${HATCH}
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script>${trusted(input.chartScript)}</script>
<script>${trusted(clientScript)}</script>
</body>
</html>
`.text;
}

/** The pattern of a stretch in which nothing was heard of a node. */
const HATCH = html`<svg class="definitions" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6"/><path d="M-1,7 L7,-1 M-1,1 L1,-1 M5,7 L7,5"/></pattern></defs></svg>`;

function navigation(hasAnomalies: boolean): Html {
  const sections = ['timeline', 'faults', 'checkers', 'operations', 'environment'];
  const links = hasAnomalies ? ['anomalies', ...sections] : sections;
  const items = links.map((id) => html`<li><a href="#${id}">${id.slice(0, 1).toUpperCase()}${id.slice(1)}</a></li>`);
  return html`<nav aria-label="Sections"><ul>${items}</ul></nav>`;
}

function citedOperations({ results }: ReportInput): Set<number> {
  const shown = results.anomalies.slice(0, MOST_ANOMALIES);
  return new Set(shown.flatMap((anomaly) => anomaly.operations.slice(0, MOST_CITED)));
}

/** What the page's script draws; times in seconds. */
function chartData(timeline: Timeline, rates: unknown, scatter: Scatter, quantiles: Quantiles): unknown {
  return {
    end: timeline.endNs / 1e9,
    bucket: timeline.bucketNs / 1e9,
    throughput: rates,
    latency: scatter.points,
    quantiles,
    bands: timeline.bands.map(({ id, fault, fromNs, toNs, colour }) => {
      return { id, nemesis: fault.nemesis, effective: fault.effective, from: fromNs / 1e9, to: toNs / 1e9, colour };
    }),
    marks: timeline.marks.map(({ id, firstNs }) => ({ id, at: firstNs / 1e9 })),
  };
}

/** Names the page's own scripts and style by their hashes: a defence for the day that something is not escaped. */
function policy(chartScript: string): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${hash(styleSheet)}; script-src ${hash(chartScript)} ${hash(clientScript)}; base-uri 'none'; form-action 'none'`;
}
