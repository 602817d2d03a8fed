import type { DeliveredMessage, StateMachine } from 'raft-chaos/raft';
import { commandOf } from './commands.ts';
import { decodeMessage } from './message.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { Store } from './store.ts';

/**
 * The replicated state machine: the store, and the replies to the latest messages. Those are part of the state because of who
 * waits for one of them on a node that is given a snapshot in the place of the message.
 */
export class StoreMachine implements StateMachine {
  readonly store = new Store();
  readonly #outcomes = new Map<string, string>();
  #position = 0;
  /** Hears the replies to each message as it is applied here, and of all that are known after a snapshot was restored. */
  onReplies: (id: string, replies: string) => void = () => {};
  onRestored: () => void = () => {};

  /** The position of the last message that is in the store. */
  get position(): number {
    return this.#position;
  }

  apply({ position, payload }: DeliveredMessage): void {
    const { id, wallMs, commands } = decodeMessage(payload);
    this.store.advance(wallMs);
    const replies = commands.map((command) => this.#execute(command)).join('');
    this.#position = position;
    if (replies.length > 0 && replies.length <= keptReplyBytes) this.#keep(id, replies);
    this.onReplies(id, replies);
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.store, this.#outcomes);
  }

  restore(snapshot: Uint8Array, position: number): void {
    this.#outcomes.clear();
    readSnapshot(snapshot, this.store, this.#outcomes);
    this.#position = position;
    for (const [id, replies] of this.#outcomes) this.onReplies(id, replies);
    this.onRestored();
  }

  #execute(text: readonly string[]): string {
    const command = commandOf(text);
    if (command.kind !== 'write') throw new Error(`a message that no node would write: ${text[0]}`);
    return this.store.execute(command.write);
  }

  #keep(id: string, replies: string): void {
    this.#outcomes.set(id, replies);
    if (this.#outcomes.size <= keptOutcomes) return;
    for (const oldest of this.#outcomes.keys()) {
      this.#outcomes.delete(oldest);
      return;
    }
  }
}

/** All nodes keep the same: these numbers are part of the state machine, as the commands are. */
const keptOutcomes = 1000;
const keptReplyBytes = 1024;
