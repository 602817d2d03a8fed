import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Analysis } from '../../../src/checker/elle/analysis.ts';
import { withImplied } from '../../../src/checker/elle/anomalies.ts';
import { type Scope, scopes } from '../../../src/checker/elle/cycle-classes.ts';
import type { Step } from '../../../src/checker/elle/cycle-search.ts';
import { findCycles } from '../../../src/checker/elle/cycles.ts';
import { type GraphBuilder, kinds } from '../../../src/checker/elle/graph.ts';
import { resolveRequest } from '../../../src/checker/elle/request.ts';
import { readTransactions } from '../../../src/checker/elle/transactions.ts';
import type { Operation } from '../../../src/history/operation.ts';

const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['RAFT_CHAOS_HISTORIES'] ?? 3000);

type Kind = Step['kind'];

/** As wherever a model is asked for. */
const { forbidden } = resolveRequest({});

/** Transactions without micro-operations: two processes take turns, or overlap. */
function timesOf(overlaps: readonly boolean[]): Operation[] {
  const history: Operation[] = [];
  const record = (type: 'invoke' | 'ok', process: number): void => {
    history.push({ index: history.length, type, process, f: 'txn', value: [] });
  };
  for (const [at, isOverlapping] of overlaps.entries()) {
    if (isOverlapping) {
      record('invoke', 2 * at);
      record('invoke', 2 * at + 1);
      record('ok', 2 * at);
      record('ok', 2 * at + 1);
    } else {
      for (const process of [0, 1]) for (const type of ['invoke', 'ok'] as const) record(type, process);
    }
  }
  return history;
}

/** A graph with these dependencies; rw edges to several are added together, by nodes of their own. */
function analysisOf(history: readonly Operation[], data: readonly Step[]): Analysis {
  const transactions = readTransactions(history, () => ({ write: 'append', operandOf: () => 0 }));
  return {
    transactions,
    report: () => {},
    reportSessions: null,
    addDependencies: (graph: GraphBuilder) => {
      for (const { from, to, kind } of data) if (kind !== 'rw') graph.add(from, to, kinds[kind]);
      const rw = data.filter(({ kind }) => kind === 'rw');
      for (const reader of new Set(rw.map(({ from }) => from))) {
        graph.addAntiDependencies(
          [reader],
          rw.filter(({ from }) => from === reader).map(({ to }) => to),
        );
      }
    },
    reason: () => null,
    unjudged: () => [],
    proviso: null,
    stats: {},
  };
}

/** All edges, those of time included, as the definitions have them. */
function allEdges(history: readonly Operation[], data: readonly Step[], scopesAsked: readonly Scope[]): Step[] {
  const times = new Map<number, { process: unknown; begin: number; end: number }>();
  let count = 0;
  history.forEach(({ type, process }, end) => {
    if (type !== 'ok') return;
    const begin = history.findLastIndex(
      (other, at) => at < end && other.process === process && other.type === 'invoke',
    );
    times.set(count++, { process, begin, end });
  });
  const edges = data.filter(
    ({ from, to, kind }) => kind !== 'rw' || !data.some((o) => o.from === from && o.to === to && o.kind !== 'rw'),
  );
  for (const [from, first] of times) {
    for (const [to, second] of times) {
      if (first.end >= second.begin) continue;
      if (scopesAsked.includes('process') && first.process === second.process)
        edges.push({ from, to, kind: 'process' });
      if (scopesAsked.includes('realtime')) edges.push({ from, to, kind: 'realtime' });
    }
  }
  return edges;
}

/** Every simple cycle, by its kind the length of the shortest. */
function shortestByKind(edges: readonly Step[], count: number): Map<string, number> {
  const shortest = new Map<string, number>();
  const walk = (start: number, at: number, path: readonly Kind[], visited: number): void => {
    for (const { from, to, kind } of edges) {
      if (from !== at || to < start) continue;
      if (to === start) {
        const name = nameOf([...path, kind]);
        if (name !== null) shortest.set(name, Math.min(shortest.get(name) ?? count, path.length + 1));
      } else if ((visited & (1 << to)) === 0) walk(start, to, [...path, kind], visited | (1 << to));
    }
  };
  for (let start = 0; start < count; start++) walk(start, start, [], 1 << start);
  return shortest;
}

