import type { Clock, Timer } from '../../../base/clock.ts';
import { ChaosError } from '../../../base/errors.ts';
import { type Address, type Connection, formatAddress, type Network } from '../../../base/network.ts';
import { type Callback, failure, type Outcome, success } from '../../../base/outcome.ts';

/** A reply of the Redis protocol, version 2. Integers have their digits; no array is asked for. */
export type RedisReply =
  | { readonly type: 'value'; readonly text: string | null }
  | { readonly type: 'error'; readonly text: string };

/**
 * Sends commands, one at a time on each connection; connections are kept for later commands. Errors have the codes of
 * `RequestClient`: what was never written, because its connection did not come about, is `connection-refused`.
 */
export class RedisConnections {
  readonly #clock: Clock;
  readonly #network: Network;
  /** Connections that wait for a command, by their addresses; and all that there are. */
  readonly #idle = new Map<string, RedisConnection[]>();
  readonly #open = new Set<RedisConnection>();
  #closed = false;

  constructor(clock: Clock, network: Network) {
    this.#clock = clock;
    this.#network = network;
  }

  send(address: Address, command: readonly string[], timeoutMs: number, done: Callback<RedisReply>): void {
    if (this.#closed) {
      this.#clock.soon(() => done(failure(new ChaosError('connection-refused', 'the client is closed'))));
      return;
    }
    const name = formatAddress(address);
    const connection = this.#idle.get(name)?.pop() ?? this.#connect(address, name);
    connection.exchange(command, timeoutMs, (outcome) => {
      if (outcome.ok) this.#keep(name, connection);
      done(outcome);
    });
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#open]) connection.lose('connection-lost', 'the client was closed');
  }

  #connect(address: Address, name: string): RedisConnection {
    const ended = (): void => {
      this.#open.delete(connection);
      this.#idle.set(
        name,
        (this.#idle.get(name) ?? []).filter((idle) => idle !== connection),
      );
    };
    const connection = new RedisConnection(this.#clock, this.#network, address, ended);
    this.#open.add(connection);
    return connection;
  }

  #keep(name: string, connection: RedisConnection): void {
    const idle = this.#idle.get(name);
    if (idle === undefined) this.#idle.set(name, [connection]);
    else idle.push(connection);
  }
}

class RedisConnection {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #connection: Connection;
  readonly #ended: () => void;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #received = Buffer.alloc(0);
  /** The command that waits for its reply. */
  #waiting: { readonly bytes: Uint8Array; readonly timer: Timer; readonly done: Callback<RedisReply> } | null = null;

  constructor(clock: Clock, network: Network, address: Address, ended: () => void) {
    this.#clock = clock;
    this.#name = formatAddress(address);
    this.#ended = ended;
    this.#connection = network.connect(address, {
      opened: () => {
        this.#state = 'open';
        if (this.#waiting !== null) this.#connection.write(this.#waiting.bytes);
      },
      received: (bytes) => this.#take(bytes),
      closed: (error) => {
        const code = this.#state === 'connecting' ? 'connection-refused' : 'connection-lost';
        this.lose(code, error?.message ?? 'the node closed the connection');
      },
    });
  }

  exchange(command: readonly string[], timeoutMs: number, done: Callback<RedisReply>): void {
    const timer = this.#clock.setTimer(timeoutMs, () => this.lose('timeout', `no reply within ${timeoutMs} ms`));
    this.#waiting = { bytes: encode(command), timer, done };
    if (this.#state === 'open') this.#connection.write(this.#waiting.bytes);
  }

  /** Ends the connection: nothing of the command under way may leave from now on, nor may it serve another. */
  lose(code: string, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#connection.close();
    this.#ended();
    this.#settle(failure(new ChaosError(code, `${this.#name}: ${reason}`)));
  }

  #take(bytes: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    const reply = this.#waiting === null ? 'malformed' : replyIn(this.#received);
    if (reply === 'malformed') {
      this.lose('bad-response', `no reply that was asked for: ${this.#received.subarray(0, 100).toString()}`);
    } else if (reply !== null) {
      this.#received = Buffer.alloc(0);
      this.#settle(success(reply));
    }
  }

  #settle(outcome: Outcome<RedisReply>): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.timer.cancel();
    waiting?.done(outcome);
  }
}

function encode(command: readonly string[]): Uint8Array {
  const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${command.length}\r\n${words.join('')}`);
}

/** The reply that these bytes are, to the last; null where it is not all there. */
function replyIn(bytes: Buffer): RedisReply | 'malformed' | null {
  const lineEnd = bytes.indexOf('\r\n');
  if (lineEnd < 0) return null;
  const line = bytes.toString('utf8', 1, lineEnd);
  switch (String.fromCharCode(bytes[0] ?? 0)) {
    case '+':
    case ':':
      return lineEnd + 2 === bytes.length ? { type: 'value', text: line } : 'malformed';
    case '-':
      return lineEnd + 2 === bytes.length ? { type: 'error', text: line } : 'malformed';
    case '$':
      return bulkIn(bytes, lineEnd + 2, Number(line));
    default:
      return 'malformed';
  }
}

function bulkIn(bytes: Buffer, start: number, length: number): RedisReply | 'malformed' | null {
  if (length === -1 && bytes.length === start) return { type: 'value', text: null };
  const end = start + length;
  if (!(length >= 0) || bytes.length > end + 2) return 'malformed';
  return bytes.length < end + 2 ? null : { type: 'value', text: bytes.toString('utf8', start, end) };
}
