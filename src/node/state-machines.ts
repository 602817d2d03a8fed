import type { Application } from '../raft/application.ts';
import type { Delivery } from '../raft/protocol/events.ts';
import { decodeCommand, type Scalar } from './commands.ts';
import { KeyValueMachine } from './key-value.ts';
import { MessageLog } from './message-log.ts';

/** Everything that a node makes of what is delivered to it. */
export class StateMachines implements Application {
  readonly messages = new MessageLog();
  readonly keyValue = new KeyValueMachine();

  deliver(deliveries: readonly Delivery[]): void {
    for (const { position, payload } of deliveries) {
      const command = decodeCommand(payload);
      switch (command.kind) {
        case 'message':
          this.messages.deliver(position, command.text);
          break;
        case 'change':
          this.messages.deliver(position, JSON.stringify(command.change));
          this.keyValue.apply(command.change);
          break;
      }
    }
  }

  /** All messages are in it: whoever asks is told of each that this node has delivered, wherever its snapshot is from. */
  snapshot(): Uint8Array {
    const whole: Snapshot = {
      messages: this.messages.from(1, Number.POSITIVE_INFINITY),
      values: this.keyValue.entries(),
    };
    return new TextEncoder().encode(JSON.stringify(whole));
  }

  restore(data: Uint8Array): void {
    const { messages, values } = JSON.parse(new TextDecoder().decode(data)) as Snapshot;
    this.messages.restore(messages);
    this.keyValue.restore(values);
  }
}

interface Snapshot {
  readonly messages: readonly string[];
  readonly values: readonly (readonly [key: string, value: Scalar])[];
}
