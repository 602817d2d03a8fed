import type { Anomaly } from '../checker/verdict.ts';
import type { Operation } from '../history/operation.ts';
import { isRecord, plural, previewValue } from './format.ts';
import { type Html, html, type Part } from './html.ts';

/** Longer cycles are shown by their beginning; results.json holds them whole. */
const MOST_SHOWN = 12;

/**
 * Transactions that follow one another in a circle, as a picture: what each did, from one to the next the kind of edge and
 * what was observed of it, and at the end the way back to the first. Null where an anomaly is no cycle.
 */
export function cyclePicture(anomaly: Anomaly, operations: readonly Operation[]): Html | null {
  const members = membersOf(anomaly, operations);
  if (members.length === 0) return null;
  const shown = members.slice(0, MOST_SHOWN);
  const left = members.length - shown.length;
  const last = members.at(-1);
  const rest: Part = left > 0 && html`<li class="edge">and ${plural(left, 'transaction')} more: see results.json</li>`;
  return html`<ol class="cycle" aria-label="The cycle">
${shown.map((member, at) => html`${transaction(member)}${at < members.length - 1 && edge(member, '↓')}`)}${rest}${last !== undefined && edge(last, `↩ back to ${members[0]?.name ?? ''}:`)}</ol>
`;
}

/** A transaction of a cycle, and its edge to the next. */
interface Member {
  readonly name: string;
  readonly operation: Operation | undefined;
  readonly kind: string;
  readonly reason: string;
}

function membersOf({ details }: Anomaly, operations: readonly Operation[]): Member[] {
  const { transactions, edges } = details ?? {};
  if (!Array.isArray(transactions) || !Array.isArray(edges) || transactions.length !== edges.length) return [];
  return transactions.flatMap((one: unknown, at): Member[] => {
    const to: unknown = edges[at];
    if (!isRecord(one) || !isRecord(to)) return [];
    const index = one['completion'] ?? one['invocation'];
    const operation = typeof index === 'number' ? operations[index] : undefined;
    return [{ name: `T${one['transaction']}`, operation, kind: String(to['kind']), reason: String(to['reason']) }];
  });
}

function transaction({ name, operation }: Member): Html {
  const did = operation === undefined ? 'not in the history that is stored' : microOperations(operation.value);
  const by =
    operation !== undefined && html` <span class="note">process ${operation.process}, ${operation.type}</span>`;
  return html`<li class="transaction"><b>${name}</b> <span class="code">${did}</span>${by}</li>
`;
}

function edge({ kind, reason }: Member, way: string): Html {
  return html`<li class="edge">${way} <b>${kind}</b> ${reason}</li>
`;
}

/** `r k1 [1,2] · append k4 14`, whatever of it can be read so. */
function microOperations(value: unknown): string {
  if (!Array.isArray(value)) return previewValue(value);
  return value.map(microOperation).join(' · ');
}

function microOperation(micro: unknown): string {
  if (!Array.isArray(micro)) return previewValue(micro);
  return micro.map((part: unknown) => (Array.isArray(part) ? ending(part) : previewValue(part, 40))).join(' ');
}

/** Of a long list its end, where what matters stands. */
function ending(list: readonly unknown[]): string {
  const last = list.slice(-MOST_ELEMENTS).map((element) => previewValue(element, 40));
  return `[${list.length > MOST_ELEMENTS ? '… ' : ''}${last.join(' ')}]`;
}

const MOST_ELEMENTS = 8;
