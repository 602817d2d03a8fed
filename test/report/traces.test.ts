import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { commitSteps, elections, laneMarks, rolePieces, silentStretches } from '../../src/report/lane-pieces.ts';
import { readTraces } from '../../src/report/trace-reader.ts';
import { parseTraceLine, TraceCollector } from '../../src/report/trace-summary.ts';
import { NODES, SECOND, traceStart } from './fixture-run.ts';
import { nodeTraces, restlessTrace, traceEvents } from './fixture-traces.ts';

const END = 30 * SECOND;

describe('a line of a trace', () => {
  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"time":1}',
    '{"time":1,"boot":1,"event":"role","role":"king","term":1}',
    '{"time":"1","boot":1,"event":"start"}',
    '{"time":1,"boot":1,"event":"snapshot","index":1}',
    '{"time":1,"boot":1,"event":"members","members":[{"id":"n1"}]}',
  ])('is refused: %s', (line) => expect(parseTraceLine(line)).toBeNull());

  it('is taken with fields that are not known yet', () => {
    const line = '{"time":5,"node":"n1","boot":1,"event":"commit","term":2,"commitIndex":7,"more":true}';
    expect(parseTraceLine(line)).toMatchObject({ event: 'commit', commitIndex: 7 });
  });
});

describe('reading traces', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-traces-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function store(node: string, text: string): Promise<void> {
    await mkdir(join(folder, 'nodes', node), { recursive: true });
    await writeFile(join(folder, 'nodes', node, 'trace.jsonl'), text);
  }

  it('takes what is whole, counts what is torn, and has no entry for what is missing', async () => {
    const lines = traceEvents('n1').map((event) => JSON.stringify(event));
    await store('n1', `${lines.join('\n')}\n{"time":12,"no`);
    await store('n2', '');
    const traces = await readTraces(folder, NODES);
    expect([...traces.keys()]).toEqual(['n1', 'n2']);
    expect(traces.get('n1')).toMatchObject({ lines: lines.length, badLines: 1, cutAt: null });
    expect(traces.get('n1')?.roles).toEqual(nodeTraces().get('n1')?.roles);
    expect(traces.get('n2')).toMatchObject({ lines: 0, badLines: 0 });
  });

  it('stops at its bound and says from when on it knows nothing', async () => {
    const lines = traceEvents('n1').map((event) => JSON.stringify(event));
    await store('n1', lines.join('\n'));
    const trace = present((await readTraces(folder, ['n1'], 20_000)).get('n1'), 'a trace');
    expect(trace.lines).toBeLessThan(lines.length);
    expect(trace.cutAt).not.toBeNull();
    const last = rolePieces(trace, -traceStart(0), END).at(-1);
    expect(last?.toNs).toBeLessThan(END);
  });

  it('survives a line without an end', async () => {
    await store('n1', `${JSON.stringify(traceEvents('n1')[0])}\n${'x'.repeat(3_000_000)}`);
    const trace = (await readTraces(folder, ['n1'])).get('n1');
    expect(trace).toMatchObject({ lines: 1 });
    expect(trace?.cutAt).not.toBeNull();
  });
});

describe('lanes', () => {
  const traces = nodeTraces();
  const lane = (node: string): Parameters<typeof rolePieces> => {
    return [present(traces.get(node), node), -traceStart(NODES.indexOf(node)), END];
  };

  it('puts the roles on the run’s time axis', () => {
    const pieces = rolePieces(...lane('n1')).map(({ role, term, fromNs, toNs }) => [
      role,
      term,
      fromNs / SECOND,
      toNs / SECOND,
    ]);
    expect(pieces).toEqual([
      ['leader', 1, 0, 9.3],
      ['follower', 3, 9.3, 30],
    ]);
  });

  it('shows a killed and a paused node as silent, and a live one never', () => {
    const seconds = (node: string): number[][] => {
      return silentStretches(...lane(node)).map(({ fromNs, toNs }) =>
        [fromNs, toNs].map((ns) => Math.round(ns / SECOND)),
      );
    };
    expect(seconds('n3')).toEqual([[8, 12]]);
    expect(seconds('n4')).toEqual([[14, 17]]);
    expect(seconds('n1')).toEqual([]);
  });

  it('finds the elections in the order of the run', () => {
    const found = elections(traces.values(), (node) => -traceStart(NODES.indexOf(node)));
    expect(found.map(({ node, term }) => `${node} ${term}`)).toEqual(['n1 1', 'n3 2', 'n4 3', 'n5 4']);
  });

  it('shows the plateau of a node that was cut off', () => {
    const steps = commitSteps(...lane('n1'));
    const before = steps.filter(([at]) => at < 4 * SECOND).at(-1);
    const after = steps.find(([at]) => at > 4.2 * SECOND);
    expect((after?.[0] ?? 0) / SECOND).toBeCloseTo(9.3, 0);
    expect((after?.[1] ?? 0) - (before?.[1] ?? 0)).toBeGreaterThan(300);
  });

  it('marks snapshots and changes of the members, many of a kind at once as one', () => {
    const collector = new TraceCollector('n1');
    const line = { node: 'n1', boot: 1 };
    const at = (seconds: number): number => traceStart(0) + seconds * SECOND;
    for (const index of [10, 20, 30]) {
      collector.add({ ...line, time: at(1) + index, event: 'snapshot', index, installed: false });
    }
    collector.add({ ...line, time: at(2), event: 'snapshot', index: 90, installed: true });
    const members = [
      { id: 'n1', standing: 'voter' },
      { id: 'n2', standing: 'incoming' },
    ];
    collector.add({ ...line, time: at(3), event: 'members', members });
    const marks = laneMarks(collector.finish(), -traceStart(0), END);
    expect(marks.map(({ kind, what, count }) => [kind, what, count])).toEqual([
      ['snapshot', '30', 3],
      ['installed', '90', 1],
      ['members', 'n1 n2 (incoming)', 1],
    ]);
  });

  it('draws a node that changes its role all the time in few pieces that cover all of it', () => {
    const pieces = rolePieces(restlessTrace('n1', 40_000), -traceStart(0), END);
    expect(pieces.length).toBeLessThan(200);
    expect(pieces[0]?.fromNs).toBe(0);
    expect(pieces.at(-1)?.toNs).toBe(END);
    for (const [at, piece] of pieces.entries()) if (at > 0) expect(piece.fromNs).toBe(pieces[at - 1]?.toNs);
    expect(pieces.reduce((sum, piece) => sum + piece.changes, 0)).toBeGreaterThan(39_000);
  });
});
