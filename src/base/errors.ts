/**
 * An operating error: something outside the program went wrong, or was asked wrongly. `code` is stable and for
 * programs; `message` says what and where; `remedy` says what to do about it. It carries no stack trace, for it does not
 * speak of this program, and taking one costs ten times the rest: simulated nodes are refused connections by the
 * thousand. A `cause` keeps its own.
 */
export class ChaosError extends Error {
  override readonly name: string = 'ChaosError';
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** The user asked for something that does not exist or cannot be read: exit status 254. */
export class UsageError extends ChaosError {
  override readonly name = 'UsageError';
}

/** Any thrown value as a ChaosError; one that already is stays itself. System errors keep their code (`ENOSPC`, ...). */
export function asChaosError(thrown: unknown, context: string): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new ChaosError(typeof code === 'string' ? code : 'internal', `${context}: ${text}`, { cause: thrown });
}
