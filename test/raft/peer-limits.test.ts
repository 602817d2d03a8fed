import { describe, expect, it } from 'vitest';
import { promised, sleep } from '../../src/base/clock.ts';
import { type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import type { Connection, Network } from '../../src/base/network.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { tcpNetwork } from '../../src/base/real/network.ts';
import { encodeFrame, type Frame } from '../../src/raft/transport/frames.ts';
import {
  greetingTimeoutMs,
  maxFrameBytes,
  maxPieceBytes,
  maxUnreadAnswerBytes,
  maxVisitors,
  maxWaitingBytes,
} from '../../src/raft/transport/limits.ts';
import { PeerTransport } from '../../src/raft/transport/peer-transport.ts';
import { addressOf, bytesOf, forward, hello, numbersOf, pass, port, range, start } from './peers.ts';

const MiB = 1024 * 1024;
/** What a frame of `forward` has beside its payload: the number of the message, and the forward's own fields. */
const aroundPayload = bytesOf({ kind: 'message', number: 1, message: forward(1, 0) }).length;
const headerBytes = 8;
const pingLength = bytesOf({ kind: 'ping' }).length;

/** The network of a node, noting the length of what it writes, but for pings, to the connections that it opens. */
function noting(network: Network): { network: Network; writes: number[] } {
  const writes: number[] = [];
  const connect: Network['connect'] = (address, events) => {
    const connection = network.connect(address, events);
    const write = connection.write.bind(connection);
    connection.write = (bytes) => {
      if (bytes.length > pingLength) writes.push(bytes.length);
      write(bytes);
    };
    return connection;
  };
  return { network: { ...network, connect }, writes };
}

async function notedPair(world: MemoryWorld) {
  const b = start(world, 'b', ['a']);
  const { clock, network } = world.host('a').start();
  const noted = noting(network);
  const listen = { host: 'a', port };
  const settings = { clusterId: 'cluster', id: 'a', boot: 1, listen, address: addressOf('a') };
  const transport = new PeerTransport(clock, noted.network, settings);
  const noticed: string[] = [];
  const dropped: string[] = [];
  const events = {
    received: () => {},
    sent: () => {},
    dropped: (_to: string, _message: unknown, id: string) => void dropped.push(id),
    noticed: (what: string) => void noticed.push(what),
  };
  transport.setPeers([{ id: 'b', address: addressOf('b') }], 0);
  transport.start(events, () => {});
  await pass(world, 500);
  noted.writes.length = 0;
  return { transport, b, writes: noted.writes, noticed, dropped };
}

describe('messages of one turn', () => {
  it('are written together at its end', async () => {
    const world = memoryWorld(1);
    const { transport, b, writes } = await notedPair(world);
    for (const number of range(1, 100)) transport.send('b', forward(number));
    expect(writes).toEqual([]);
    await pass(world, 5);
    expect(writes).toHaveLength(1);
    expect(numbersOf(b)).toEqual(range(1, 100));
  });

  it('are written in pieces of whole frames, none of which is long because of another', async () => {
    const world = memoryWorld(2);
    const { transport, b, writes } = await notedPair(world);
    for (const number of range(1, 300)) transport.send('b', forward(number, 1000));
    transport.send('b', forward(301, MiB));
    transport.send('b', forward(302, 1000));
    await pass(world, 5);
    expect(writes.filter((length) => length > 2 * maxPieceBytes)).toEqual([MiB + aroundPayload]);
    expect(writes.length).toBeLessThan(10);
    expect(numbersOf(b)).toEqual(range(1, 302));
  });
});

describe('a message', () => {
  it('may be as long as a frame, and is dropped beyond, which is noticed once', async () => {
    const world = memoryWorld(3, { network: { latency: { kind: 'uniform', minNs: 1000, maxNs: 1000 } } });
    const { transport, b, noticed, dropped } = await notedPair(world);
    const longest = maxFrameBytes + headerBytes - aroundPayload;
    transport.send('b', forward(1, longest));
    await pass(world, 5);
    for (const number of [2, 3]) transport.send('b', forward(number, longest + 1));
    transport.send('b', forward(4));
    await pass(world, 5);
    expect(numbersOf(b)).toEqual([1, 4]);
    expect(dropped).toEqual(['a.1.2', 'a.1.3']);
    expect(noticed).toEqual([`dropped a forward to b that is longer than ${maxFrameBytes} bytes`]);
  });
});

/** Somebody who connects to b on its memory network. */
function visitor(world: MemoryWorld) {
  const { network } = world.host('elsewhere').start();
  return (...frames: Frame[]): { readonly connection: Connection; open: boolean; heard: number } => {
    const connection = network.connect(
      { host: 'b', port },
      {
        opened: () => {
          if (frames.length > 0) connection.write(bytesOf(...frames));
        },
        received: (bytes) => {
          visit.heard += bytes.length;
        },
        closed: () => {
          visit.open = false;
        },
      },
    );
    const visit = { connection, open: true, heard: 0 };
    return visit;
  };
}

describe('who connects', () => {
  it('must say hello within some seconds', async () => {
    const world = memoryWorld(4);
    const b = start(world, 'b', ['a']);
    const visit = visitor(world)();
    await pass(world, greetingTimeoutMs - 100);
    expect(visit.open).toBe(true);
    await pass(world, 200);
    expect(visit.open).toBe(false);
    expect(b.noticed).toEqual(['refused somebody who does not say hello']);
  });

  it('must say it in few bytes', async () => {
    const world = memoryWorld(5);
    const b = start(world, 'b', ['a']);
    const visit = visitor(world)({ ...hello, address: 'a'.repeat(5000) });
    await pass(world, 100);
    expect(visit.open).toBe(false);
    expect(b.noticed).toEqual([expect.stringMatching(/^refused a broken frame: a frame of \d+ bytes$/)]);
  });

  it('is let in while not too many say nothing, and those who are known do not count', async () => {
    const world = memoryWorld(6);
    const b = start(world, 'b', ['a']);
    const visit = visitor(world);
    const known = visit(hello);
    await pass(world, 10);
    const silent = range(1, maxVisitors + 10).map(() => visit());
    await pass(world, 100);
    expect(silent.filter(({ open }) => open)).toHaveLength(maxVisitors);
    expect(known.open).toBe(true);
    expect(b.noticed).toEqual([`refused a connection, since ${maxVisitors} have not said hello yet`]);
    await pass(world, greetingTimeoutMs);
    expect(visit(hello).open).toBe(true);
  });

  it('must read what it is answered', async () => {
    const world = memoryWorld(7);
    const b = start(world, 'b', ['a']);
    const visit = visitor(world)(hello);
    await pass(world, 100);
    world.network.cut('b', 'elsewhere');
    visit.connection.write(bytesOf(...new Array<Frame>(20_000).fill({ kind: 'ping' })));
    await pass(world, 1000);
    expect(b.noticed).toEqual(['refused a, who does not read what it is answered']);
    world.network.heal('b', 'elsewhere');
    await pass(world, 10_000);
    expect(visit.open).toBe(false);
    expect(visit.heard).toBeLessThan(2 * maxUnreadAnswerBytes);
  });
});

describe('a peer that never reads', () => {
  it('costs no more memory than its share, over TCP', async () => {
    const clock = realClock();
    const network = tcpNetwork();
    const server = await neverReading();
    const settings = { clusterId: 'cluster', id: 'a', boot: 1, listen: { host: '127.0.0.1', port: 0 }, address: 'a:1' };
    const transport = new PeerTransport(clock, network, settings);
    let [sent, dropped] = [0, 0];
    const events = {
      received: () => {},
      sent: () => void sent++,
      dropped: () => void dropped++,
      noticed: () => {},
    };
    await promised<void>(clock, (done) => transport.start(events, done));
    transport.setPeers([{ id: 'b', address: `127.0.0.1:${server.port}` }], 0);
    const before = process.memoryUsage();
    // 400 MiB in all, in messages of which many make a piece.
    for (let turn = 0; turn < 100; turn++) {
      for (let number = 0; number < 1024; number++) transport.send('b', forward(number, 4096));
      await sleep(clock, 1);
    }
    const after = process.memoryUsage();
    const kernelBytes = 8 * MiB;
    const connections = Math.max(1, server.connections());
    expect(sent * 4096).toBeLessThan((maxWaitingBytes + kernelBytes) * (1 + connections));
    expect(dropped).toBeGreaterThan(50_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(12 * maxWaitingBytes);
    transport.stop();
    server.close();
  });
});

/** Answers the hello of whoever connects, and reads nothing after it. */
async function neverReading() {
  const { createServer } = await import('node:net');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.pause();
      socket.write(encodeFrame({ kind: 'pong' }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port');
  return { port: address.port, connections: () => connections, close: () => server.close() };
}
