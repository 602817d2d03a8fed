/** An invariant was broken: a bug in this project, never bad input. Always on; it stops whoever meets it. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws unless `condition` holds. `message` says what must be true, and may be a function where building it costs. */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof message === 'string' ? message : message());
}

/** The end of an exhaustive switch: reaching it is a type error at compile time and an assertion at run time. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, which an invariant of the caller says is there. */
export function present<T>(value: T | undefined | null, message: string | (() => string)): T {
  assert(value !== undefined && value !== null, message);
  return value;
}
