import type { AddressInfo, Server, Socket } from 'node:net';
import { present } from '../assert.ts';
import type { ChaosError } from '../errors.ts';
import {
  type Address,
  type Connection,
  type ConnectionEvents,
  formatAddress,
  type Listener,
  type Network,
} from '../network.ts';
import { failure, success } from '../outcome.ts';

/** What tells one network of sockets from another. */
export interface SocketKind {
  connect(address: Address): Socket;
  /** The event of a socket that was connected and may be used. */
  readonly opened: 'connect' | 'secureConnect';
  /** A server that calls `accept` for each connection that may be used. */
  createServer(accept: (socket: Socket) => void): Server;
  /** See Connection; asked once, when the socket is open. */
  namesOf(socket: Socket): readonly string[] | null;
  toError(error: Error, context: string): ChaosError;
}

/**
 * A network of sockets without Nagle's delay: what is worth sending together is written together. `close` sends what was
 * written and gives up where the peer takes none of it for a second; `opened` is for connections that were asked for, since
 * accepted ones are open from the start. Written bytes must not be changed afterwards.
 */
export function socketNetwork(kind: SocketKind): Network {
  return {
    listen: (address, accept, done) => listen(kind, address, accept, done),
    connect: (address, events) => {
      const connection = new SocketConnection(
        kind,
        kind.connect(address),
        `connection to ${formatAddress(address)}`,
        false,
      );
      connection.observe(events);
      return connection;
    },
  };
}

/** How long a closed connection may sit on bytes that the peer does not take before it is dropped. */
const CLOSE_LINGER_MS = 1000;

function listen(
  kind: SocketKind,
  address: Address,
  accept: Parameters<Network['listen']>[1],
  done: Parameters<Network['listen']>[2],
): void {
  const accepted = new Set<Socket>();
  let closed = false;
  const server = kind.createServer((socket) => {
    // It may have been long in becoming one that may be used.
    if (closed) {
      socket.destroy();
      return;
    }
    accepted.add(socket);
    socket.once('close', () => accepted.delete(socket));
    const from = `connection from ${socket.remoteAddress}:${socket.remotePort}`;
    accept(new SocketConnection(kind, socket, from, true));
  });
  const onListenError = (error: Error): void => {
    done(failure(kind.toError(error, `listen on ${formatAddress(address)}`)));
  };
  server.once('error', onListenError);
  server.listen({ host: address.host, port: address.port }, () => {
    server.off('error', onListenError);
    // From here on errors are of single connections that could not be accepted; whoever opened them will see it.
    server.on('error', () => {});
    const bound = present(server.address() as AddressInfo | null, 'a server that listens has an address');
    const close = (): void => {
      closed = true;
      server.close();
      for (const socket of accepted) socket.destroy();
    };
    done(success<Listener>({ address: { host: address.host, port: bound.port }, close }));
  });
}

class SocketConnection implements Connection {
  peerNames: readonly string[] | null = null;
  readonly #kind: SocketKind;
  readonly #socket: Socket;
  #events: ConnectionEvents | null = null;
  #open: boolean;
  #closing = false;
  #broken: ChaosError | null = null;

  constructor(kind: SocketKind, socket: Socket, context: string, open: boolean) {
    this.#kind = kind;
    this.#socket = socket;
    this.#open = open;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#broken ??= kind.toError(error, context);
    });
    if (open) this.peerNames = kind.namesOf(socket);
  }

  get bufferedBytes(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  observe(events: ConnectionEvents): void {
    this.#events = events;
    this.#socket.on(this.#kind.opened, () => {
      if (this.#open || this.#closing) return;
      this.#open = true;
      this.peerNames = this.#kind.namesOf(this.#socket);
      events.opened();
    });
    this.#socket.on('data', (chunk: Buffer) => {
      if (!this.#closing) events.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    this.#socket.on('close', () => {
      if (!this.#closing) events.closed(this.#broken);
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.#closing && this.#socket.writable) this.#socket.write(bytes);
  }

  close(): void {
    if (this.#closing || this.#socket.closed) return;
    this.#closing = true;
    // The peer may be out of reach, so the end is not waited for: it is reported now, and the kernel does the rest.
    setImmediate(() => this.#events?.closed(this.#broken));
    if (!this.#open) {
      this.#socket.destroy();
      return;
    }
    this.#socket.setTimeout(CLOSE_LINGER_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }
}
