import type { Callback } from '../../base/outcome.ts';
import type { NodeId } from '../protocol/entries.ts';
import type { Message } from '../protocol/messages.ts';

/** The port of messages between the members. It may lose messages and reorder them; it never repeats or alters one. */
export interface Transport {
  start(events: TransportEvents, done: Callback<void>): void;
  /**
   * Whom to keep connections to, this node not among them, as of the configuration with this log index. May be called
   * before `start` and at any time after. Who is not among them is refused, unless it knows a newer configuration.
   */
  setPeers(peers: readonly Peer[], configurationIndex: number): void;
  /** To somebody who is no peer and has not come by itself, it is dropped. */
  send(to: NodeId, message: Message): void;
  stop(): void;
}

export interface Peer {
  readonly id: NodeId;
  /** `host:port` */
  readonly address: string;
}

export interface TransportEvents {
  /** `id` names the message, the same on both sides. */
  received(from: NodeId, message: Message, id: string): void;
  sent(to: NodeId, message: Message, id: string): void;
  /** Given up before it left: no connection, no such peer, or too much waiting. */
  dropped(to: NodeId, message: Message, id: string): void;
  /** Something an operator may want to know: a refused peer, a broken frame. */
  noticed(what: string): void;
}

/** The name of the `number`th message in this life of the node. */
export function messageId(from: NodeId, boot: number, number: number): string {
  return `${from}.${boot}.${number}`;
}
