import { assert } from '../assert.ts';
import { ChaosError } from '../errors.ts';
import type { Connection, ConnectionEvents } from '../network.ts';
import { invariant } from './invariant.ts';
import type { Degradation, VirtualLink } from './link.ts';
import type { VirtualProcess } from './process.ts';

export type TransmissionKind = 'connect' | 'accept' | 'establish' | 'data' | 'acknowledge' | 'end' | 'reset';

/** What `transmit` returns where the transmission does not arrive. */
export const LOST = -1;

/** What connections need of the network that they are part of. */
export interface Wire {
  nowNs(): number;
  schedule(delayNs: number, action: () => void): void;
  /** Decides one transmission: nanoseconds until it arrives, or LOST. */
  transmit(link: VirtualLink, kind: TransmissionKind, byteCount: number): number;
  /** Whether a host is on: what comes to one that is not vanishes without an answer. */
  isPowered(host: string): boolean;
  /** Where to cut the received bytes in two, to show that the limits of pieces mean nothing; 0 for nowhere. */
  splitAt(byteCount: number): number;
  readonly retransmitFirstNs: number;
  readonly retransmitMaxNs: number;
  readonly giveUpNs: number;
}

/** What a pipe carries: bytes, the client's confirmation that makes the server accept, and the orderly end. */
type Segment = Uint8Array | 'establish' | 'end';

/** One end of a connection. */
export class Endpoint implements Connection {
  readonly peerNames = null;
  /** As the process knows it: `connecting` until `opened`, `closed` from its close or its `closed` on. */
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  readonly out: Pipe;
  readonly process: VirtualProcess;
  private events: ConnectionEvents | null = null;
  private readonly memberOf: readonly Set<Endpoint>[];
  /** Tells the process that accepts, once the client's confirmation has come. Null at the client's end. */
  private readonly accept: ((endpoint: Endpoint) => void) | null;

  /** The endpoint is in the sets `memberOf` until it is closed. */
  constructor(
    out: Pipe,
    process: VirtualProcess,
    memberOf: readonly Set<Endpoint>[],
    accept: ((endpoint: Endpoint) => void) | null,
  ) {
    this.out = out;
    this.process = process;
    this.memberOf = memberOf;
    this.accept = accept;
    out.sender = this;
    for (const endpoints of memberOf) endpoints.add(this);
  }

  get bufferedBytes(): number {
    return this.out.bufferedBytes;
  }

  observe(events: ConnectionEvents): void {
    this.events = events;
  }

  write(bytes: Uint8Array): void {
    if (this.state !== 'closed' && bytes.length > 0) this.out.send(bytes.slice());
  }

  close(): void {
    if (this.state === 'closed') return;
    this.leave(true);
    this.out.wire.schedule(0, () => this.process.deliver(() => this.events?.closed(null)));
  }

  /** The client's end: the server has answered, and `server` is its end. */
  opened(server: Endpoint): void {
    this.state = 'open';
    this.out.receiver = server;
    server.out.receiver = this;
    this.out.open('establish');
    this.process.deliver(() => {
      if (this.state === 'open') this.events?.opened();
    });
  }

  /** Something came out of the peer's pipe, in order. */
  receive(segment: Segment): void {
    if (typeof segment === 'string') {
      if (segment === 'end') this.process.deliver(() => this.break(null));
      else this.establish();
    } else {
      this.process.deliver(() => this.deliverBytes(segment));
    }
  }

  /** Ends the connection for its process, which sees `closed` now; nothing is sent any more. */
  break(error: ChaosError | null): void {
    if (this.state === 'closed') return;
    this.leave(false);
    this.events?.closed(error);
  }

  /**
   * Takes the connection from its process, which hears nothing of it. With `end` what was written is still sent, and
   * then the end, as a kernel does when a process closes or dies; else it is forgotten, as when the power goes.
   */
  leave(end: boolean): void {
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    for (const endpoints of this.memberOf) endpoints.delete(this);
    if (end && wasOpen) this.out.send('end');
    else this.out.drop();
  }

