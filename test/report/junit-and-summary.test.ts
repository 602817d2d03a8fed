import { describe, expect, it } from 'vitest';
import { escapeXml, renderJunit } from '../../src/report/junit.ts';
import { escapeMarkdown, renderSummary } from '../../src/report/summary.ts';
import { emptyRun, hostileRun, lostRun, validRun } from './fixture-run.ts';

const HOSTILE = `</failure>]]><x y="'&\u0000\u001b[31m\ud800\ufffe\n| a | **b** \`c\` <script>`;

/** The elements of a document, in order; throws where tags do not match. Enough of XML for what we write. */
function elements(xml: string): string[] {
  const open: string[] = [];
  const found: string[] = [];
  for (const [tag, closing, name, , empty] of xml.matchAll(
    /<(\/?)([\w-]+)((?:\s[\w-]+="[^"<]*")*)\s*(\/?)>|<(?!\?xml)/g,
  )) {
    if (name === undefined) throw new Error(`a stray < in ${tag}`);
    if (closing === '/') expect(open.pop()).toBe(name);
    else found.push(name);
    if (closing !== '/' && empty !== '/') open.push(name);
  }
  expect(open).toEqual([]);
  return found;
}

describe('junit.xml', () => {
  it('has one case for the run and one for each checker', () => {
    const xml = renderJunit(validRun());
    expect(elements(xml).filter((name) => name === 'testcase')).toHaveLength(3);
    expect(xml).toContain('tests="3" failures="0" errors="0"');
    expect(xml).toContain('name="seed" value="42"');
  });

  it('fails for an invalid run, with the sentences', () => {
    const xml = renderJunit(lostRun());
    expect(elements(xml).filter((name) => name === 'failure')).toHaveLength(2);
    expect(xml).toContain('failures="2"');
    expect(xml).toContain('lost: The broadcast of &quot;m-');
    expect(xml).toContain('not listed: lost × 3');
  });

  it('makes unknown an error, which no CI takes for passed', () => {
    const xml = renderJunit(emptyRun());
    expect(elements(xml).filter((name) => name === 'error')).toHaveLength(2);
    expect(xml).toContain('errors="2" skipped="0"');
    expect(xml).toContain('The checker crashed');
  });

  it('stays well-formed whatever a run brings', () => {
    const plain = elements(renderJunit(lostRun()));
    expect(new Set(elements(renderJunit(hostileRun(HOSTILE))))).toEqual(new Set(plain));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML has no place for
    expect(escapeXml(HOSTILE)).not.toMatch(/[\u0000-\u001f<>"\ufffe]/);
  });
});

describe('summary.md', () => {
  it('tells verdict, facts, anomalies, faults and command', () => {
    const run = lostRun();
    const text = renderSummary(run);
    expect(text).toMatch(/^## ❌ INVALID: broadcast on raft\n\n/);
    expect(text).toContain('seed 42');
    expect(text).toContain('**A1 lost**');
    expect(text).toContain('| F5 | pause | n2 | 24.000 s – 24.400 s | **no effect seen** | yes |');
    expect(text).toContain(`\`\`\`sh\n${run.test.command}\n\`\`\``);
    expect(text.length).toBeLessThan(4000);
  });

  it('shows a few anomalies of every kind', () => {
    const run = lostRun();
    const [lost, split] = run.results.anomalies;
    if (lost === undefined || split === undefined) throw new Error('the fixture has anomalies');
    const anomalies = [...Array.from({ length: 20 }, () => lost), split];
    const text = renderSummary({ ...run, results: { ...run.results, anomalies } });
    expect(text.match(/^- \*\*A\d+ [\w-]+/gm)).toEqual([
      '- **A1 lost',
      '- **A2 lost',
      '- **A3 lost',
      '- **A21 split-brain',
    ]);
  });

  it('gives the reasons of checkers that could not judge', () => {
    expect(renderSummary(emptyRun())).toContain('**total-order**: The checker crashed');
    expect(renderSummary(validRun())).not.toContain('Could not judge');
  });

  it('escapes what Markdown, its tables and HTML would read', () => {
    const text = renderSummary(hostileRun(HOSTILE));
    const outsideCode = text.replaceAll(/^(`{3,})sh\n[\s\S]*?\n\1$/gm, '');
    expect(outsideCode).not.toMatch(/<(script|x)/);
    for (const row of outsideCode.split('\n').filter((line) => line.startsWith('| F'))) {
      expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(7);
    }
    expect(escapeMarkdown('a\n# b')).toBe('a \\# b');
  });

  it('fences a command that holds a fence', () => {
    const run = validRun();
    const text = renderSummary({ ...run, test: { ...run.test, command: 'run ```\n```' } });
    expect(text).toContain('````sh\nrun ```\n```\n````');
  });
});
