import type { Anomaly } from '../../../src/checker/verdict.ts';
import type { Operation } from '../../../src/history/operation.ts';
import type { MicroOperation } from './scripts.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'ww' | 'wr' | 'rw' | 'process' | 'realtime';
  readonly reason: string;
}

/** The edges of a cycle, or null for an anomaly of another kind. */
export function edgesOf(anomaly: Anomaly): readonly Edge[] | null {
  return /^G0|^G1c|^G-|^G2/.test(anomaly.kind) ? (anomaly.details?.['edges'] as readonly Edge[]) : null;
}

/**
 * What is wrong with the cycle of an anomaly of a list-append history, or null: whether it is a cycle of its kind, and each edge is what the
 * raw operations say, found out by other means than the checker's.
 */
export function cycleFault(history: readonly Operation[], anomaly: Anomaly): string | null {
  const edges = edgesOf(anomaly);
  if (edges === null) return null;
  const tos = edges.map(({ to }) => to);
  if (edges.some(({ from }, at) => from !== tos.at(at - 1)) || new Set(tos).size !== tos.length) return 'no cycle';
  if (!isOfKind(anomaly.kind, edges)) return `no ${anomaly.kind}: ${edges.map(({ kind }) => kind)}`;
  const wrong = edges.find((edge) => !holds(history, edge));
  if (wrong !== undefined) return `no such edge: ${JSON.stringify(wrong)}`;
  const named = edges.every(({ reason, from, to }) => reason.includes(`T${from}`) && reason.includes(`T${to}`));
  return named ? null : 'a reason does not name its transactions';
}

function isOfKind(kind: string, edges: readonly Edge[]): boolean {
  const kinds = edges.map((edge) => edge.kind);
  const count = (name: string): number => kinds.filter((each) => each === name).length;
  const [, name, scope = ''] = /^(.*?)(?:-(process|realtime))?$/.exec(kind) ?? [];
  if ((count('realtime') > 0 ? 'realtime' : count('process') > 0 ? 'process' : '') !== scope) return false;
  const isAdjacent = kinds.some((each, at) => each === 'rw' && kinds.at(at - 1) === 'rw');
  switch (name) {
    case 'G0':
      return count('ww') > 0 && count('wr') + count('rw') === 0;
    case 'G1c':
      return count('wr') > 0 && count('rw') === 0;
    case 'G-single':
      return count('rw') === 1;
    case 'G-nonadjacent':
      return count('rw') > 1 && !isAdjacent;
    default:
      return count('rw') > 1;
  }
}

function holds(history: readonly Operation[], { from, to, kind }: Edge): boolean {
  const [first, second] = [from, to].map((index) => history.find((operation) => operation.index === index)) as [
    Operation,
    Operation,
  ];
  const invoked = history.findLast(
    (other) => other.index < to && other.process === second.process && other.type === 'invoke',
  );
  switch (kind) {
    case 'realtime':
      return first.type === 'ok' && from < (invoked?.index ?? to);
    case 'process':
      return first.type === 'ok' && first.process === second.process && from < to;
    default:
      return hasDependency(history, first, second, kind);
  }
}

function hasDependency(
  history: readonly Operation[],
  first: Operation,
  second: Operation,
  kind: 'ww' | 'wr' | 'rw',
): boolean {
  const microOf = (operation: Operation, f: string) =>
    (operation.value as MicroOperation[]).filter((micro) => micro[0] === f);
  const readsOf = (key: unknown): unknown[][] =>
    history
      .filter(({ type }) => type === 'ok')
      .flatMap((operation) => microOf(operation, 'r'))
      .filter((micro) => micro[1] === key)
      .map((micro) => (micro[2] as unknown[] | null) ?? []);
  const longest = (key: unknown): unknown[] => readsOf(key).reduce((a, b) => (b.length > a.length ? b : a), []);
  const isSeen = (key: unknown, element: unknown): boolean => readsOf(key).some((list) => list.includes(element));
  const appends = microOf(second, 'append');
  switch (kind) {
    case 'wr':
      return microOf(first, 'append').some(([, key, element]) =>
        microOf(second, 'r').some((read) => read[1] === key && ((read[2] as unknown[] | null) ?? []).includes(element)),
      );
    case 'ww':
      return microOf(first, 'append').some(([, key, element]) =>
        appends.some(([, other, later]) => {
          const order = longest(key);
          const isAfter = order.includes(later) ? order.indexOf(later) > order.indexOf(element) : !isSeen(key, later);
          return key === other && order.includes(element) && isAfter;
        }),
      );
    case 'rw':
      return microOf(first, 'r').some(([, key, read]) =>
        appends.some(([, other, later]) => {
          const list = (read as unknown[] | null) ?? [];
          const order = longest(key);
          const isPrefix = list.every((element, at) => order[at] === element);
          return key === other && isPrefix && !list.includes(later) && (order.includes(later) || !isSeen(key, later));
        }),
      );
  }
}
