import type { Operation } from './operation.ts';

/**
 * A history as Jepsen's tools read it, one map a line. Where every client operation has a key, it is put into the value,
 * `[k v]`, as Jepsen's `independent` does; otherwise it stays a field of its own.
 */
export function* ednLines(operations: Iterable<Operation>, isKeyed: boolean): Generator<string> {
  for (const operation of operations) yield `${formatEdnOperation(operation, isKeyed)}\n`;
}

/** Whether keys can be told from values again: every client has one in whatever it does. */
export function isIndependent(operations: readonly Operation[]): boolean {
  const ofClients = operations.filter(({ process }) => process !== 'nemesis');
  return ofClients.length > 0 && ofClients.every(({ key }) => key !== undefined);
}

function formatEdnOperation(operation: Operation, isKeyed: boolean): string {
  const { index, time, type, process, f, key, value, error, node } = operation;
  const isPair = isKeyed && key !== undefined;
  const fields = [
    `:index ${index}`,
    ...(time === undefined ? [] : [`:time ${time}`]),
    `:type :${type}`,
    `:process ${process === 'nemesis' ? ':nemesis' : process}`,
    `:f ${nameOf(f)}`,
    ...(key === undefined || isPair ? [] : [`:key ${formatEdn(key)}`]),
    ...(isPair ? [`:value [${formatEdn(key)} ${formatEdn(value)}]`] : []),
    ...(value === undefined || isPair
      ? []
      : [`:value ${isTransaction(value) ? formatAccesses(value) : formatEdn(value)}`]),
    ...(error === undefined ? [] : [`:error ${formatError(error)}`]),
    ...(node === undefined ? [] : [`:node ${formatEdn(node)}`]),
  ];
  return `{${fields.join(', ')}}`;
}

/** Any value that a history holds. */
export function formatEdn(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return symbols.get(value) ?? '##NaN';
  if (Array.isArray(value)) return `[${value.map(formatEdn).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(([key, field]) => `${keyOf(key)} ${formatEdn(field)}`);
  return `{${entries.join(', ')}}`;
}

const symbols: ReadonlyMap<number, string> = new Map([
  [Number.POSITIVE_INFINITY, '##Inf'],
  [Number.NEGATIVE_INFINITY, '##-Inf'],
]);

type Access = readonly [name: string, ...rest: readonly unknown[]];

/** What Elle knows as the accesses of a transaction: it wants their names as keywords. */
const accessNames: ReadonlySet<unknown> = new Set(['r', 'w', 'append']);

function isTransaction(value: unknown): value is readonly Access[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((access) => Array.isArray(access) && accessNames.has(access[0]))
  );
}

function formatAccesses(accesses: readonly Access[]): string {
  return `[${accesses.map(([name, ...rest]) => `[:${name}${rest.map((part) => ` ${formatEdn(part)}`).join('')}]`).join(' ')}]`;
}

function formatError({ code, message }: NonNullable<Operation['error']>): string {
  return code === message ? nameOf(code) : `[${nameOf(code)} ${JSON.stringify(message)}]`;
}

/** What Jepsen has as keywords, where it can be one. */
function nameOf(name: string): string {
  return /^[A-Za-z*!_?<>=][\w*+!?.<>=-]*$/.test(name) ? `:${name}` : JSON.stringify(name);
}

/** The accounts of a bank and the like are numbers, which JSON has not for keys. */
function keyOf(key: string): string {
  return /^(0|-?[1-9]\d*)$/.test(key) ? key : nameOf(key);
}