  private establish(): void {
    const { accept } = this;
    invariant(accept !== null, 'only the end that accepts is told of the establishment');
    this.state = 'open';
    this.out.open();
    this.process.deliver(() => {
      if (this.state === 'open') accept(this);
    });
  }

  private deliverBytes(bytes: Uint8Array): void {
    if (this.state !== 'open') return;
    assert(this.events !== null, 'accepted connections are observed at once in accept');
    const split = this.out.wire.splitAt(bytes.length);
    if (split > 0) this.events.received(bytes.subarray(0, split));
    if (this.isOpen()) this.events.received(split > 0 ? bytes.subarray(split) : bytes);
  }

  private isOpen(): boolean {
    return this.state === 'open';
  }
}

/**
 * One direction of a connection, with TCP's manners: in order, and what is lost is sent again after 200 ms, then twice
 * as long and so on, until it gives up. While a loss is not made good everything written behind it waits here. The
 * acknowledgement counts too: where the way back is cut, no more leaves than had left before that showed. Only what the
 * conditions of a degraded link do to messages is not made good (see MemoryNetwork).
 */
export class Pipe {
  readonly wire: Wire;
  /** Bytes that wait for the way to be free again. */
  bufferedBytes = 0;
  /** The ends, set once each is made. */
  sender: Endpoint | null = null;
  receiver: Endpoint | null = null;
  private readonly link: VirtualLink;
  private readonly back: VirtualLink;
  private readonly waiting: Segment[] = [];
  /** `shut` holds back until the connection is open; `stalled` waits for a retransmission; `dropped` sends nothing more. */
  private state: 'shut' | 'flowing' | 'stalled' | 'dropped' = 'shut';
  private lastArrivalNs = 0;
  private arrivals = 0;
  private stalledSinceNs = 0;
  private retransmitNs = 0;

  constructor(wire: Wire, link: VirtualLink, back: VirtualLink) {
    this.wire = wire;
    this.link = link;
    this.back = back;
  }

  send(segment: Segment): void {
    if (this.state === 'dropped' || (this.state === 'flowing' && this.leave(segment))) return;
    this.waiting.push(segment);
    this.bufferedBytes += sizeOf(segment);
    if (this.state === 'flowing') this.stall();
  }

  /** Lets through what was written so far, behind `first`. */
  open(first?: Segment): void {
    if (this.state !== 'shut') return;
    if (first !== undefined) this.waiting.unshift(first);
    this.flow();
  }

  drop(): void {
    this.state = 'dropped';
    this.waiting.length = 0;
    this.bufferedBytes = 0;
  }

  /** Puts a segment on its way; false where it got lost and that will show. */
  private leave(segment: Segment): boolean {
    const { degradation } = this.link;
    if (degradation !== null && typeof segment !== 'string') return this.leaveDegraded(segment, degradation);
    const inNs = this.transmitInOrder(segment);
    if (inNs === LOST) return false;
    this.wire.schedule(inNs, () => this.arrive(segment));
    return true;
  }

  /** As `leave`, for a message whose fate the link's conditions decide, once it is past the cuts. */
  private leaveDegraded(message: Uint8Array, degradation: Degradation): boolean {
    const fate = this.link.cuts > 0 ? ON_TIME : degradation.fate(this.wire.nowNs());
    if (fate === null) return true;
    const inNs = this.transmitInOrder(message);
    if (inNs === LOST) return false;
    const { lateNs, againNs } = fate;
    this.wire.schedule(inNs, () => (lateNs > 0 ? this.holdBack(message, lateNs) : this.arrive(message)));
    if (againNs > 0) this.wire.schedule(inNs + againNs, () => this.arriveBeside(message.slice()));
    return true;
  }

  /** In how many nanoseconds it arrives, not before what left before it; or LOST. */
  private transmitInOrder(segment: Segment): number {
    const delayNs = this.wire.transmit(this.link, kindOf(segment), sizeOf(segment));
    if (delayNs === LOST) return LOST;
    const now = this.wire.nowNs();
    this.lastArrivalNs = Math.max(now + delayNs, this.lastArrivalNs);
    return this.lastArrivalNs - now;
  }

