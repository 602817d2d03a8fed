import { AssertionError } from '../assert.ts';

/**
 * An invariant of the world itself was broken. What a process throws ends that process; this ends the run of the world,
 * though it was thrown in a call of a process.
 */
export class WorldError extends AssertionError {}

/** As `assert`, for what no program in the world can be the cause of. */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new WorldError(typeof message === 'string' ? message : message());
}
