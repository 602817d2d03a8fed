import { describe, expect, it } from 'vitest';
import { type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import { encodeFrame } from '../../src/raft/transport/frames.ts';
import { maxRefusedDelayMs, maxStrangers } from '../../src/raft/transport/limits.ts';
import { addressOf, forward, hello, numbersOf, pass, port, range, start } from './peers.ts';

const peer = (id: string) => ({ id, address: addressOf(id) });

/** A world that counts who asks whom for connections. */
function countingWorld(seed: number) {
  const connects: string[] = [];
  const decide = ({ from, to }: { from: string; to: string }, kind: string): number => {
    if (kind === 'connect') connects.push(`${from} to ${to}`);
    return kind === 'acknowledge' ? 0 : 200_000;
  };
  return { world: memoryWorld(seed, { network: { decide } }), connects };
}

async function pair(world: MemoryWorld) {
  const a = start(world, 'a', ['b']);
  const b = start(world, 'b', ['a']);
  await pass(world, 500);
  return { a, b };
}

describe('a peer that is removed', () => {
  it('is still sent what waits for it, and nothing more', async () => {
    const world = memoryWorld(1);
    const { a, b } = await pair(world);
    for (const number of range(1, 50)) a.transport.send('b', forward(number, 1000));
    a.transport.setPeers([], 1);
    a.transport.send('b', forward(51));
    await pass(world, 1000);
    expect(numbersOf(b)).toEqual(range(1, 50));
    expect(a.dropped).toEqual(['a.1.51']);
  });

  it('is still sent what waits for a connection, where that comes soon', async () => {
    const world = memoryWorld(2);
    const a = start(world, 'a', ['b', 'c']);
    await pass(world, 100);
    for (const to of ['b', 'c']) a.transport.send(to, forward(1));
    a.transport.setPeers([], 1);
    const b = start(world, 'b', ['a']);
    await pass(world, 5000);
    const c = start(world, 'c', ['a']);
    await pass(world, 5000);
    expect([numbersOf(b), numbersOf(c)]).toEqual([[1], []]);
  });

  it('is told why, once, and tries again ever more seldom', async () => {
    const { world, connects } = countingWorld(3);
    const { a, b } = await pair(world);
    b.transport.setPeers([], 1);
    await pass(world, 60_000);
    expect(a.noticed).toEqual(['is refused by b at b:7000, as "a stranger, a"']);
    expect(b.noticed).toEqual(['refused a stranger, a']);
    const { length } = connects;
    await pass(world, 60_000);
    const attempts = connects.slice(length);
    expect(new Set(attempts)).toEqual(new Set(['a to b']));
    expect(attempts.length).toBeLessThanOrEqual(60_000 / maxRefusedDelayMs + 1);
  });

  it('is heard at once when it is back', async () => {
    const world = memoryWorld(4);
    const { a, b } = await pair(world);
    b.transport.setPeers([], 1);
    await pass(world, 60_000);
    b.transport.setPeers([peer('a')], 2);
    await pass(world, 10);
    a.transport.send('b', forward(1));
    b.transport.send('a', forward(2));
    await pass(world, 10);
    expect([numbersOf(a), numbersOf(b)]).toEqual([[2], [1]]);
  });

  it('tries again at once when it knows a newer configuration', async () => {
    const world = memoryWorld(5);
    const { a, b } = await pair(world);
    b.transport.setPeers([], 1);
    await pass(world, 60_000);
    a.transport.setPeers([peer('b')], 2);
    a.transport.send('b', forward(1));
    await pass(world, 10);
    expect(numbersOf(b)).toEqual([1]);
  });
});

describe('a peer that has moved', () => {
  it('is sent at the new address what waited for it at the old one', async () => {
    const world = memoryWorld(6);
    const a = start(world, 'a', ['b']);
    await pass(world, 300);
    a.transport.send('b', forward(1));
    const b = start(world, 'b', ['a'], 1, 'elsewhere');
    await pass(world, 500);
    expect(numbersOf(b)).toEqual([]);
    a.transport.setPeers([{ id: 'b', address: addressOf('elsewhere') }], 1);
    await pass(world, 10);
    a.transport.send('b', forward(2));
    await pass(world, 10);
    expect(numbersOf(b)).toEqual([1, 2]);
  });

  it('cannot be reached at what is no address, and can be again at one', async () => {
    const world = memoryWorld(7);
    const { a, b } = await pair(world);
    a.transport.setPeers([{ id: 'b', address: 'nowhere' }], 1);
    a.transport.send('b', forward(1));
    expect(a.dropped).toEqual(['a.1.1']);
    expect(a.noticed).toEqual(['cannot connect to b: "nowhere" is not the address of a peer']);
    a.transport.setPeers([peer('b')], 2);
    await pass(world, 500);
    a.transport.send('b', forward(2));
    await pass(world, 10);
    expect(numbersOf(b)).toEqual([2]);
  });
});

describe('nodes that know a newer configuration', () => {
  it('are not remembered without end', async () => {
    const { world, connects } = countingWorld(8);
    const b = start(world, 'b', ['a']);
    const { network } = world.host('elsewhere').start();
    const open = new Set<string>();
    const introduce = async (from: string): Promise<void> => {
      const greeting = encodeFrame({ ...hello, from, address: addressOf('elsewhere'), configurationIndex: 9 });
      const connection = network.connect(
        { host: 'b', port },
        {
          opened: () => {
            open.add(from);
            connection.write(greeting);
          },
          received: () => {},
          closed: () => open.delete(from),
        },
      );
      await pass(world, 10);
    };
    for (const number of range(1, 3 * maxStrangers)) await introduce(`x${number}`);
    await pass(world, 1000);
    expect([...open]).toEqual(range(2 * maxStrangers + 1, 3 * maxStrangers).map((number) => `x${number}`));
    for (const number of range(1, 3 * maxStrangers)) b.transport.send(`x${number}`, forward(number));
    expect(b.sent).toHaveLength(maxStrangers);
    b.transport.setPeers([peer('a')], 9);
    await pass(world, 1000);
    expect([...open]).toEqual([]);
    await pass(world, 5000);
    const { length } = connects;
    await pass(world, 5000);
    expect(connects.slice(length)).toEqual([]);
  });
});
