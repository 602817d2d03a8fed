import type { Operation, OperationType } from '../../../src/history/operation.ts';

export type MicroOperation = readonly [f: 'append' | 'w' | 'r', key: unknown, value: unknown];

/** Micro-operations in short: `ax1` appends 1 to x, `wx1` writes it, `rx12` reads [1, 2], `rx` reads nothing. */
function txn(text: string): MicroOperation[] {
  const isOfRegisters = text.includes('w');
  return [...text.matchAll(/([awr])([a-z])(\d*)/g)].map(([, f = '', key = '', digits = '']) => {
    if (f === 'a') return ['append', key, Number(digits)];
    if (f === 'w') return ['w', key, Number(digits)];
    if (isOfRegisters) return ['r', key, digits === '' ? null : Number(digits)];
    return ['r', key, digits === '' ? null : [...digits].map(Number)];
  });
}

/** A history with one transaction after another, each as `[type] [process:]micro-operations`, such as `fail 3:ax1`. */
export function inSequence(...lines: readonly string[]): Operation[] {
  return lines
    .flatMap((line, at) => {
      const { type, process, value } = parse(line, at);
      return [operation('invoke', process, asked(value)), operation(type, process, value)];
    })
    .map(numbered);
}

/** A history with all transactions at once, each by a process of its own unless one is named. */
export function atOnce(...lines: readonly string[]): Operation[] {
  const parsed = lines.map(parse);
  return [
    ...parsed.map(({ process, value }) => operation('invoke', process, asked(value))),
    ...parsed.map(({ type, process, value }) => operation(type, process, value)),
  ].map(numbered);
}

/** A history of these transactions, numbered from 1; `order` names each at its invocation and again at its completion. */
export function interleaved(order: string, ...lines: readonly string[]): Operation[] {
  const parsed = lines.map(parse);
  const begun = new Set<string>();
  return order
    .split(' ')
    .map((number) => {
      const { type, process, value } = parsed[Number(number) - 1] as ReturnType<typeof parse>;
      if (begun.has(number)) return operation(type, process, value);
      begun.add(number);
      return operation('invoke', process, asked(value));
    })
    .map(numbered);
}

function parse(line: string, at: number) {
  const [, type = 'ok', process, text = ''] = /^(?:(ok|fail|info) )?(?:(\d+):)?(.*)$/.exec(line) ?? [];
  return { type: type as OperationType, process: process === undefined ? at : Number(process), value: txn(text) };
}

function operation(type: OperationType, process: number, value: readonly MicroOperation[]) {
  return { type, process, f: 'txn', value };
}

/** What was invoked: nothing has been read yet. */
export function asked(value: readonly MicroOperation[]): MicroOperation[] {
  return value.map((micro) => (micro[0] === 'r' ? ['r', micro[1], null] : micro));
}

function numbered(each: Omit<Operation, 'index'>, index: number): Operation {
  return { index, ...each };
}
