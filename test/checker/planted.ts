import type { BroadcastValue, DeliveriesValue, NewOperation, Operation } from '../../src/history/operation.ts';

/** Builds small histories by hand: each call is one operation, invoked and completed. Indices are returned. */
export class Script {
  readonly history: Operation[] = [];
  #process = 0;

  /** An acknowledged broadcast; returns the index of the acknowledgement. */
  ack(message: string, position: number, node = 'n1'): number {
    const invoked = this.begin(message, node);
    return this.end(invoked, { type: 'ok', value: { message, position } satisfies BroadcastValue });
  }

  /** The invocation of a broadcast. */
  begin(message: string, node = 'n1'): number {
    return this.record({ type: 'invoke', process: this.#process++, f: 'broadcast', value: message, node });
  }

  /** The completion of the operation invoked at an index. */
  end(invoked: number, completion: Pick<NewOperation, 'type' | 'value'>): number {
    const { process, f, node = 'n1' } = this.history[invoked] as Operation;
    return this.record({ process, f, node, ...completion });
  }

  /** A read of a node from a position on; returns the index of its completion. */
  read(
    node: string,
    messages: readonly string[],
    options: { from?: number; boot?: number; final?: boolean } = {},
  ): number {
    const { from = 1, boot = 1, final = false } = options;
    const value = final ? { from, final } : { from };
    const invoked = this.record({ type: 'invoke', process: this.#process++, f: 'deliveries', value, node });
    return this.end(invoked, { type: 'ok', value: { node, boot, from, messages } satisfies DeliveriesValue });
  }

  record(operation: NewOperation): number {
    const index = this.history.length;
    this.history.push({ index, time: index * 1e6, ...operation });
    return index;
  }
}
