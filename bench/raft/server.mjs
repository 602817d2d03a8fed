/**
 * A member of the log that compare.mjs and long-run.mjs measure: the library by its public interface, with the smallest
 * protocol for clients (raft-client.mjs). Forked with its settings; tells its parent
 * its status when asked, and ends with it.
 */
import { createServer } from 'node:net';
import { Raft } from '../../dist/raft/index.js';
import { answerBytes, requestHeaderBytes } from './raft-client.mjs';

const { id, peers, path, clientPort, compaction } = JSON.parse(process.argv[2]);

/** Of constant size: what was delivered, as a count and a hash (FNV-1a) of all the bytes. */
const counter = {
  count: 0,
  hash: 0x811c9dc5,
  apply: ({ payload }) => {
    let { hash } = counter;
    for (const byte of payload) hash = Math.imul(hash ^ byte, 0x01000193);
    counter.hash = hash;
    counter.count += 1;
  },
  snapshot: () => {
    const bytes = new Uint8Array(12);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, counter.count);
    view.setInt32(8, counter.hash);
    return bytes;
  },
  restore: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    counter.count = view.getFloat64(0);
    counter.hash = view.getInt32(8);
  },
};

const startedMs = performance.now();
const raft = new Raft({ self: id, clusterId: 'bench', peers, path, stateMachine: counter, compaction });
await raft.start();
const startMs = performance.now() - startedMs;

const server = createServer({ noDelay: true }, serve);
server.listen(clientPort, '127.0.0.1', () => process.send({ kind: 'ready', startMs }));

process.on('message', ({ collected }) => {
  if (collected) globalThis.gc();
  const { role, leader, commitIndex } = raft.status();
  const memory = process.memoryUsage();
  process.send({ kind: 'status', role, leader, commitIndex, count: counter.count, hash: counter.hash, memory });
});
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => raft.stop().then(() => process.exit()));

function serve(socket) {
  let left = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece) => {
    const bytes = left.length === 0 ? piece : Buffer.concat([left, piece]);
    let at = 0;
    while (bytes.length - at >= requestHeaderBytes) {
      const start = at + requestHeaderBytes;
      const end = start + bytes.readUInt32BE(at + 4);
      if (end > bytes.length) break;
      answer(socket, bytes.readUInt32BE(at), bytes.subarray(start, end));
      at = end;
    }
    left = bytes.subarray(at);
  });
}

function answer(socket, number, payload) {
  const reply = (ok, position) => {
    const bytes = Buffer.allocUnsafe(answerBytes);
    bytes.writeUInt32BE(number, 0);
    bytes[4] = ok ? 1 : 0;
    bytes.writeDoubleBE(position, 5);
    socket.write(bytes);
  };
  raft.broadcast(payload).then(
    (position) => reply(true, position),
    () => reply(false, 0),
  );
}
