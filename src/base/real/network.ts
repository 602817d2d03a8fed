import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net';
import { present } from '../assert.ts';
import { asChaosError, type ChaosError } from '../errors.ts';
import {
  type Address,
  type Connection,
  type ConnectionEvents,
  formatAddress,
  type Listener,
  type Network,
} from '../network.ts';
import { failure, success } from '../outcome.ts';

/**
 * TCP without Nagle's delay. Errors carry the system's code (`ECONNREFUSED`, `ECONNRESET`, `EADDRINUSE`, ...).
 * `close` sends what was written and gives up where the peer takes none of it for a second; `opened` is for connections
 * that were asked for, since accepted ones are open from the start. Written bytes must not be changed afterwards.
 */
export function tcpNetwork(): Network {
  return { listen, connect };
}

/** How long a closed connection may sit on bytes that the peer does not take before it is dropped. */
const CLOSE_LINGER_MS = 1000;

function connect(address: Address, events: ConnectionEvents): Connection {
  const socket = tcpConnect({ host: address.host, port: address.port, noDelay: true });
  const connection = socketConnection(socket, `connection to ${formatAddress(address)}`);
  connection.observe(events);
  return connection;
}

const listen: Network['listen'] = (address, accept, done) => {
  const accepted = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    accepted.add(socket);
    socket.once('close', () => accepted.delete(socket));
    accept(socketConnection(socket, `connection from ${socket.remoteAddress}:${socket.remotePort}`));
  });
  const onListenError = (error: Error): void => {
    done(failure(asChaosError(error, `listen on ${formatAddress(address)}`)));
  };
  server.once('error', onListenError);
  server.listen({ host: address.host, port: address.port }, () => {
    server.off('error', onListenError);
    // From here on errors are of single connections that could not be accepted; whoever opened them will see it.
    server.on('error', () => {});
    const bound = present(server.address() as AddressInfo | null, 'a server that listens has an address');
    const close = (): void => {
      server.close();
      for (const socket of accepted) socket.destroy();
    };
    done(success<Listener>({ address: { host: address.host, port: bound.port }, close }));
  });
};

function socketConnection(socket: Socket, context: string): Connection {
  let events: ConnectionEvents | null = null;
  let closing = false;
  let broken: ChaosError | null = null;
  socket.on('error', (error) => {
    broken ??= asChaosError(error, context);
  });
  return {
    get bufferedBytes() {
      return socket.destroyed ? 0 : socket.writableLength;
    },
    observe: (observer) => {
      events = observer;
      socket.on('connect', () => closing || observer.opened());
      socket.on('data', (chunk: Buffer) => {
        if (!closing) observer.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      });
      socket.on('close', () => closing || observer.closed(broken));
    },
    write: (bytes) => {
      if (!closing && socket.writable) socket.write(bytes);
    },
    close: () => {
      if (closing || socket.closed) return;
      closing = true;
      // The peer may be out of reach, so the end is not waited for: it is reported now, and the kernel does the rest.
      setImmediate(() => events?.closed(broken));
      if (socket.connecting) {
        socket.destroy();
        return;
      }
      socket.setTimeout(CLOSE_LINGER_MS, () => socket.destroy());
      socket.destroySoon();
    },
  };
}
