import type { Anomaly } from '../verdict.ts';
import { enumeration } from '../words.ts';
import { type Analysis, nameOf, numberOf, operationsOf, reasonOfTime } from './analysis.ts';
import type { Step } from './cycle-search.ts';
import type { Cycle } from './cycles.ts';
import { none } from './versions.ts';

/** A longer cycle is told by its beginning; its `details` hold the rest. */
const mostTold = 6;

/** A cycle with the observations that make each of its edges. */
export function describeCycle(analysis: Analysis, { steps, component }: Cycle): Omit<Anomaly, 'kind'> {
  const { transactions } = analysis;
  const members = steps.map(({ from }) => from);
  const reasons = steps.map((step) => reasonOf(analysis, step));
  const names = members.slice(0, mostTold).map((member) => nameOf(transactions, member));
  const left = members.length - names.length;
  const who = enumeration(left > 0 ? [...names, `${left} more`] : names);
  const why = reasons.slice(0, mostTold).join('; ');
  return {
    sentence: `${who} follow one another in a circle: ${why}${left > 0 ? '; and so on' : ''}.`,
    operations: operationsOf(transactions, members),
    details: {
      transactions: members.map((member) => ({
        transaction: numberOf(transactions, member),
        invocation: indexAt(transactions.indices, transactions.invocations[member]),
        completion: indexAt(transactions.indices, transactions.completions[member]),
      })),
      edges: steps.map(({ from, to, kind }, at) => ({
        from: numberOf(transactions, from),
        to: numberOf(transactions, to),
        kind,
        reason: reasons[at],
      })),
      componentSize: component,
    },
  };
}

/**
 * Whether a cycle that needs the order in time is one of the data, too, with rw edges in its place: the same transactions
 * in the same order, which is worth telling again only where it rules out more.
 */
export function isRetold(analysis: Analysis, { steps }: Cycle): boolean {
  const ofTime = steps.filter(({ kind }) => kind === 'process' || kind === 'realtime');
  return ofTime.length > 0 && ofTime.every(({ from, to }) => analysis.reason(from, to, 'rw') !== null);
}

function reasonOf(analysis: Analysis, { from, to, kind }: Step): string {
  if (kind === 'process' || kind === 'realtime') return reasonOfTime(analysis.transactions, from, to, kind);
  const name = (transaction: number): string => nameOf(analysis.transactions, transaction);
  return analysis.reason(from, to, kind) ?? `${name(to)} depends on ${name(from)} (${kind})`;
}

function indexAt(indices: Int32Array, place: number | undefined): number | null {
  return place === undefined || place === none ? null : (indices[place] as number);
}
