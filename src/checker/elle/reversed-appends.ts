import { nameOf, operationsOf, type Report } from './analysis.ts';
import { isAmbiguous, type ListOrder } from './list-order.ts';
import { outcomes } from './transactions.ts';
import { shown, shownList } from './values.ts';
import { none } from './versions.ts';

/**
 * cyclic-versions: a transaction appended two elements to a key in one order, and the versions show them in the other; once for
 * each transaction. Where another's element stands between them, that is a G0 as well.
 */
export function reportReversedAppends(order: ListOrder, report: Report): void {
  const { transactions, places } = order;
  const { begins, writes, keys, operands, versions } = transactions;
  /** By key: the append to it that the transaction had before the current one, and that is among the versions. */
  const latest = new Int32Array(versions.keyCount).fill(none);
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (transactions.outcomes[transaction] === outcomes.fail) continue;
    const [begin, end] = [begins[transaction] as number, begins[transaction + 1] as number];
    let isReported = false;
    for (let micro = begin; micro < end; micro++) {
      const key = keys[micro] as number;
      if (writes[micro] !== 1 || isAmbiguous(versions, key)) continue;
      const place = places[operands[micro] as number] as number;
      if (place === none) continue;
      const before = latest[key] as number;
      latest[key] = micro;
      if (isReported || before === none || place >= (places[operands[before] as number] as number)) continue;
      isReported = true;
      report('cyclic-versions', () => describe(order, transaction, before, micro));
    }
    for (let micro = begin; micro < end; micro++) latest[keys[micro] as number] = none;
  }
}

function describe({ transactions, lists, trunks, places }: ListOrder, writer: number, first: number, second: number) {
  const { owners, writes, keys, operands, versions } = transactions;
  const [earlier, later] = [first, second].map((micro) => operands[micro] as number) as [number, number];
  const trunk = trunks[keys[first] as number];
  const read = owners.findIndex((_, micro) => {
    const list = operands[micro] as number;
    const isOfKey = writes[micro] === 0 && keys[micro] === keys[first];
    return isOfKey && lists.chain(list) === trunk && lists.length(list) > (places[earlier] as number);
  });
  const reader = owners[read] as number;
  const key = shown(versions.keyValues[keys[first] as number] ?? '');
  const [element, next] = [earlier, later].map((version) => shown(versions.values[version] ?? ''));
  const name = nameOf(transactions, writer);
  return {
    sentence: `${nameOf(transactions, reader)} read ${key} = ${shownList(lists.elements(operands[read] as number))}, with ${next} before ${element}, though ${name} appended ${element} first and then ${next}.`,
    operations: operationsOf(transactions, [writer, reader]),
    details: { key },
  };
}
