import type { ChaosError } from '../../base/errors.ts';
import type { Callback } from '../../base/outcome.ts';
import type { DurableState, Write } from '../protocol/types.ts';

/** The port of what must survive a crash: the term, the vote and the log. */
export interface Storage {
  /** Reads what is there. Called once, before anything else. */
  open(events: StorageEvents, done: Callback<Recovered>): void;
  /** Takes a write; `durable` tells when it will survive a crash. Writes become durable in the order they are given. */
  append(write: Write): void;
  close(done: Callback<void>): void;
}

export interface StorageEvents {
  /** All writes up to and including this one are durable; called at least once for the last write given. */
  durable(write: number): void;
  /** Nothing more will become durable: the node must stop rather than go on without its disk. */
  failed(error: ChaosError): void;
}

export interface Recovered {
  readonly durable: DurableState;
  /** Bytes dropped from the end of the log: a write that was under way when the node died. */
  readonly tornBytes: number;
}
