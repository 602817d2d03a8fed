import { runFiles } from '../controller/run-folder.ts';
import { formatBytes, formatCount, formatDuration, isRecord, shortened } from './format.ts';
import { type Html, html } from './html.ts';
import type { ReportInput, RunFile } from './input.ts';

/** A run with this many nodes and files is listed whole; a folder with more holds something else. */
const MOST_FILES = 200;
const DEEPEST = 4;

/** On what it ran: options as resolved, versions, what the backend tells of itself, the files, the traces. */
export function environmentSection(input: ReportInput): Html {
  const { test } = input;
  return html`<section id="environment" aria-labelledby="environment-title"><h2 id="environment-title">Environment</h2>
<h3>Options</h3>${factList(readableOptions(input))}
<h3>Versions</h3>${factList(test.versions)}
<h3>Cluster</h3>${factList(test.cluster)}
${traceTable(input)}
<h3>Files</h3>${fileList(input.files)}</section>`;
}

/** The options with their durations in a unit that a person reads. */
function readableOptions({ test }: ReportInput): Readonly<Record<string, unknown>> {
  const { timeLimitMs, opTimeoutMs, recoveryTimeoutMs, rate, bug, nemeses, ...rest } = test.options;
  return {
    ...rest,
    nemeses: nemeses.length === 0 ? 'none' : nemeses,
    rate: `${formatCount(rate)} a second`,
    timeLimit: formatDuration(timeLimitMs * 1e6),
    opTimeout: formatDuration(opTimeoutMs * 1e6),
    recoveryTimeout: formatDuration(recoveryTimeoutMs * 1e6),
    bug: bug ?? 'none',
  };
}

function factList(facts: Readonly<Record<string, unknown>>, depth = 0): Html {
  const entries = Object.entries(facts);
  if (entries.length === 0) return html`<p class="note">Nothing was recorded.</p>`;
  return html`<dl class="environment">${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${factValue(value, depth)}</dd>`)}</dl>`;
}

function factValue(value: unknown, depth: number): Html {
  if (isRecord(value) && Object.keys(value).length > 0 && depth < DEEPEST) return factList(value, depth + 1);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number')) {
    return html`${shortened(value.join(' '), 1000)}`;
  }
  if (typeof value === 'string') return html`${shortened(value, 1000)}`;
  return html`${shortened(JSON.stringify(value) ?? String(value), 1000)}`;
}

function traceTable({ test, traces }: ReportInput): Html {
  const rows = test.options.nodes.map((node) => {
    const trace = traces.get(node);
    if (trace === undefined) return html`<tr><td>${node}</td><td colspan="6">no trace</td></tr>`;
    const counts = [trace.boots.length, trace.lines, trace.sent, trace.received, trace.dropped, trace.badLines];
    return html`<tr><td>${node}</td>${counts.map((count) => html`<td class="num">${formatCount(count)}</td>`)}</tr>`;
  });
  return html`<h3>Traces</h3><div class="scroll" role="region" aria-label="Traces" tabindex="0"><table class="compact">
<thead><tr><th>node</th><th class="num">starts</th><th class="num">lines</th><th class="num">sent</th><th class="num">received</th><th class="num">dropped</th><th class="num">unreadable</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function fileList(files: readonly RunFile[]): Html {
  const generated = [runFiles.junit, runFiles.summary].map((path) => html`<li><a href="${path}">${path}</a></li>`);
  const stored = files.slice(0, MOST_FILES).map(({ path, bytes }) => {
    return html`<li><a href="${linkTo(path)}">${path}</a> <span class="note">${formatBytes(bytes)}</span></li>`;
  });
  const rest = files.length - stored.length;
  return html`<ul class="files">${stored}${generated}</ul>${rest > 0 && html`<p class="note">And ${formatCount(rest)} more.</p>`}`;
}

/** Relative, so that a folder that is moved or uploaded keeps its links; a name with `:` must not look like a scheme. */
function linkTo(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`;
}
