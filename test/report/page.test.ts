import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/page.ts';
import { reportInput } from './fixture-input.ts';
import { emptyRun, hostileRun, lostRun, NODES, validRun } from './fixture-run.ts';
import { restlessTrace } from './fixture-traces.ts';

const MEGABYTE = 1_000_000;

/** The page without its scripts and style: what comes from the run. */
function body(page: string): string {
  return page.replaceAll(/<script>[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, '');
}

describe('the report of an invalid run', () => {
  const run = lostRun();
  const page = renderReport(reportInput(run));

  it('says so first, in a word, with what was run and how to run it again', () => {
    const header = page.slice(page.indexOf('<header'), page.indexOf('</header>'));
    expect(header).toContain('INVALID');
    expect(header).toContain(run.results.summary);
    for (const fact of ['raft', 'broadcast', 'n1 n2 n3 n4 n5', 'docker', '42', '30 s', '3,000', 'ack-before-commit']) {
      expect(header).toContain(fact);
    }
    const command = /<code id="command">(.*?)<\/code>/.exec(header)?.[1]?.replaceAll(/<[^>]*>/g, '');
    expect(command).toBe(run.test.command);
  });

  it('shows the anomalies before anything else, with their operations and the other half of each', () => {
    expect(page.indexOf('id="anomalies"')).toBeLessThan(page.indexOf('id="timeline"'));
    const first = page.slice(page.indexOf('id="A1"'), page.indexOf('id="A2"'));
    for (const index of run.results.anomalies[0]?.operations ?? []) expect(first).toContain(`>${index}</td>`);
    expect(first).toContain('class="partner"');
    expect(first).toMatch(/href="#timeline" data-range="[\d.]+,[\d.]+"/);
    expect(first).toContain('is not among them');
    expect(page).toContain('lost × 4, split-brain × 1');
  });

  it('opens the first anomaly of each kind only, and tells what a read holds at its position', () => {
    const [lost] = run.results.anomalies;
    if (lost === undefined) throw new Error('the fixture has anomalies');
    const position = 2820;
    const anomalies = [{ ...lost, details: { message: 'm', position } }, lost, { ...lost, kind: 'gap' }];
    const several = renderReport(reportInput({ ...run, results: { ...run.results, anomalies } }));
    expect([...several.matchAll(/<details class="anomaly" id="(\w+)" open>/g)].map(([, id]) => id)).toEqual([
      'A1',
      'A3',
    ]);
    expect(several).toMatch(/at position 2820: &quot;m-\d+&quot;/);
  });

  it('lists every fault with its evidence, and says where no effect was seen', () => {
    const faults = page.slice(page.indexOf('<section id="faults"'), page.indexOf('<section id="checkers"'));
    for (const fault of run.results.faults) {
      expect(faults).toContain(fault.description);
      for (const sentence of fault.evidence) expect(faults).toContain(sentence);
    }
    expect(faults.match(/no effect seen/g)).toHaveLength(1);
  });

  it('shows checkers, operations with their errors, versions and files', () => {
    for (const name of Object.keys(run.results.checkers)) expect(page).toContain(name);
    expect(page).toMatch(/connection-refused × \d+/);
    expect(page).toContain('20.20.0');
    expect(page).toContain(`sha256:${'ab12'.repeat(16)}`);
    expect(page).toContain('href="./nodes/n1/trace.jsonl"');
  });

  it('is the same for the same input', () => {
    expect(renderReport(reportInput(lostRun()))).toBe(page);
  });

  it('asks for nothing from elsewhere', () => {
    expect(body(page)).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page).toContain('content="default-src &#39;none&#39;;');
    expect(page).not.toContain('sourceMappingURL');
  });
});

describe('the report of other runs', () => {
  it('of a valid run has no anomalies', () => {
    const page = renderReport(reportInput(validRun()));
    expect(page).toContain('✓ valid');
    expect(page).not.toContain('id="anomalies"');
  });

  it('of a run without anything still stands, and says what is missing', () => {
    const page = renderReport(reportInput(emptyRun(), { traces: new Map(), files: [] }));
    expect(page).toContain('? unknown');
    expect(page).toContain('The checker crashed: TypeError');
    expect(page.match(/no trace was collected from this node/g)).toHaveLength(NODES.length);
    expect(page).toContain('there is nothing to chart');
  });

  it('of a history without times still stands', () => {
    const run = lostRun();
    const operations = run.operations.map(({ time: _, ...operation }) => operation);
    expect(renderReport(reportInput({ ...run, operations }))).toContain('INVALID');
  });

  it('says so where an anomaly cites what the history does not hold', () => {
    const run = lostRun();
    expect(renderReport(reportInput({ ...run, operations: [] }))).toContain('not in the history that is stored');
  });

  it('says which clock was never compared', () => {
    const run = validRun();
    const page = renderReport(reportInput({ ...run, test: { ...run.test, traceOffsetsNs: {} } }));
    expect(page).toContain('its clock was not compared');
  });
});

describe('size', () => {
  it('stays below 5 MB with 100,000 operations and nodes that change their role all the time', () => {
    const run = lostRun(3400);
    const traces = new Map(NODES.map((node) => [node, restlessTrace(node)]));
    const page = renderReport(reportInput(run, { traces }));
    expect(page).toMatch(/[67],\d{3} of 102,000 operations/);
    expect(Buffer.byteLength(page)).toBeLessThan(2 * MEGABYTE);
  });

  it('stays below 5 MB with endless anomalies and enormous values', () => {
    const run = lostRun();
    const operations = run.operations.map((operation) => ({ ...operation, value: 'v'.repeat(20_000) }));
    const all = operations.map((operation) => operation.index);
    const anomalies = Array.from({ length: 5000 }, () => ({
      kind: 'lost',
      sentence: 'Lost.',
      operations: all.slice(0, 300),
    }));
    const page = renderReport(reportInput({ ...run, operations, results: { ...run.results, anomalies } }));
    expect(page).toContain('And 4,950 further anomalies');
    expect(Buffer.byteLength(page)).toBeLessThan(5 * MEGABYTE);
  });
});

describe('escaping', () => {
  const hostile = `</script></style><img src=x onerror="document.title='broken'"><!-- '"&`;

  it('lets no text of a run become part of the page', () => {
    const clean = body(renderReport(reportInput(lostRun())));
    const page = body(renderReport(reportInput(hostileRun(hostile))));
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<!--');
    expect(page).toContain('&lt;/script&gt;&lt;/style&gt;&lt;img');
    const scripts = (text: string): number => text.match(/<\/script/g)?.length ?? 0;
    expect(scripts(page)).toBe(scripts(clean));
  });

  it('cannot be reached by a file’s name', () => {
    const page = renderReport(reportInput(validRun(), { files: [{ path: 'javascript:alert(1)', bytes: 1 }] }));
    expect(page).toContain('href="./javascript%3Aalert(1)"');
  });
});
