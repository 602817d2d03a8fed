import { assert, present } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Address, Connection, Listener, Network } from '../../base/network.ts';
import { type Callback, success } from '../../base/outcome.ts';
import type { NodeId } from '../protocol/entries.ts';
import type { Message } from '../protocol/messages.ts';
import { encodeFrame, type Frame, isTooLong } from './frames.ts';
import { maxFrameBytes, maxVisitors } from './limits.ts';
import { Notices } from './notices.ts';
import { PeerLink } from './peer-link.ts';
import { ReplayWindow } from './replay-window.ts';
import { type Introduction, Roster, reach, shown } from './roster.ts';
import { messageId, type Peer, type Transport, type TransportEvents } from './transport.ts';
import { Visit, type VisitEvents } from './visit.ts';

export interface PeerTransportSettings {
  readonly clusterId: string;
  readonly id: NodeId;
  /** How often this node has been started: with it message ids stay unique over restarts. */
  readonly boot: number;
  /** Where this node listens. */
  readonly listen: Address;
  /** Where others reach it, `host:port`. */
  readonly address: string;
}

/** A peer in its present life, whatever connections it comes by. */
interface Sender {
  readonly boot: number;
  readonly window: ReplayWindow;
  /** The visit that was last told of for a message that came again. */
  repeatedOn: Visit | null;
}

/**
 * Messages between the members, framed, over one connection for each direction of each pair. The node keeps a link to
 * everybody whom it may answer, and hears those whom its roster admits; where the network proves names, as TLS does, only
 * under their own names.
 *
 * Connections may lose, repeat and reorder whole frames: a message is received once in its sender's life, and a `hello`
 * that comes twice, late or not at all ends the connection, so that the sender begins a new one.
 */
export class PeerTransport implements Transport {
  readonly #clock: Clock;
  readonly #network: Network;
  readonly #settings: PeerTransportSettings;
  readonly #roster: Roster;
  readonly #links = new Map<NodeId, PeerLink>();
  /** Links to nodes that are peers no more, while something is still to leave. */
  readonly #leaving = new Set<PeerLink>();
  /** Everybody who is connected, introduced or not; and the last visit of each node that is welcome. */
  readonly #visits = new Set<Visit>();
  readonly #welcome = new Map<NodeId, Visit>();
  readonly #senders = new Map<NodeId, Sender>();
  readonly #notices = new Notices((what) => this.#events?.noticed(what));
  #events: TransportEvents | null = null;
  #listener: Listener | null = null;
  #lastNumber = 0;
  #stopped = false;

  constructor(clock: Clock, network: Network, settings: PeerTransportSettings) {
    this.#clock = clock;
    this.#network = network;
    this.#settings = settings;
    const { clusterId, id, boot, address } = settings;
    this.#roster = new Roster({ clusterId, from: id, boot, address });
  }

  start(events: TransportEvents, done: Callback<void>): void {
    this.#events = events;
    this.#network.listen(
      this.#settings.listen,
      (connection) => this.#accept(connection),
      (outcome) => {
        if (!outcome.ok) {
          done(outcome);
          return;
        }
        this.#listener = outcome.value;
        if (this.#stopped) this.#listener.close();
        this.#keepLinks();
        done(success(undefined));
      },
    );
  }