  /** Lets later messages pass this one, which has come. */
  private holdBack(message: Uint8Array, lateNs: number): void {
    const { arrivals } = this;
    this.wire.schedule(lateNs, () => {
      if (this.arriveBeside(message) && this.arrivals > arrivals) this.link.traffic.reordered += 1;
    });
  }

  /** Out of order: nothing is acknowledged, and where the connection has ended nobody is told. */
  private arriveBeside(message: Uint8Array): boolean {
    if (this.receiver?.state !== 'open') return false;
    this.receiver.receive(message);
    return true;
  }

  private arrive(segment: Segment): void {
    this.arrivals += 1;
    const { receiver } = this;
    if (receiver === null || receiver.state === 'closed') {
      if (!this.refused() && this.state === 'flowing') this.stall();
      return;
    }
    receiver.receive(segment);
    const acknowledged = this.wire.transmit(this.back, 'acknowledge', 0) !== LOST;
    if (!acknowledged && this.state === 'flowing') this.stall();
  }

  /** There is no such connection at the receiver, and its host says so; false where that got lost, or nobody is there. */
  private refused(): boolean {
    if (!this.wire.isPowered(this.link.to)) return false;
    const delayNs = this.wire.transmit(this.back, 'reset', 0);
    if (delayNs === LOST) return false;
    this.wire.schedule(delayNs, () => this.breakSender('ECONNRESET', 'the peer has reset the connection'));
    return true;
  }

  private stall(): void {
    this.state = 'stalled';
    this.stalledSinceNs = this.wire.nowNs();
    this.retransmitNs = this.wire.retransmitFirstNs;
    this.wire.schedule(this.retransmitNs, () => this.retransmit());
  }

  /** Finds out with one transmission, and its acknowledgement, whether the way is free again. */
  private retransmit(): void {
    if (this.state !== 'stalled') return;
    if (this.wire.nowNs() - this.stalledSinceNs >= this.wire.giveUpNs) {
      this.breakSender('ETIMEDOUT', 'the peer has acknowledged nothing for too long');
      return;
    }
    const delayNs = this.wire.transmit(this.link, kindOf(this.waiting[0]), sizeOf(this.waiting[0]));
    if (delayNs === LOST) this.backOff();
    else this.wire.schedule(delayNs, () => this.retransmissionArrived());
  }

  private retransmissionArrived(): void {
    if (this.receiver === null || this.receiver.state === 'closed') {
      if (!this.refused()) this.backOff();
      return;
    }
    const delayNs = this.wire.transmit(this.back, 'acknowledge', 0);
    if (delayNs === LOST) this.backOff();
    else this.wire.schedule(delayNs, () => this.state === 'stalled' && this.flow());
  }

  private backOff(): void {
    this.retransmitNs = Math.min(2 * this.retransmitNs, this.wire.retransmitMaxNs);
    this.wire.schedule(this.retransmitNs, () => this.retransmit());
  }

  /** Sends what waits, in order, as far as the way is free. */
  private flow(): void {
    this.state = 'flowing';
    for (let sent = 0; sent < this.waiting.length; sent++) {
      const segment = this.waiting[sent] as Segment;
      if (!this.leave(segment)) {
        this.waiting.splice(0, sent);
        this.stall();
        return;
      }
      this.bufferedBytes -= sizeOf(segment);
    }
    this.waiting.length = 0;
  }

  private breakSender(code: string, message: string): void {
    const { sender, link } = this;
    this.drop();
    if (sender === null) return;
    const error = new ChaosError(code, `connection from ${link.from} to ${link.to}: ${message}`);
    sender.process.deliver(() => sender.break(error));
  }
}

const ON_TIME = { lateNs: 0, againNs: 0 };

function kindOf(segment: Segment | undefined): TransmissionKind {
  return typeof segment === 'string' ? segment : 'data';
}

function sizeOf(segment: Segment | undefined): number {
  return typeof segment === 'object' ? segment.length : 0;
}
