import { assert } from '../assert.ts';
import { ByteReader, ByteWriter, u32At } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { ChaosError } from '../errors.ts';
import { type Address, type Connection, formatAddress, type Network } from '../network.ts';
import { type Callback, failure, type Outcome, success } from '../outcome.ts';
import { REQUEST_BODY_LIMIT_BYTES, tooLargeResponse } from '../request-rules.ts';
import type { ApiHandler, ApiRequest, ApiResponse, RequestClient, RequestServer } from '../requests.ts';

/**
 * Client calls over any network port: JSON behind its length, one call at a time on a connection, connections kept, just
 * as over HTTP. Whatever is done to the network (cuts, crashes, latency) therefore acts on calls as well.
 */
export function networkRequestServer(network: Network): RequestServer {
  return {
    serve: (address, handler, done) => {
      network.listen(address, (connection) => serveConnection(connection, handler), done);
    },
  };
}

/** See networkRequestServer. A request is written only once its connection is open: refused ones were never sent. */
export function networkRequestClient(network: Network, clock: Clock): RequestClient {
  const idle = new Map<string, ClientConnection[]>();
  const all = new Set<ClientConnection>();
  let closed = false;

  const connect = (address: Address): ClientConnection => {
    const kept = entryOf(idle, formatAddress(address));
    const connection = new ClientConnection(network, clock, address, {
      free: () => kept.push(connection),
      gone: () => {
        all.delete(connection);
        const at = kept.indexOf(connection);
        if (at >= 0) kept.splice(at, 1);
      },
    });
    all.add(connection);
    return connection;
  };
  return {
    call: (address, request, timeoutMs, done) => {
      if (closed) {
        clock.setTimer(0, () => done(failure(new ChaosError('connection-refused', 'the client is closed'))));
        return;
      }
      const connection = entryOf(idle, formatAddress(address)).pop() ?? connect(address);
      connection.call(request, timeoutMs, done);
    },
    close: () => {
      closed = true;
      for (const connection of [...all]) connection.abandon('connection-lost', 'the client was closed');
    },
  };
}

function serveConnection(connection: Connection, handler: ApiHandler): void {
  const frames = new FrameReader();
  connection.observe({
    opened: () => {},
    received: (bytes) => {
      const text = frames.take(bytes);
      if (text === null) return;
      let responded = false;
      const respond = (response: ApiResponse): void => {
        assert(!responded, 'a request is answered once');
        responded = true;
        connection.write(frameOf({ status: response.status, body: response.body ?? null }));
      };
      if (text.length > REQUEST_BODY_LIMIT_BYTES) respond(tooLargeResponse());
      else handler(JSON.parse(text) as ApiRequest, respond);
    },
    closed: () => {},
  });
}

interface PoolEvents {
  /** The connection may take the next call. */
  free(): void;
  gone(): void;
}

interface CallUnderWay {
  readonly context: string;
  readonly settle: (outcome: Outcome<ApiResponse>) => void;
}

/** A connection of a client, with one call on it at a time. */
class ClientConnection {
  private readonly clock: Clock;
  private readonly address: Address;
  private readonly pool: PoolEvents;
  private readonly connection: Connection;
  private readonly frames = new FrameReader();
  private opened = false;
  private request: Uint8Array | null = null;
  private underWay: CallUnderWay | null = null;

  constructor(network: Network, clock: Clock, address: Address, pool: PoolEvents) {
    this.clock = clock;
    this.address = address;
    this.pool = pool;
    this.connection = network.connect(address, {
      opened: () => {
        this.opened = true;
        this.sendRequest();
      },
      received: (bytes) => {
        const text = this.frames.take(bytes);
        if (text !== null) this.answered(JSON.parse(text) as ApiResponse);
      },
      closed: (error) => {
        this.pool.gone();
        this.fail(this.opened ? 'connection-lost' : 'connection-refused', error?.message ?? 'the peer has ended it');
      },
    });
  }

  call(request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void {
    assert(this.underWay === null, 'one call at a time on a connection');
    const timer = this.clock.setTimer(timeoutMs, () => this.abandon('timeout', `no answer within ${timeoutMs} ms`));
    const context = `${request.method} ${request.path} at ${formatAddress(this.address)}`;
    const settle = (outcome: Outcome<ApiResponse>): void => {
      this.underWay = null;
      timer.cancel();
      done(outcome);
    };
    this.underWay = { context, settle };
    this.request = frameOf(request);
    if (this.opened) this.sendRequest();
  }

  /** Fails the call on it, if there is one, and closes the connection. */
  abandon(code: string, reason: string): void {
    this.pool.gone();
    this.connection.close();
    this.fail(code, reason);
  }

  private sendRequest(): void {
    if (this.request !== null) this.connection.write(this.request);
    this.request = null;
  }

  private answered(response: ApiResponse): void {
    const { underWay } = this;
    if (underWay === null) return;
    this.underWay = null;
    this.pool.free();
    underWay.settle(success(response));
  }

  private fail(code: string, reason: string): void {
    const { underWay } = this;
    underWay?.settle(failure(new ChaosError(code, `${underWay.context}: ${reason}`)));
  }
}

const frameWriter = new ByteWriter(64 * 1024);

function frameOf(message: ApiRequest | ApiResponse): Uint8Array {
  return frameWriter.clear().string(JSON.stringify(message)).finish();
}

/** Puts one message after the other together from pieces; the next one comes only after this one was answered. */
class FrameReader {
  private pieces: Uint8Array = NOTHING;

  /** The text of the message that is complete with `bytes`, or null while more of it is to come. */
  take(bytes: Uint8Array): string | null {
    this.pieces = this.pieces.length === 0 ? bytes : new ByteWriter().raw(this.pieces).raw(bytes).finish();
    const { length } = this.pieces;
    if (length < LENGTH_BYTES || length < LENGTH_BYTES + u32At(this.pieces, 0)) return null;
    const message = new ByteReader(this.pieces);
    const text = message.string();
    message.finish();
    this.pieces = NOTHING;
    return text;
  }
}

const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

function entryOf(map: Map<string, ClientConnection[]>, key: string): ClientConnection[] {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made: ClientConnection[] = [];
  map.set(key, made);
  return made;
}
