import type { Delivery } from '../raft/protocol/types.ts';
import { decodeCommand } from './commands.ts';
import { KeyValueMachine } from './key-value.ts';
import { MessageLog } from './message-log.ts';

/** Everything that a node makes of what is delivered to it. */
export class StateMachines {
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
}
