import type { Delivery } from './protocol/events.ts';

/** What is made of the messages that are delivered, in step with the driver. */
export interface Application {
  /** Committed messages, each once, in the order of their positions. */
  deliver(deliveries: readonly Delivery[]): void;
  /** The state after all that has been delivered, as bytes that are not changed any more. */
  snapshot(): Uint8Array;
  /** The state becomes that of a snapshot, which was taken here or elsewhere after the message at `position`. */
  restore(data: Uint8Array, position: number): void;
}
