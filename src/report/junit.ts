import type { Anomaly, CheckerResult, Validity } from '../checker/verdict.ts';

import { formatTally } from './format.ts';
import type { RunData } from './input.ts';
import { MOST_ANOMALIES } from './timeline.ts';

/**
 * The verdict as JUnit XML: one test suite, with a case for the run and one for each checker. `unknown` becomes an `error`,
 * not `skipped`: CI systems let a skipped case pass, and a run that could not be judged has not passed.
 */
export function renderJunit(run: RunData): string {
  const { test, results } = run;
  const cases = [
    {
      name: 'run',
      valid: results.valid,
      message: results.summary,
      text: sentences(results.anomalies, results.summary),
    },
    ...Object.entries(results.checkers).map(([name, checker]) => ({
      name: `checker ${name}`,
      valid: checker.valid,
      message: checker.reason,
      text: sentences(checker.anomalies, checker.reason, checker),
    })),
  ];
  const failures = cases.filter(({ valid }) => valid === false).length;
  const errors = cases.filter(({ valid }) => valid === 'unknown').length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0"`;
  const suite = `name=${attribute(test.name)} timestamp=${attribute(test.startedAt)} time="${seconds(run)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts} time="${seconds(run)}">
  <testsuite ${suite} ${counts}>
    <properties>
${properties(run)}
    </properties>
${cases.map(({ name, valid, message, text }) => testCase(test.name, name, valid, message, text)).join('\n')}
  </testsuite>
</testsuites>
`;
}

/** Text for XML 1.0, which has no place for most control characters and lone surrogates, not even escaped. */
export function escapeXml(text: string): string {
  const allowed = text.replace(NOT_IN_XML, '\ufffd');
  return allowed.replace(/[&<>"'\t\n\r]/g, (character) => ESCAPES[character] ?? `&#${character.charCodeAt(0)};`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function attribute(text: string): string {
  return `"${escapeXml(text)}"`;
}

function seconds({ operations }: RunData): string {
  return ((operations.at(-1)?.time ?? 0) / 1e9).toFixed(3);
}

function properties({ test }: RunData): string {
  const { seed, system, workload, backend, nodes, nemeses, bug } = test.options;
  const facts = {
    command: test.command,
    run: test.runId,
    seed: String(seed),
    system,
    workload,
    backend,
    nodes: nodes.join(' '),
    nemeses: nemeses.join(' '),
    ...(bug === null ? {} : { bug }),
  };
  const lines = Object.entries(facts).map(
    ([name, value]) => `      <property name=${attribute(name)} value=${attribute(value)}/>`,
  );
  return lines.join('\n');
}

function testCase(suite: string, name: string, valid: Validity, message: string, text: string): string {
  const head = `    <testcase classname=${attribute(suite)} name=${attribute(name)}`;
  if (valid === true) return `${head}/>`;
  const element = valid === false ? 'failure' : 'error';
  const type = valid === false ? 'invalid' : 'unknown';
  return `${head}>
      <${element} type="${type}" message=${attribute(message)}>${escapeXml(text)}</${element}>
    </testcase>`;
}

/** The anomalies' sentences, one a line; `otherwise` where there are none. */
function sentences(anomalies: readonly Anomaly[], otherwise: string, checker?: CheckerResult): string {
  const lines = anomalies.slice(0, MOST_ANOMALIES).map(({ kind, sentence }) => `${kind}: ${sentence}`);
  const rest = anomalies.length - lines.length;
  if (rest > 0) lines.push(`and ${rest} more: see results.json`);
  const unlisted = new Map(Object.entries(checker?.unlisted ?? {}));
  if (unlisted.size > 0) lines.push(`not listed: ${formatTally(unlisted)}`);
  return lines.length === 0 ? otherwise : lines.join('\n');
}
