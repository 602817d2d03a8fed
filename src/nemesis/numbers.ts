import { UsageError } from '../base/errors.ts';

/** A number that a nemesis is given as an option. Throws a UsageError. */
export function numberIn(nemesis: string, option: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= low && value <= high) return value;
  throw new UsageError('bad-nemesis', `nemesis ${nemesis}: ${option}=${text} is not a number from ${low} to ${high}`, {
    remedy: '`raft-chaos list nemeses` explains the options.',
  });
}
