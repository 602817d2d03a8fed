import type { Validity } from '../checker/verdict.ts';
import { formatCount, formatDuration, verdictWord } from './format.ts';
import { type Html, html, type Part } from './html.ts';
import type { RunData } from './input.ts';
import type { ClientOperation } from './outcomes.ts';

/** The verdict as a badge: colour, sign and word. */
export function verdictBadge(valid: Validity): Html {
  return html`<span class="badge ${verdictClass(valid)}">${verdictSign(valid)} ${verdictWord(valid)}</span>`;
}

/** The style sheet's class for a verdict. */
function verdictClass(valid: Validity): string {
  if (valid === 'unknown') return 'unknown';
  return valid ? 'valid' : 'invalid';
}

function verdictSign(valid: Validity): string {
  if (valid === 'unknown') return '?';
  return valid ? '✓' : '✗';
}

/** What everyone reads first: the verdict, one sentence, what was run, and how to run it again. */
export function headerSection(run: RunData, pairs: readonly ClientOperation[]): Html {
  const { test, results } = run;
  const { options } = test;
  const heading = `${options.workload} on ${options.system}`;
  return html`<header class="top ${verdictClass(results.valid)}">
<p class="brand">raft-chaos · <span>${test.name}</span> · <span>${test.runId}</span></p>
<h1>${verdictBadge(results.valid)} <span>${heading}</span></h1>
<p class="sentence">${results.summary}</p>
<dl class="facts">
${fact('System', options.system)}
${fact('Workload', options.workload)}
${fact('Nodes', `${options.nodes.length}: ${options.nodes.join(' ')}`)}
${fact('Backend', options.backend)}
${fact('Nemeses', options.nemeses.length === 0 ? 'none' : options.nemeses.join(', '))}
${fact('Seed', String(options.seed))}
${fact('Duration', duration(run))}
${fact('Operations', formatCount(pairs.length))}
${fact('Faults', faultCount(run))}
${fact('Started', test.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'))}
${options.bug !== null && fact('Planted bug', options.bug)}
</dl>
<h2 class="small" id="again">Run it again</h2>
<div class="command"><pre tabindex="0" aria-labelledby="again"><code id="command">${commandTokens(test.command)}</code></pre>
<button type="button" id="copy" data-copies="command">Copy</button><span id="copied" role="status"></span></div>
</header>`;
}

/** Each word in an element of its own, so that lines break between words and never inside `--rate`. */
function commandTokens(command: string): Html[] {
  return command.split(' ').map((token, at) => html`${at > 0 && ' '}<span class="token">${token}</span>`);
}

function fact(name: string, value: Part): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function duration({ operations }: RunData): string {
  const last = operations.at(-1);
  if (last === undefined) return 'nothing was recorded';
  return last.time === undefined ? 'the history has no times' : formatDuration(last.time);
}

function faultCount({ results }: RunData): string {
  const total = results.faults.length;
  if (total === 0) return 'none';
  const effective = results.faults.filter((fault) => fault.effective).length;
  return effective === total ? `${total}, all took effect` : `${total}, of which ${effective} took effect`;
}
