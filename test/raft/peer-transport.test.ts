import { describe, expect, it } from 'vitest';
import { type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import type { Connection } from '../../src/base/network.ts';
import type { Frame } from '../../src/raft/transport/frames.ts';
import { bytesOf, forward, hello, numbersOf, pass, port, range, start } from './peers.ts';

function cutBoth(world: MemoryWorld, verb: 'cut' | 'heal'): void {
  world.network[verb]('a', 'b');
  world.network[verb]('b', 'a');
}

describe('messages between peers', () => {
  it('arrive in order, also those sent before there was a connection, under the same id on both sides', async () => {
    const world = memoryWorld(1);
    const a = start(world, 'a', ['b'], 3);
    await pass(world, 1000);
    for (const number of range(1, 20)) a.transport.send('b', forward(number));
    expect(a.outcome?.ok).toBe(true);
    const b = start(world, 'b', ['a']);
    await pass(world, 1000);
    for (const number of range(21, 40)) {
      a.transport.send('b', forward(number, number * 500));
      if (number % 4 === 0) await pass(world, 1);
    }
    b.transport.send('a', forward(1));
    await pass(world, 1000);
    expect(numbersOf(b)).toEqual(range(1, 40));
    expect(new Set(b.received.map(({ from }) => from))).toEqual(new Set(['a']));
    expect(b.received.map(({ id }) => id)).toEqual(a.sent);
    expect(a.sent[0]).toBe('a.3.1');
    expect(a.received).toEqual([{ from: 'b', requestId: 1, id: 'b.1.1' }]);
    expect([a.dropped, b.dropped, a.noticed, b.noticed]).toEqual([[], [], [], []]);
  });

  it('go on in order over a connection that is quiet for long', async () => {
    let connects = 0;
    const decide = (_link: unknown, kind: string): number => {
      if (kind === 'connect') connects++;
      return kind === 'acknowledge' ? 0 : 200_000;
    };
    const world = memoryWorld(2, { network: { decide } });
    const a = start(world, 'a', ['b']);
    const b = start(world, 'b', ['a']);
    for (const number of range(1, 20)) {
      await pass(world, 3000);
      a.transport.send('b', forward(number));
    }
    await pass(world, 100);
    expect(numbersOf(b)).toEqual(range(1, 20));
    // One for each direction: pings keep a connection from being taken for lost.
    expect(connects).toBe(2);
  });

  it.each(range(1, 20))('are delivered again soon after a cut is healed, and none twice, seed %i', async (seed) => {
    const world = memoryWorld(seed);
    const a = start(world, 'a', ['b']);
    const b = start(world, 'b', ['a']);
    await pass(world, 500);
    let number = 0;
    for (let cuts = 0; cuts < 3; cuts++) {
      cutBoth(world, 'cut');
      for (let i = 0; i < 10; i++) {
        a.transport.send('b', forward(++number));
        await pass(world, 100 * seed);
      }
      cutBoth(world, 'heal');
      await pass(world, 1500);
      const first = number + 1;
      for (let i = 0; i < 5; i++) a.transport.send('b', forward(++number));
      await pass(world, 100);
      expect(numbersOf(b).slice(-5)).toEqual(range(first, number));
    }
    await pass(world, 300_000);
    expect(new Set(numbersOf(b)).size).toBe(b.received.length);
    expect(numbersOf(b).slice(-5)).toEqual(range(number - 4, number));
  });

  it('are delivered again after the peer has lost its power and come back', async () => {
    const world = memoryWorld(3);
    const a = start(world, 'a', ['b']);
    start(world, 'b', ['a']);
    await pass(world, 500);
    world.host('b').powerLoss();
    await pass(world, 5000);
    const b = start(world, 'b', ['a'], 2);
    await pass(world, 1500);
    const earlier = b.received.length;
    a.transport.send('b', forward(1));
    b.transport.send('a', forward(2));
    await pass(world, 100);
    expect(numbersOf(b).slice(earlier)).toEqual([1]);
    expect(a.received).toEqual([{ from: 'b', requestId: 2, id: 'b.2.1' }]);
  });

  it('are dropped, and told so, where more than 8 MiB wait', async () => {
    const world = memoryWorld(4);
    const a = start(world, 'a', ['b']);
    await pass(world, 100);
    for (const number of range(1, 10)) a.transport.send('b', forward(number, 1024 * 1024));
    expect(a.sent).toHaveLength(7);
    expect(a.dropped).toEqual(['a.1.8', 'a.1.9', 'a.1.10']);
    const b = start(world, 'b', ['a']);
    await pass(world, 2000);
    expect(numbersOf(b)).toEqual(range(1, 7));
  });

  it('come no more once the transport is stopped', async () => {
    const world = memoryWorld(5);
    const a = start(world, 'a', ['b']);
    const b = start(world, 'b', ['a']);
    await pass(world, 500);
    a.transport.send('b', forward(1));
    b.transport.stop();
    await pass(world, 5000);
    a.transport.send('b', forward(2));
    await pass(world, 5000);
    expect(b.received).toEqual([]);
    b.transport.send('a', forward(3));
    expect(b.dropped).toEqual(['b.1.1']);
  });
});

/** Somebody on another host who connects to b and says just this. */
async function says(world: MemoryWorld, bytes: Uint8Array): Promise<{ open: boolean; connection: Connection }> {
  const { network } = world.host('elsewhere').start();
  const visitor = { open: true };
  const connection = network.connect(
    { host: 'b', port },
    {
      opened: () => connection.write(bytes),
      received: () => {},
      closed: () => {
        visitor.open = false;
      },
    },
  );
  await pass(world, 100);
  return { open: visitor.open, connection };
}

describe('who is let in', () => {
  const word: Frame = { kind: 'message', number: 1, message: forward(1) };
  const broken = bytesOf(hello, word);
  broken[broken.length - 1] = 1;

  it('a known peer of the same cluster', async () => {
    const world = memoryWorld(6);
    const b = start(world, 'b', ['a']);
    expect(await says(world, bytesOf(hello, word))).toMatchObject({ open: true });
    expect(b.received).toEqual([{ from: 'a', requestId: 1, id: 'a.1.1' }]);
    expect(b.noticed).toEqual([]);
  });

  it.each([
    ['who says that it is this node', bytesOf({ ...hello, from: 'b' }, word), /another node that says it is b/],
    ['a stranger that knows no newer configuration', bytesOf({ ...hello, from: 'x' }, word), /stranger, x/],
    ['a node of another cluster', bytesOf({ ...hello, clusterId: 'other' }, word), /another cluster, other/],
    ['who looks for another node', bytesOf({ ...hello, to: 'c' }, word), /looks for c/],
    ['who says no hello', bytesOf(word), /message before hello/],
    ['who sends no frames', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), /broken frame/],
  ])('not %s', async (_who, bytes, noticed) => {
    const world = memoryWorld(7);
    const b = start(world, 'b', ['a']);
    expect(await says(world, bytes)).toMatchObject({ open: false });
    expect(b.received).toEqual([]);
    expect(b.noticed).toEqual([expect.stringMatching(noticed)]);
  });

  it.each([
    ['a second hello', bytesOf(hello, hello, word), /hello out of turn/],
    ['a pong', bytesOf(hello, { kind: 'pong' }, word), /pong out of turn/],
    ['a broken frame', broken, /broken frame/],
  ])('not for long who sends %s', async (_what, bytes, noticed) => {
    const world = memoryWorld(8);
    const b = start(world, 'b', ['a']);
    expect(await says(world, bytes)).toMatchObject({ open: false });
    expect(b.noticed).toEqual([expect.stringMatching(noticed)]);
    expect(b.received).toEqual([]);
  });
});
