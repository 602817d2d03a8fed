import { assert, present } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { asChaosError } from '../../base/errors.ts';
import type { Address, Connection, Listener, Network } from '../../base/network.ts';
import { type Callback, success } from '../../base/outcome.ts';
import type { Message, NodeId } from '../protocol/types.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';
import { PeerLink } from './peer-link.ts';
import { ReplayWindow } from './replay-window.ts';
import type { Transport, TransportEvents } from './transport.ts';

export interface PeerTransportSettings {
  readonly clusterId: string;
  readonly id: NodeId;
  /** How often this node has been started: with it message ids stay unique over restarts. */
  readonly boot: number;
  /** Where this node listens. */
  readonly listen: Address;
  readonly peers: readonly { readonly id: NodeId; readonly address: Address }[];
}

/** A peer in its present life, whatever connections it comes by. */
interface Sender {
  readonly id: NodeId;
  readonly boot: number;
  readonly window: ReplayWindow;
  /** The connection that was last told of for a message that came again. */
  repeatedOn: Connection | null;
}

/**
 * Messages between the members, framed, over one connection for each direction of each pair. A connection whose `hello`
 * names another cluster, an unknown peer, another addressee or an earlier life of the peer is closed.
 *
 * Connections may lose, repeat and reorder whole frames: a message is received once in its sender's life, and a `hello`
 * that comes twice, late or not at all ends the connection, so that the sender begins a new one.
 */
export class PeerTransport implements Transport {
  readonly #clock: Clock;
  readonly #network: Network;
  readonly #settings: PeerTransportSettings;
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #accepted = new Map<NodeId, Connection>();
  readonly #senders = new Map<NodeId, Sender>();
  #events: TransportEvents | null = null;
  #listener: Listener | null = null;
  #lastNumber = 0;
  #stopped = false;

  constructor(clock: Clock, network: Network, settings: PeerTransportSettings) {
    this.#clock = clock;
    this.#network = network;
    this.#settings = settings;
  }

  start(events: TransportEvents, done: Callback<void>): void {
    this.#events = events;
    const { clusterId, id, boot, listen, peers } = this.#settings;
    this.#network.listen(
      listen,
      (connection) => this.#accept(connection),
      (outcome) => {
        if (!outcome.ok) {
          done(outcome);
          return;
        }
        this.#listener = outcome.value;
        if (this.#stopped) this.#listener.close();
        for (const peer of peers) {
          const hello: Frame = { kind: 'hello', clusterId, from: id, to: peer.id, boot };
          const link = new PeerLink(this.#clock, this.#network, peer.address, hello);
          this.#links.set(peer.id, link);
          if (!this.#stopped) link.start();
        }
        done(success(undefined));
      },
    );
  }

  send(to: NodeId, message: Message): void {
    const { id, boot } = this.#settings;
    const link = this.#links.get(to);
    assert(link !== undefined && this.#events !== null, `${to} is a peer of a started transport`);
    const number = ++this.#lastNumber;
    const name = messageId(id, boot, number);
    if (link.send(encodeFrame({ kind: 'message', number, message }))) this.#events.sent(to, message, name);
    else this.#events.dropped(to, message, name);
  }

  stop(): void {
    this.#stopped = true;
    this.#listener?.close();
    for (const link of this.#links.values()) link.stop();
    for (const connection of this.#accepted.values()) connection.close();
  }

  #accept(connection: Connection): void {
    const reader = new FrameReader();
    let peer: Sender | null = null;
    let refused = false;
    connection.observe({
      opened: () => {},
      received: (bytes) => {
        for (const frame of this.#framesOf(reader, bytes, connection)) {
          if (this.#stopped || refused) return;
          if (peer !== null) refused = !this.#onFrame(peer, frame, connection);
          else peer = this.#welcome(frame, connection);
          if (peer === null) return;
        }
      },
      closed: () => {
        if (peer !== null && this.#accepted.get(peer.id) === connection) this.#accepted.delete(peer.id);
      },
    });
  }

  #framesOf(reader: FrameReader, bytes: Uint8Array, connection: Connection): Frame[] {
    try {
      return reader.take(bytes);
    } catch (error) {
      this.#refuse(connection, `a broken frame: ${asChaosError(error, 'frame').message}`);
      return [];
    }
  }

  #welcome(frame: Frame, connection: Connection): Sender | null {
    const { clusterId, id, peers } = this.#settings;
    if (frame.kind !== 'hello') return this.#refuse(connection, `a ${frame.kind} before hello`);
    if (frame.clusterId !== clusterId) return this.#refuse(connection, `a node of another cluster, ${frame.clusterId}`);
    if (frame.to !== id) return this.#refuse(connection, `${frame.from}, who looks for ${frame.to}`);
    if (!peers.some((known) => known.id === frame.from)) return this.#refuse(connection, `a stranger, ${frame.from}`);
    const sender = this.#senderOf(frame);
    if (frame.boot < sender.boot) return this.#refuse(connection, `an earlier life of ${frame.from}`);
    this.#accepted.get(frame.from)?.close();
    this.#accepted.set(frame.from, connection);
    return sender;
  }

  /** The latest life of the peer that has been heard of: the one of this `hello`, or a later one. */
  #senderOf({ from, boot }: Frame & { kind: 'hello' }): Sender {
    const known = this.#senders.get(from);
    if (known !== undefined && known.boot >= boot) return known;
    const sender = { id: from, boot, window: new ReplayWindow(), repeatedOn: null };
    this.#senders.set(from, sender);
    return sender;
  }

  #refuse(connection: Connection, whom: string): null {
    this.#events?.noticed(`refused ${whom}`);
    connection.close();
    return null;
  }

  /** False where the connection has been refused: what else came with the frame is not heard. */
  #onFrame(peer: Sender, frame: Frame, connection: Connection): boolean {
    switch (frame.kind) {
      case 'message':
        this.#onMessage(peer, frame, connection);
        return true;
      case 'ping':
        connection.write(encodeFrame({ kind: 'pong' }));
        return true;
      case 'hello':
      case 'pong':
        this.#refuse(connection, `${peer.id}, who sent ${frame.kind} out of turn`);
        return false;
    }
  }

  /** Tells of what came again once for each connection: where there is one there may be thousands. */
  #onMessage(peer: Sender, { number, message }: Frame & { kind: 'message' }, connection: Connection): void {
    const events = present(this.#events, 'the transport is started');
    const id = messageId(peer.id, peer.boot, number);
    if (peer.window.take(number)) events.received(peer.id, message, id);
    else if (peer.repeatedOn !== connection) {
      peer.repeatedOn = connection;
      events.noticed(`dropped ${id}, which came again or too late`);
    }
  }
}

function messageId(from: NodeId, boot: number, number: number): string {
  return `${from}.${boot}.${number}`;
}
