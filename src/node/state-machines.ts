import { unreachable } from '../base/assert.ts';
import type { Application } from '../raft/application.ts';
import type { Delivery } from '../raft/protocol/events.ts';
import { type Change, type ChangeResult, decodeCommand, type Scalar } from './commands.ts';
import { KeyValueMachine } from './key-value.ts';
import { ListStore } from './list-store.ts';
import { MessageLog } from './message-log.ts';
import { WaitingChanges } from './waiting-changes.ts';

/** Everything that a node makes of what is delivered to it. */
export class StateMachines implements Application {
  readonly messages = new MessageLog();
  readonly keyValue = new KeyValueMachine();
  readonly lists = new ListStore();
  readonly waiting = new WaitingChanges();

  deliver(deliveries: readonly Delivery[]): void {
    for (const { position, payload } of deliveries) {
      const command = decodeCommand(payload);
      switch (command.kind) {
        case 'message':
          this.messages.deliver(position, command.text);
          break;
        case 'change':
          this.messages.deliver(position, JSON.stringify(command.change));
          this.waiting.applied(command.change.token, this.#apply(command.change));
          break;
      }
    }
  }

  /** All messages are in it: whoever asks is told of each that this node has delivered, wherever its snapshot is from. */
  snapshot(): Uint8Array {
    const whole: Snapshot = {
      messages: this.messages.from(1, Number.POSITIVE_INFINITY),
      values: this.keyValue.entries(),
      lists: this.lists.entries(),
    };
    return new TextEncoder().encode(JSON.stringify(whole));
  }

  restore(data: Uint8Array): void {
    const { messages, values, lists } = JSON.parse(new TextDecoder().decode(data)) as Snapshot;
    this.messages.restore(messages);
    this.keyValue.restore(values);
    this.lists.restore(lists);
    this.waiting.replaced();
  }

  #apply(change: Change): ChangeResult {
    switch (change.f) {
      case 'write':
        this.keyValue.set(change.key, change.value);
        return { kind: 'done' };
      case 'cas': {
        const found = this.keyValue.get(change.key);
        if (found !== change.from) return { kind: 'mismatch', found };
        this.keyValue.set(change.key, change.to);
        return { kind: 'done' };
      }
      case 'txn':
        return { kind: 'transaction', operations: this.lists.apply(change.operations) };
      default:
        return unreachable(change);
    }
  }
}

interface Snapshot {
  readonly messages: readonly string[];
  readonly values: readonly (readonly [key: string, value: Scalar])[];
  readonly lists: readonly (readonly [key: string, list: readonly Scalar[]])[];
}
