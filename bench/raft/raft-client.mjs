import { connect } from 'node:net';

/**
 * A client of server.mjs with one connection and one broadcast in flight.
 *
 *   request: its number (u32) | length (u32) | payload        answer: the request's number (u32) | ok (u8) | position (f64)
 */
export const requestHeaderBytes = 8;
export const answerBytes = 13;

export function raftClient({ host, port }, _name, payload, { opened, answered, broken }) {
  const socket = connect({ host, port, noDelay: true });
  const request = Buffer.alloc(requestHeaderBytes + payload.length);
  request.writeUInt32BE(payload.length, 4);
  request.set(payload, requestHeaderBytes);
  let number = 0;
  let left = Buffer.alloc(0);

  socket.on('connect', opened);
  socket.on('error', broken);
  socket.on('close', () => broken(new Error(`the server at ${port} has ended the connection`)));
  socket.on('data', (piece) => {
    const bytes = left.length === 0 ? piece : Buffer.concat([left, piece]);
    if (bytes.length < answerBytes) {
      left = bytes;
      return;
    }
    left = bytes.subarray(answerBytes);
    if (bytes.readUInt32BE(0) !== number) broken(new Error('an answer to another request'));
    else answered(bytes[4] === 1);
  });
  return {
    send: () => {
      number += 1;
      request.writeUInt32BE(number, 0);
      // Nobody reads the bytes after the write: with one request in flight they have left before the answer comes.
      socket.write(request);
    },
    close: () => {
      socket.removeAllListeners('close');
      socket.destroy();
    },
  };
}
