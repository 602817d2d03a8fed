import { createServer, connect as tcpConnect } from 'node:net';
import { asChaosError } from '../errors.ts';
import type { Network } from '../network.ts';
import { socketNetwork } from './sockets.ts';

/** TCP. Errors carry the system's code (`ECONNREFUSED`, `ECONNRESET`, `EADDRINUSE`, ...). */
export function tcpNetwork(): Network {
  return socketNetwork({
    connect: ({ host, port }) => tcpConnect({ host, port }),
    opened: 'connect',
    createServer: (accept) => createServer(accept),
    namesOf: () => null,
    toError: asChaosError,
  });
}
