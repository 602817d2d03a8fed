import type { Clock, Timer } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import { type Address, type Connection, formatAddress, type Network } from '../../base/network.ts';
import type { NodeId } from '../protocol/entries.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';
import {
  connectTimeoutMs,
  farewellTimeoutMs,
  maxGreetingBytes,
  maxReconnectDelayMs,
  maxRefusedDelayMs,
  maxWaitingBytes,
  pingIntervalMs,
  reconnectDelayMs,
  silenceTimeoutMs,
} from './limits.ts';
import { Outbox } from './outbox.ts';
import { type Introduction, quoted, shown } from './roster.ts';

export interface LinkPorts {
  readonly clock: Clock;
  readonly network: Network;
  /** How this node introduces itself to the peer now. */
  readonly introduction: () => Introduction;
  readonly notice: (what: string) => void;
}

/**
 * The outgoing half of one peer: keeps a connection to it, connects again when it breaks or falls silent, and takes frames
 * while there is room. They leave once the peer has answered `hello`, so that nobody else is sent what is meant for it, and
 * at the end of the turn that brought them.
 */
export class PeerLink {
  readonly #ports: LinkPorts;
  readonly #to: NodeId;
  #address: Address;
  #connection: Connection | null = null;
  #phase: 'waiting' | 'connecting' | 'greeting' | 'open' | 'stopped' = 'waiting';
  readonly #outbox = new Outbox();
  #flushIsDue = false;
  /** Where it is not null, nothing is taken any more, the link stops once everything has left, and this is then called. */
  #left: (() => void) | null = null;
  /** The peer, or its certificate, says no: since it was last heard from otherwise. */
  #refused = false;
  #delayMs = reconnectDelayMs;
  #retry: Timer | null = null;
  #silence: Timer | null = null;
  #nextPing: Timer | null = null;
  #farewell: Timer | null = null;

  constructor(ports: LinkPorts, to: NodeId, address: Address) {
    this.#ports = ports;
    this.#to = to;
    this.#address = address;
    this.#connect();
  }

  /** False where the frame was not taken because too much waits already. */
  send(frame: Uint8Array): boolean {
    if (this.#left !== null || this.#phase === 'stopped') return false;
    const waiting = this.#outbox.byteCount + (this.#connection?.bufferedBytes ?? 0);
    // One alone is taken whatever its length: it would never find more room.
    if (waiting > 0 && waiting + frame.length > maxWaitingBytes) return false;
    this.#outbox.add(frame);
    if (this.#outbox.hasPiece) this.#flush();
    else this.#flushSoon();
    return true;
  }

  /** The peer is reached here from now on; what waits for it goes there. */
  moveTo(address: Address): void {
    if (formatAddress(address) === formatAddress(this.#address)) return;
    this.#address = address;
    if (this.#phase === 'waiting') this.retryNow();
    else this.#connection?.close();
  }

  /** There is reason to think that a connection would succeed now. */
  retryNow(): void {
    if (this.#phase !== 'waiting') return;
    this.#delayMs = reconnectDelayMs;
    this.#connect();
  }

  /** Stops once what waits has left, or cannot for some seconds; `done` is told. */
  leave(done: () => void): void {
    this.#left = done;
    if (this.#outbox.byteCount === 0) this.stop();
    else if (this.#phase === 'open') this.#flush();
    else this.#farewell = this.#ports.clock.setTimer(farewellTimeoutMs, () => this.stop());
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#cancelTimers();
    this.#retry?.cancel();
    this.#farewell?.cancel();
    this.#connection?.close();
    this.#connection = null;
    this.#left?.();
  }

  #connect(): void {
    this.#retry?.cancel();
    this.#phase = 'connecting';
    const reader = new FrameReader(maxGreetingBytes);
    const current = (): boolean => connection === this.#connection;
    const connection: Connection = this.#ports.network.connect(this.#address, {
      opened: () => {
        if (current()) this.#onOpened(connection);
      },
      received: (bytes) => {
        if (current()) this.#onReceived(connection, reader, bytes);
      },
      closed: (error) => {
        if (current()) this.#onClosed(error);
      },
    });
    this.#connection = connection;
    this.#expectWord(connectTimeoutMs);
  }

  #onOpened(connection: Connection): void {
    const { peerNames } = connection;
    if (peerNames !== null && !peerNames.includes(this.#to)) {
      this.#onRefusal(
        `does not connect to ${this.#where()}, whose certificate is of ${peerNames.map(shown).join(', ')}`,
      );
      connection.close();
      return;
    }
    this.#phase = 'greeting';
    connection.write(encodeFrame({ kind: 'hello', ...this.#ports.introduction() }));
    this.#expectWord(silenceTimeoutMs);
    this.#pingLater(connection);
  }

  #onReceived(connection: Connection, reader: FrameReader, bytes: Uint8Array): void {
    try {
      reader.push(bytes);
      for (let frame = reader.next(); frame !== null; frame = reader.next()) this.#onFrame(connection, frame);
    } catch (error) {
      if (!(error instanceof ChaosError)) throw error;
      connection.close();
    }
  }

  #onFrame(connection: Connection, frame: Frame): void {
    if (frame.kind === 'pong') this.#onPong();
    else if (frame.kind === 'refused') this.#onRefusal(`is refused by ${this.#where()}, as ${quoted(frame.reason)}`);
    else connection.close();
  }

  #onPong(): void {
    this.#expectWord(silenceTimeoutMs);
    this.#delayMs = reconnectDelayMs;
    this.#refused = false;
    if (this.#phase !== 'greeting') return;
    this.#phase = 'open';
    this.#flush();
  }

  #onRefusal(what: string): void {
    this.#refused = true;
    this.#ports.notice(what);
  }

  #pingLater(connection: Connection): void {
    this.#nextPing = this.#ports.clock.setTimer(pingIntervalMs, () => {
      connection.write(encodeFrame({ kind: 'ping' }));
      this.#pingLater(connection);
    });
  }

  /** Gives the peer this long to be heard from, or its connection is taken for lost. */
  #expectWord(withinMs: number): void {
    this.#silence?.cancel();
    this.#silence = this.#ports.clock.setTimer(withinMs, () => this.#connection?.close());
  }

  #flushSoon(): void {
    if (this.#flushIsDue || this.#phase !== 'open') return;
    this.#flushIsDue = true;
    this.#ports.clock.soon(() => {
      this.#flushIsDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const connection = this.#connection;
    if (this.#phase !== 'open' || connection === null) return;
    for (const piece of this.#outbox.take()) connection.write(piece);
    // Closing sends what was written.
    if (this.#left !== null) this.stop();
  }

  #onClosed(error: ChaosError | null): void {
    if (error?.code === 'untrusted') this.#onRefusal(`does not connect to ${this.#where()}: ${error.message}`);
    const unheard = this.#phase !== 'open' || this.#refused;
    this.#connection = null;
    this.#phase = 'waiting';
    this.#cancelTimers();
    this.#retry = this.#ports.clock.setTimer(this.#delayMs, () => this.#connect());
    const maxDelayMs = this.#refused ? maxRefusedDelayMs : maxReconnectDelayMs;
    if (unheard) this.#delayMs = Math.min(2 * this.#delayMs, maxDelayMs);
  }

  #cancelTimers(): void {
    this.#silence?.cancel();
    this.#nextPing?.cancel();
  }

  #where(): string {
    return `${shown(this.#to)} at ${formatAddress(this.#address)}`;
  }
}
