import { randomBytes } from 'node:crypto';
import { type Raft, RaftError } from 'raft-chaos/raft';
import type { Read } from './commands.ts';
import type { StoreMachine } from './machine.ts';
import { encodeMessage } from './message.ts';
import { failure } from './resp.ts';

export interface ReplicaOptions {
  /** After how long a command that is not done ends with an error. */
  readonly commandTimeoutMs: number;
  /** How often the leader tells the time while there are keys with a time to live, and nobody else does. */
  readonly tickMs: number;
}

/** A message that was broadcast and is not applied here. */
interface Waiting {
  readonly replied: (replies: string) => void;
  readonly unknown: (why: string) => void;
  readonly dueMs: number;
  /** Where it stands, once that is known. */
  position: number | null;
}

/**
 * The store as the clients of one node use it. A change is answered when it has been applied here; a question when this
 * node has all that was committed anywhere when it was asked.
 *
 * A key expires when the time that all nodes share has reached its deadline. That time is the latest wall clock of all
 * messages, so the log decides which commands see the key, and no two nodes can disagree. It stands still while nobody
 * sends a message: the leader then tells the time every `tickMs` as long as anything can expire, and a node that would show a key
 * whose deadline is over by its own clock tells the time first, and thereby makes the key expire for all.
 */
export class Replica {
  readonly #raft: Raft;
  readonly #machine: StoreMachine;
  readonly #options: ReplicaOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Eight bytes that no other process has, and a number, are the id of a message. */
  readonly #idPrefix = randomBytes(8).toString('latin1');
  #messages = 0;
  /** What the questions of this turn of the event loop wait for together. */
  #nextBarrier: Promise<unknown> | null = null;
  #ticking: Promise<unknown> | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(raft: Raft, machine: StoreMachine, options: ReplicaOptions) {
    this.#raft = raft;
    this.#machine = machine;
    this.#options = options;
    machine.onReplies = (id, replies) => this.#waiting.get(id)?.replied(replies);
    machine.onRestored = () => {
      for (const waiting of this.#waiting.values()) this.#giveUpIfPassed(waiting);
    };
    this.#timer = setInterval(() => this.#onTimer(), options.tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Makes changes, in this order and with nothing in between; resolves to their replies one after the other. */
  async write(commands: readonly (readonly string[])[]): Promise<string> {
    try {
      return await this.#broadcast(commands);
    } catch (error) {
      return errorReply(error).repeat(commands.length);
    }
  }

  /** Answers questions, all of them from one state; resolves to their replies one after the other. */
  async read(reads: readonly Read[]): Promise<string> {
    const { store } = this.#machine;
    try {
      await this.#barrier();
      const nowMs = Date.now();
      if (reads.some((read) => store.shows(read, nowMs))) await this.#broadcast([]);
      return reads.map((read) => store.answer(read, nowMs)).join('');
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      // Whatever kept it from an answer, a question changes nothing.
      return notDone(error.message).repeat(reads.length);
    }
  }

  #barrier(): Promise<unknown> {
    this.#nextBarrier ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#nextBarrier = null;
        resolve(this.#raft.read(this.#options.commandTimeoutMs));
      });
    });
    return this.#nextBarrier;
  }

  /** Replicates a message; resolves to its replies when it was applied here. Rejects with a RaftError. */
  #broadcast(commands: readonly (readonly string[])[]): Promise<string> {
    const { commandTimeoutMs } = this.#options;
    const id = this.#nextId();
    const payload = encodeMessage({ id, wallMs: Date.now(), commands });
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        replied: (replies) => {
          this.#waiting.delete(id);
          resolve(replies);
        },
        unknown: (why) => {
          this.#waiting.delete(id);
          reject(new RaftError('unknown', why, false));
        },
        dueMs: performance.now() + commandTimeoutMs,
        position: null,
      };
      this.#waiting.set(id, waiting);
      this.#raft.broadcast(payload, commandTimeoutMs).then(
        (position) => {
          waiting.position = position;
          if (this.#waiting.has(id)) this.#giveUpIfPassed(waiting);
        },
        (error: unknown) => {
          // The leader's word may be lost where its entry is not: what was applied here has been answered.
          if (this.#waiting.delete(id)) reject(error);
        },
      );
    });
  }

  #nextId(): string {
    const number = Buffer.alloc(8);
    number.writeDoubleLE(++this.#messages);
    return this.#idPrefix + number.toString('latin1');
  }

  /** What is in the store and was not applied here was in a snapshot. */
  #giveUpIfPassed({ position, unknown }: Waiting): void {
    if (position === null || position > this.#machine.position) return;
    unknown('executed, but a snapshot that does not have the reply any more took its place');
  }

  #onTimer(): void {
    const nowMs = performance.now();
    for (const { dueMs, unknown } of this.#waiting.values()) {
      // In the order in which they came: those that follow are due later.
      if (dueMs > nowMs) break;
      unknown('this node has not got so far in time');
    }
    const { store } = this.#machine;
    const late = Date.now() - store.timeMs >= this.#options.tickMs;
    if (store.volatile === 0 || !late || this.#ticking !== null) return;
    if (this.#raft.status().role !== 'leader') return;
    const done = () => {
      this.#ticking = null;
    };
    this.#ticking = this.#broadcast([]).then(done, done);
  }
}

/** `-CLUSTERDOWN`: certainly not executed, now or later. `-UNKNOWN`: it was, or will be, or never. */
function errorReply(error: unknown): string {
  if (!(error instanceof RaftError)) throw error;
  return error.definite ? notDone(error.message) : failure(`UNKNOWN whether the command is executed: ${error.message}`);
}

function notDone(why: string): string {
  return failure(`CLUSTERDOWN the command was not executed: ${why}`);
}
