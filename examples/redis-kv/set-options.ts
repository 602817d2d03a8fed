import type { Condition, Expiry, Write } from './commands.ts';

/** A command that is not well formed; the message has the words of Redis. */
export class CommandError extends Error {}

export function wrongTime(command: string): CommandError {
  return new CommandError(`invalid expire time in '${command}' command`);
}

const largest = 2n ** 63n - 1n;

/** A 64-bit integer as Redis reads it: no spaces, no plus sign, no leading zeros. Null for anything else. */
export function parseInteger(text: string): bigint | null {
  if (text.length > 20 || !/^(0|-?[1-9]\d*)$/.test(text)) return null;
  const value = BigInt(text);
  return isInt64(value) ? value : null;
}

export function isInt64(value: bigint): boolean {
  return value >= -largest - 1n && value <= largest;
}

export function numberIn(text: string): bigint {
  const value = parseInteger(text);
  if (value === null) throw new CommandError('value is not an integer or out of range');
  return value;
}

/**
 * SET key value [NX | XX | IFEQ value] [GET] [EX seconds | PX milliseconds | EXAT second | PXAT millisecond | KEEPTTL], in any
 * order. IFEQ, as Valkey has it since 8.1, sets a key only if it has the value: compare-and-set.
 */
export function setCommand([key = '', value = '', ...options]: readonly string[]): Write {
  let condition: Condition = { type: 'none' };
  let expiry: Expiry = { type: 'never' };
  let returnsOld = false;
  const words = options.values();
  for (const word of words) {
    const option = word.toUpperCase();
    const found = { condition: conditionOf(option, words), expiry: expiryOf(option, words) };
    if (found.condition !== null && condition.type === 'none') condition = found.condition;
    else if (found.expiry !== null && expiry.type === 'never') expiry = found.expiry;
    else if (option === 'GET') returnsOld = true;
    else throw new CommandError('syntax error');
  }
  return { type: 'set', key, value, condition, expiry, returnsOld };
}

function conditionOf(option: string, words: Iterator<string, undefined>): Condition | null {
  switch (option) {
    case 'NX':
      return { type: 'absent' };
    case 'XX':
      return { type: 'present' };
    case 'IFEQ':
      return { type: 'equal', value: nextOf(words) };
    default:
      return null;
  }
}

function expiryOf(option: string, words: Iterator<string, undefined>): Expiry | null {
  switch (option) {
    case 'KEEPTTL':
      return { type: 'as-before' };
    case 'EX':
      return { type: 'after', ms: timeMs(nextOf(words), 1000) };
    case 'PX':
      return { type: 'after', ms: timeMs(nextOf(words), 1) };
    case 'EXAT':
      return { type: 'at', ms: timeMs(nextOf(words), 1000) };
    case 'PXAT':
      return { type: 'at', ms: timeMs(nextOf(words), 1) };
    default:
      return null;
  }
}

function nextOf(words: Iterator<string, undefined>): string {
  const { value } = words.next();
  if (value === undefined) throw new CommandError('syntax error');
  return value;
}

function timeMs(text: string, unitMs: number): number {
  const ms = Number(numberIn(text)) * unitMs;
  if (ms <= 0 || !Number.isSafeInteger(ms)) throw wrongTime('set');
  return ms;
}
