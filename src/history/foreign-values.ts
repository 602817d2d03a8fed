import { withoutBigints } from './json.ts';
import type { OperationError } from './operation.ts';

/**
 * What is said of a failure, in our form: `:timeout`, or `[:not-found "requested lease not found"]`, or Maelstrom's
 * `[14 "abort"]`, or a value of whatever kind.
 */
export function errorOf(error: unknown): OperationError {
  if (isError(error)) return error;
  const [code, text] = Array.isArray(error) ? (error as readonly unknown[]) : [error, error];
  const isCode = typeof code === 'string' || typeof code === 'number';
  const isWhole = !Array.isArray(error) || error.length === 2;
  return { code: isCode ? String(code) : 'error', message: isWhole && typeof text === 'string' ? text : shown(error) };
}

export function isError(error: unknown): error is OperationError {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as Readonly<Record<string, unknown>>;
  return typeof code === 'string' && typeof message === 'string';
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value, withoutBigints);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