function nameOf(path: readonly Kind[]): string | null {
  const scope = path.includes('realtime') ? '-realtime' : path.includes('process') ? '-process' : '';
  const antis = path.filter((kind) => kind === 'rw').length;
  const isAdjacent = path.some((kind, at) => kind === 'rw' && path.at(at - 1) === 'rw');
  if (antis > 0) return `${antis === 1 ? 'G-single' : isAdjacent ? 'G2-item' : 'G-nonadjacent'}${scope}`;
  if (path.includes('wr')) return `G1c${scope}`;
  return path.includes('ww') ? `G0${scope}` : null;
}

const edge = fc.record({ from: fc.nat(5), to: fc.nat(5), kind: fc.constantFrom('ww', 'wr', 'rw', 'rw', 'rw') });
const asked = fc.subarray(scopes.slice(1));

test(`the search finds what there is, and the shortest of it (seed ${seed})`, { timeout: 3_600_000 }, () => {
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 14 }),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      asked,
      (drawn, overlaps, wider) => {
        const history = timesOf(overlaps);
        const data = drawn.filter(({ from, to }) => from !== to) as Step[];
        const scopesAsked: Scope[] = ['data', ...(wider as Scope[])];
        const { found, undecided, components } = findCycles(analysisOf(history, data), {
          scopes: scopesAsked,
          forbidden,
        });
        const edges = allEdges(history, data, scopesAsked);
        const existing = shortestByKind(edges, 6);
        expect(undecided.size).toBe(0);
        const kindsFound = found.map(({ kind }) => kind);
        for (const { kind, steps } of found) {
          expect(edges).toEqual(expect.arrayContaining([...steps]));
          expect(steps.every(({ to }, at) => steps[(at + 1) % steps.length]?.from === to)).toBe(true);
          // A cycle of process edges is one of the order in time as well, so that its class may be told by the other name.
          expect(existing.has(kind)).toBe(true);
          if (components === 1) expect([kind, steps.length]).toEqual([kind, shortestOf(existing, kind)]);
        }
        const covered = withImplied(kindsFound);
        // Cycles without any rw edge rule out all that G-nonadjacent does, and may hide it.
        const isHidden = (kind: string): boolean =>
          kind.startsWith('G-nonadjacent') && kindsFound.some((each) => /^G[01]/.test(each));
        expect([...existing.keys()].filter((kind) => !covered.has(kind) && !isHidden(kind))).toEqual([]);
      },
    ),
    { numRuns: runs, seed },
  );
});

/** G2-item is looked for where there is no G-nonadjacent, so that either is as good. */
function shortestOf(existing: ReadonlyMap<string, number>, kind: string): number | undefined {
  return existing.get(kind);
}

test('anti-dependencies of many on many are as many edges as there are of both', () => {
  const count = 7;
  const history = Array.from({ length: count }, (_, index): Operation[] => [
    { index: 2 * index, type: 'invoke', process: index, f: 'txn', value: [] },
    { index: 2 * index + 1, type: 'ok', process: index, f: 'txn', value: [] },
  ]).flat();
  for (const [readers, writers] of [
    [
      [0, 1, 2],
      [2, 3, 4],
    ],
    [
      [0, 1, 2, 3, 4, 5, 6],
      [6, 5, 4],
    ],
    [[3], [3, 4]],
    [[5, 6], [5]],
  ] as const) {
    const analysis = analysisOf(history, []);
    // An edge back to each reader from each writer makes a cycle of each pair but a transaction with itself.
    for (const reader of readers) {
      for (const writer of writers) {
        const back: Step[] = reader === writer ? [] : [{ from: writer, to: reader, kind: 'wr' }];
        const addDependencies = (graph: GraphBuilder): void => {
          graph.addAntiDependencies(readers, writers);
          for (const { from, to } of back) graph.add(from, to, kinds.wr);
        };
        const { found } = findCycles({ ...analysis, addDependencies }, { scopes: ['data'], forbidden });
        const expected = back.length === 0 ? [] : [[{ from: reader, to: writer, kind: 'rw' }, ...back]];
        expect(found.filter(({ kind }) => kind === 'G-single').map(({ steps }) => steps)).toEqual(expected);
      }
    }
  }
});
