import type { Clock, Timer } from '../../base/clock.ts';
import type { Address, Connection, Network } from '../../base/network.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';

const reconnectDelayMs = 100;
/** The kernel backs off for ever longer while a partition swallows its packets; a new connection starts afresh. */
const connectTimeoutMs = 500;
const pingIntervalMs = 250;
const silenceTimeoutMs = 1000;
const maxWaitingBytes = 8 * 1024 * 1024;

/**
 * The outgoing half of one peer: keeps a connection to it, connects again when it breaks or falls silent, and takes
 * frames while fewer than 8 MiB wait. What waits while there is no connection is bounded the same way.
 */
export class PeerLink {
  readonly #clock: Clock;
  readonly #network: Network;
  readonly #address: Address;
  readonly #hello: Uint8Array;
  #connection: Connection | null = null;
  #open = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #silence: Timer | null = null;
  #nextPing: Timer | null = null;
  #stopped = false;

  constructor(clock: Clock, network: Network, address: Address, hello: Frame) {
    this.#clock = clock;
    this.#network = network;
    this.#address = address;
    this.#hello = encodeFrame(hello);
  }

  start(): void {
    this.#connect();
  }

  /** False where the frame was not taken because too much waits already. */
  send(frame: Uint8Array): boolean {
    if (this.#stopped) return false;
    if (this.#open && this.#connection !== null) {
      if (this.#connection.bufferedBytes > maxWaitingBytes) return false;
      this.#connection.write(frame);
      return true;
    }
    if (this.#waitingBytes + frame.length > maxWaitingBytes) return false;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#silence?.cancel();
    this.#nextPing?.cancel();
    this.#connection?.close();
    this.#connection = null;
    this.#open = false;
  }

  #connect(): void {
    if (this.#stopped) return;
    const reader = new FrameReader();
    const connection = this.#network.connect(this.#address, {
      opened: () => {
        if (connection === this.#connection) this.#onOpened(connection);
      },
      received: (bytes) => {
        if (connection !== this.#connection) return;
        try {
          if (reader.take(bytes).length > 0) this.#expectWord(silenceTimeoutMs);
        } catch {
          connection.close();
        }
      },
      closed: () => {
        if (connection === this.#connection) this.#onClosed();
      },
    });
    this.#connection = connection;
    this.#expectWord(connectTimeoutMs);
  }

  #onOpened(connection: Connection): void {
    this.#open = true;
    connection.write(this.#hello);
    for (const frame of this.#waiting) connection.write(frame);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#expectWord(silenceTimeoutMs);
    this.#ping(connection);
  }

  #ping(connection: Connection): void {
    if (connection !== this.#connection) return;
    connection.write(encodeFrame({ kind: 'ping' }));
    this.#nextPing = this.#clock.setTimer(pingIntervalMs, () => this.#ping(connection));
  }

  /** Gives the peer this long to be heard from, or its connection is taken for lost. */
  #expectWord(withinMs: number): void {
    this.#silence?.cancel();
    this.#silence = this.#clock.setTimer(withinMs, () => this.#connection?.close());
  }

  #onClosed(): void {
    this.#connection = null;
    this.#open = false;
    this.#silence?.cancel();
    this.#nextPing?.cancel();
    if (this.#stopped) return;
    this.#clock.setTimer(reconnectDelayMs, () => this.#connect());
  }
}
