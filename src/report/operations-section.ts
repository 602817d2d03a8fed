import { quantile } from '../base/quantile.ts';
import { stats } from './faults-section.ts';
import { formatCount, formatDuration, formatTally } from './format.ts';
import { type Html, html, type Part } from './html.ts';
import type { RunData } from './input.ts';
import type { ClientOperation, Outcome } from './outcomes.ts';
import { sortedLatencies } from './series.ts';

const OUTCOMES: readonly { readonly outcome: Outcome; readonly meaning: string }[] = [
  { outcome: 'ok', meaning: 'happened' },
  { outcome: 'fail', meaning: 'certainly did not happen' },
  { outcome: 'info', meaning: 'may have happened' },
  { outcome: 'open', meaning: 'no completion in the history; may have happened' },
];

/** What the clients asked and how it ended, in figures. */
export function operationsSection({ results }: RunData, pairs: readonly ClientOperation[]): Html {
  const empty = html`<p class="note">The history holds no operation of a client.</p>`;
  const facts = stats(results.stats);
  return html`<section id="operations" aria-labelledby="operations-title"><h2 id="operations-title">Operations</h2>
${pairs.length === 0 ? empty : html`${byFunction(pairs)}${byOutcome(pairs)}`}
${facts !== null && html`<details><summary>Statistics as in results.json</summary>${facts}</details>`}</section>`;
}

function byFunction(pairs: readonly ClientOperation[]): Html {
  const groups = new Map<string, ClientOperation[]>();
  for (const pair of pairs) {
    const group = groups.get(pair.invocation.f);
    if (group === undefined) groups.set(pair.invocation.f, [pair]);
    else group.push(pair);
  }
  const rows = [...groups].map(([f, group]) => functionRow(f, group));
  const total = groups.size > 1 && functionRow('all', pairs);
  return html`<div class="scroll" role="region" aria-label="Operations by function" tabindex="0"><table class="compact">
<thead><tr><th>f</th><th class="num">invoked</th><th class="num">ok</th><th class="num">fail</th><th class="num">info</th><th class="num">open</th><th>errors</th></tr></thead>
<tbody>${rows}</tbody>${total !== false && html`<tfoot>${total}</tfoot>`}</table></div>`;
}

function functionRow(f: string, pairs: readonly ClientOperation[]): Html {
  const counts: Record<Outcome, number> = { ok: 0, fail: 0, info: 0, open: 0 };
  const errors = new Map<string, number>();
  for (const { outcome, completion } of pairs) {
    counts[outcome]++;
    const code = completion?.error?.code;
    if (code !== undefined) errors.set(code, (errors.get(code) ?? 0) + 1);
  }
  const cells = OUTCOMES.map(({ outcome }) => html`<td class="num">${formatCount(counts[outcome])}</td>`);
  return html`<tr><td class="code">${f}</td><td class="num">${formatCount(pairs.length)}</td>${cells}<td class="code wide">${formatTally(errors)}</td></tr>
`;
}

function byOutcome(pairs: readonly ClientOperation[]): Html {
  return html`<h3>Latency by outcome</h3>
<div class="scroll" role="region" aria-label="Latency by outcome" tabindex="0"><table class="compact">
<thead><tr><th>outcome</th><th>meaning</th><th class="num">operations</th><th class="num">p50</th><th class="num">p95</th><th class="num">p99</th><th class="num">max</th></tr></thead>
<tbody>${OUTCOMES.map(({ outcome, meaning }) => outcomeRow(outcome, meaning, pairs))}</tbody></table></div>`;
}

function outcomeRow(outcome: Outcome, meaning: string, pairs: readonly ClientOperation[]): Part {
  const count = pairs.reduce((sum, pair) => sum + (pair.outcome === outcome ? 1 : 0), 0);
  if (count === 0) return null;
  const sorted = sortedLatencies(pairs, outcome);
  const cells = [0.5, 0.95, 0.99, 1].map((q) => {
    const ns = quantile(sorted, q);
    return html`<td class="num">${ns === null ? '–' : formatDuration(ns)}</td>`;
  });
  return html`<tr><td><span class="type ${outcome}">${outcome}</span></td><td>${meaning}</td><td class="num">${formatCount(count)}</td>${cells}</tr>
`;
}