  setPeers(peers: readonly Peer[], configurationIndex: number): void {
    this.#roster.setPeers(peers, configurationIndex);
    this.#notices.forget();
    this.#sendStrangersAway();
    this.#keepLinks();
    // Who has refused this node for what it knew may think otherwise now.
    for (const link of this.#links.values()) link.retryNow();
  }

  send(to: NodeId, message: Message): void {
    const { id, boot } = this.#settings;
    const events = present(this.#events, 'a transport is started before it sends');
    const number = ++this.#lastNumber;
    const name = messageId(id, boot, number);
    if (this.#take(to, message, number)) events.sent(to, message, name);
    else events.dropped(to, message, name);
  }

  stop(): void {
    this.#stopped = true;
    this.#listener?.close();
    for (const link of [...this.#links.values(), ...this.#leaving]) link.stop();
    for (const visit of [...this.#visits]) visit.close();
  }

  #take(to: NodeId, message: Message, number: number): boolean {
    const link = this.#links.get(to);
    if (link === undefined) return false;
    const frame = encodeFrame({ kind: 'message', number, message });
    if (!isTooLong(frame)) return link.send(frame);
    this.#notices.notice(`dropped a ${message.kind} to ${to} that is longer than ${maxFrameBytes} bytes`);
    return false;
  }

  /** Makes the links those of the roster. */
  #keepLinks(): void {
    if (this.#listener === null || this.#stopped) return;
    const addresses = this.#roster.addresses();
    for (const [id, link] of this.#links) {
      if (addresses.has(id)) continue;
      this.#links.delete(id);
      this.#leaving.add(link);
      link.leave(() => this.#leaving.delete(link));
    }
    for (const [id, address] of addresses) this.#keepLink(id, reach(address));
  }

  #keepLink(id: NodeId, address: Address | string): void {
    const link = this.#links.get(id);
    if (typeof address === 'string') {
      this.#notices.notice(`cannot connect to ${shown(id)}: ${address}`);
      link?.stop();
      this.#links.delete(id);
    } else if (link !== undefined) {
      link.moveTo(address);
    } else {
      const ports = {
        clock: this.#clock,
        network: this.#network,
        introduction: () => this.#roster.introductionTo(id),
        notice: (what: string) => this.#notices.notice(what),
      };
      this.#links.set(id, new PeerLink(ports, id, address));
    }
  }

  #accept(connection: Connection): void {
    const visit = new Visit(this.#clock, connection, this.#visitEvents);
    this.#visits.add(visit);
    if (this.#visits.size - this.#welcome.size > maxVisitors) {
      this.#notices.notice(`refused a connection, since ${maxVisitors} have not said hello yet`);
      visit.close();
    }
  }

  readonly #visitEvents: VisitEvents = {
    introduced: (introduction, visit) => this.#onIntroduced(introduction, visit),
    received: (frame, visit) => this.#onMessage(frame, visit),
    noticed: (what) => this.#notices.notice(what),
    ended: (visit) => {
      this.#visits.delete(visit);
      const { from } = visit;
      if (from !== null && this.#welcome.get(from) === visit) this.#welcome.delete(from);
    },
  };

  #onIntroduced(introduction: Introduction, visit: Visit): string | null {
    const { from, boot } = introduction;
    const refusal = this.#roster.admit(introduction);
    if (refusal !== null) return refusal;
    const sender = this.#senders.get(from);
    if (sender === undefined || sender.boot < boot) {
      this.#senders.set(from, { boot, window: new ReplayWindow(), repeatedOn: null });
    }
    this.#welcome.get(from)?.close();
    this.#welcome.set(from, visit);
    // Whom it made the roster forget must go; and who comes by itself can likely be reached.
    this.#sendStrangersAway();
    this.#keepLinks();
    this.#links.get(from)?.retryNow();
    return null;
  }

  #sendStrangersAway(): void {
    for (const [from, visit] of this.#welcome) {
      const refusal = this.#roster.refusalOf(from);
      if (refusal !== null) visit.sendAway(refusal);
    }
    for (const from of this.#senders.keys()) {
      if (!this.#roster.remembers(from)) this.#senders.delete(from);
    }
  }

  /** Tells of what came again once for each visit: where there is one there may be thousands. */
  #onMessage({ number, message }: Frame & { kind: 'message' }, visit: Visit): void {
    const from = present(visit.from, 'who is heard has said who it is');
    const sender = present(this.#senders.get(from), 'who is welcome is a sender');
    const id = messageId(from, sender.boot, number);
    assert(this.#events !== null, 'the transport is started');
    if (sender.window.take(number)) this.#events.received(from, message, id);
    else if (sender.repeatedOn !== visit) {
      sender.repeatedOn = visit;
      this.#events.noticed(`dropped ${id}, which came again or too late`);
    }
  }
}
