import { ChaosError } from '../base/errors.ts';
import type { StateMachine } from './config.ts';
import type { DeliveredMessage } from './deliveries.ts';

/**
 * The user's state machine; what goes wrong in it ends with an error that says where. It is not tried again: a message may
 * have been half applied.
 */
export class GuardedMachine<Result> {
  readonly #machine: StateMachine<Result>;

  constructor(machine: StateMachine<Result>) {
    this.#machine = machine;
  }

  apply(message: DeliveredMessage): Result {
    const what = () => `apply the message at position ${message.position}`;
    const result = called(what, () => this.#machine.apply(message));
    mustBeDone(what, result);
    return result;
  }

  snapshot(position: number): Uint8Array {
    const what = () => `take a snapshot after the message at position ${position}`;
    const bytes: unknown = called(what, () => this.#machine.snapshot());
    if (bytes instanceof Uint8Array) return bytes;
    throw machineFailed(what(), new Error('it returned something else than a Uint8Array'));
  }

  restore(snapshot: Uint8Array, position: number): void {
    const what = () => `restore the snapshot that was taken after the message at position ${position}`;
    mustBeDone(
      what,
      called(what, (): unknown => this.#machine.restore(snapshot, position)),
    );
  }
}

/** The types allow a promise; and what it is about would be told of as done before it is. */
function mustBeDone(what: () => string, returned: unknown): void {
  if (!(returned instanceof Promise)) return;
  returned.catch(() => {});
  throw machineFailed(what(), new Error('it returned a promise, and cannot be waited for'));
}

function called<T>(what: () => string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw machineFailed(what(), error);
  }
}

function machineFailed(what: string, thrown: unknown): ChaosError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new ChaosError('state-machine-failed', `the state machine failed to ${what}: ${text}`, {
    remedy:
      'All nodes apply the same messages, so the others fail or differ there too: mend the state machine, then start the node again; it applies what no snapshot covers anew.',
    cause: thrown,
  });
}
