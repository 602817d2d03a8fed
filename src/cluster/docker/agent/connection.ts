import { connect } from 'node:net';
import type { Sighting } from './protocol.ts';

/** What a new TCP connection meets within `waitMs`. One that is accepted is given up at once. */
export function tryConnection(address: string, port: number, waitMs: number): Promise<Sighting['connection']> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (met: Sighting['connection']) => {
      clearTimeout(timeout);
      socket.destroy();
      resolve(met);
    };
    const timeout = setTimeout(() => settle('timeout'), waitMs);
    socket.on('connect', () => settle('accepted'));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ETIMEDOUT' ? 'timeout' : 'refused'));
  });
}
