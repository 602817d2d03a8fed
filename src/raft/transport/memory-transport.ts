import { present } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import { type Callback, failure, success } from '../../base/outcome.ts';
import type { NodeId } from '../protocol/entries.ts';
import type { Message } from '../protocol/messages.ts';
import { Notices } from './notices.ts';
import { type Introduction, Roster } from './roster.ts';
import { messageId, type Peer, type Transport, type TransportEvents } from './transport.ts';

export interface MemoryTransportSettings {
  readonly clusterId: string;
  readonly id: NodeId;
  /** How often this node has been started: with it message ids stay unique over restarts. */
  readonly boot: number;
  /** Where others reach it on the hub: any `host:port`. */
  readonly address: string;
}

/** A message under way, from whom and to whom. */
interface Letter {
  readonly introduction: Introduction;
  readonly message: Message;
  readonly id: string;
}

/** Joins the members that live in one process. Messages are passed on soon, as they are. */
export class MemoryHub {
  readonly #clock: Clock;
  readonly #receivers = new Map<string, (letter: Letter) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  transport(settings: MemoryTransportSettings): Transport {
    return new MemoryTransport(this, settings);
  }

  soon(callback: () => void): void {
    this.#clock.soon(callback);
  }

  /** False where somebody is there already. @internal */
  join(address: string, receive: (letter: Letter) => void): boolean {
    if (this.#receivers.has(address)) return false;
    this.#receivers.set(address, receive);
    return true;
  }

  part(address: string): void {
    this.#receivers.delete(address);
  }

  /** False where nobody is there. @internal */
  pass(address: string, letter: Letter): boolean {
    if (!this.#receivers.has(address)) return false;
    this.#clock.soon(() => this.#receivers.get(address)?.(letter));
    return true;
  }
}

/** The transport without any network. Each message introduces its sender, so that who is heard is decided as elsewhere. */
class MemoryTransport implements Transport {
  readonly #hub: MemoryHub;
  readonly #settings: MemoryTransportSettings;
  readonly #roster: Roster;
  readonly #notices = new Notices((what) => this.#events?.noticed(what));
  #events: TransportEvents | null = null;
  #joined = false;
  #stopped = false;
  #lastNumber = 0;

  constructor(hub: MemoryHub, settings: MemoryTransportSettings) {
    this.#hub = hub;
    this.#settings = settings;
    const { clusterId, id, boot, address } = settings;
    this.#roster = new Roster({ clusterId, from: id, boot, address });
  }

  start(events: TransportEvents, done: Callback<void>): void {
    const { address } = this.#settings;
    this.#events = events;
    this.#joined = this.#hub.join(address, (letter) => this.#receive(letter));
    const outcome = this.#joined
      ? success(undefined)
      : failure<void>(new ChaosError('EADDRINUSE', `there is a member at ${address} already`));
    this.#hub.soon(() => done(outcome));
  }

  setPeers(peers: readonly Peer[], configurationIndex: number): void {
    this.#roster.setPeers(peers, configurationIndex);
    this.#notices.forget();
  }

  send(to: NodeId, message: Message): void {
    const events = present(this.#events, 'a transport is started before it sends');
    const id = messageId(this.#settings.id, this.#settings.boot, ++this.#lastNumber);
    const address = this.#stopped ? undefined : this.#roster.addressOf(to);
    const letter = { introduction: this.#roster.introductionTo(to), message, id };
    if (address !== undefined && this.#hub.pass(address, letter)) events.sent(to, message, id);
    else events.dropped(to, message, id);
  }

  stop(): void {
    if (this.#joined && !this.#stopped) this.#hub.part(this.#settings.address);
    this.#stopped = true;
  }

  #receive({ introduction, message, id }: Letter): void {
    const events = present(this.#events, 'a member has joined when it is started');
    const refusal = this.#roster.admit(introduction);
    if (refusal === null) events.received(introduction.from, message, id);
    else this.#notices.notice(`refused ${refusal}`);
  }
}
