import { describe, expect, it } from 'vitest';
import type { LinkCondition, MemoryNetworkOptions } from '../../src/base/memory/network.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import { testNetwork } from './conformance/network.ts';

const SECOND = 1e9;
const MS = 1e6;
const SEEDS = [1, 2, 3];
const LATENCY_NS = 100_000;
const steady: MemoryNetworkOptions = { latency: { kind: 'constant', ns: LATENCY_NS } };

/** A connection from a to b, over which a says `<1>`, `<2>` and so on. */
async function chatter(seed: number, options: MemoryNetworkOptions = steady) {
  const world = memoryWorld(seed, { network: options });
  const { clock, network } = world;
  const [a, b] = [world.host('a').start(), world.host('b').start()];
  const net = testNetwork({ clock, client: a.network, server: b.network, serverHost: 'b' });
  const { client, server, listener } = await clock.drive(net.pair());
  const runFor = (seconds: number): Promise<void> => clock.run(clock.nowNs() + seconds * SECOND);
  let said = 0;
  return {
    ...{ world, net, client, server, listener, runFor, network },
    degrade: (condition: LinkCondition, fault = 'fault') => network.degrade(fault, 'a', 'b', condition),
    restore: (fault = 'fault') => network.restore(fault, 'a', 'b'),
    traffic: () => network.traffic('a', 'b'),
    /** Says the next `count` numbers, `everyMs` milliseconds apart, each in so many bytes at least. */
    say: async (count: number, everyMs: number, byteCount = 0): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const word = `<${++said}${'.'.repeat(Math.max(0, byteCount - 2 - `${said}`.length))}>`;
        client.connection.write(new TextEncoder().encode(word));
        if (everyMs > 0) await runFor(everyMs / 1000);
      }
    },
    /** What b has heard, in its order; throws unless it is made of whole words. */
    heard: (): number[] => {
      expect(server.received()).toMatch(/^(<\d+\.*>)*$/);
      return [...server.received().matchAll(/\d+/g)].map(([word]) => Number(word));
    },
  };
}

const range = (to: number): number[] => Array.from({ length: to }, (_, i) => i + 1);
const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((x, y) => x - y);

describe.each(SEEDS)('a degraded link, with seed %i', (seed) => {
  it('loses its share of messages, and the rest keeps its order', async () => {
    const { degrade, say, heard, traffic, runFor, client, server } = await chatter(seed);
    degrade({ lossRatio: 0.2 });
    await say(2000, 1);
    await runFor(1);
    const { messages, lost, duplicated, reordered } = traffic();
    expect([messages, duplicated, reordered]).toEqual([2000, 0, 0]);
    expect(lost / 2000).toBeCloseTo(0.2, 1);
    expect(heard()).toHaveLength(2000 - lost);
    expect(heard()).toEqual(ascending(heard()));
    expect([client.closed(), server.closed(), client.connection.bufferedBytes]).toEqual([false, false, 0]);
  });

  it('repeats its share of messages, the second time a little later', async () => {
    const { degrade, say, heard, traffic, runFor } = await chatter(seed);
    degrade({ duplicateRatio: 0.3 });
    await say(1000, 1);
    await runFor(1);
    const { duplicated } = traffic();
    expect(duplicated / 1000).toBeCloseTo(0.3, 1);
    expect(heard()).toHaveLength(1000 + duplicated);
    expect([...new Set(heard())]).toEqual(range(1000));
    const distances = heard().flatMap((number, at, all) => {
      const first = all.indexOf(number);
      return first === at ? [] : [at - first];
    });
    expect(Math.max(...distances)).toBeGreaterThan(1);
  });

  it('lets later messages overtake its share, and loses and repeats none of them', async () => {
    const { degrade, say, heard, traffic, runFor } = await chatter(seed);
    degrade({ reorderRatio: 0.1 });
    await say(1000, 5);
    await runFor(1);
    expect(ascending(heard())).toEqual(range(1000));
    const overtaken = heard().filter((number, at, all) => all.slice(0, at).some((earlier) => earlier > number));
    // One that was held back for less than it took the next to come is not counted.
    expect(traffic().reordered).toBe(overtaken.length);
    expect(overtaken.length / 1000).toBeGreaterThan(0.07);
  });

  it('delays everything by what is drawn, in order however it is drawn', async () => {
    const { degrade, say, heard, traffic, runFor } = await chatter(seed);
    degrade({ delay: { kind: 'pareto', minNs: MS, maxNs: SECOND } });
    await say(500, 2);
    await runFor(3);
    expect(heard()).toEqual(range(500));
    expect(traffic().delayed).toBe(500);
    // The mean of this distribution is 6.9 ms.
    expect(traffic().delayedNs / 500 / MS).toBeGreaterThan(3);
  });

  it('carries words whole, however the receiver is given them', async () => {
    const { degrade, say, heard, runFor } = await chatter(seed, { ...steady, splitOneIn: 1 });
    degrade({ lossRatio: 0.1, duplicateRatio: 0.3, reorderRatio: 0.3 });
    await say(300, 1, 40);
    await runFor(1);
    expect(heard().length).toBeGreaterThan(250);
  });

  it('is as it was before, once its faults are undone', async () => {
    const { degrade, restore, say, heard, traffic, runFor } = await chatter(seed);
    degrade({ lossRatio: 0.5, duplicateRatio: 0.5, reorderRatio: 0.5, delay: { kind: 'constant', ns: MS } });
    await say(100, 1);
    await runFor(1);
    restore();
    const before = traffic();
    const heardBefore = heard().length;
    await say(100, 1);
    await runFor(1);
    expect(heard().slice(heardBefore)).toEqual(range(200).slice(100));
    expect(traffic()).toEqual({ ...before, sent: before.sent + 100 });
  });
});

describe('a degraded link', () => {
  it('delays by exactly the sum of its faults, each until it is undone', async () => {
    const { degrade, restore, say, traffic, world, server } = await chatter(1);
    const took = async (): Promise<number> => {
      const start = world.clock.nowNs();
      const before = server.received().length;
      await say(1, 0);
      await world.clock.drive(server.until(() => server.received().length > before));
      return world.clock.nowNs() - start - LATENCY_NS;
    };
    expect(await took()).toBe(0);
    degrade({ delay: { kind: 'constant', ns: 5 * MS } }, 'first');
    expect(await took()).toBe(5 * MS);
    degrade({ delay: { kind: 'constant', ns: 2 * MS } }, 'second');
    expect(await took()).toBe(7 * MS);
    restore('first');
    expect(await took()).toBe(2 * MS);
    restore('second');
    expect(await took()).toBe(0);
    expect(traffic()).toMatchObject({ delayed: 3, delayedNs: 14 * MS, messages: 3 });
  });

  it('loses what any of its faults would lose', async () => {
    const { degrade, restore, say, traffic } = await chatter(2);
    degrade({ lossRatio: 0.5 }, 'first');
    degrade({ lossRatio: 0.5 }, 'second');
    await say(2000, 1);
    const both = traffic().lost;
    expect(both / 2000).toBeCloseTo(0.75, 1);
    restore('first');
    await say(2000, 1);
    expect((traffic().lost - both) / 2000).toBeCloseTo(0.5, 1);
  });

  it('opens and ends connections though it loses every message, and the other direction is whole', async () => {
    const { degrade, net, listener, world, runFor, network } = await chatter(3);
    degrade({ lossRatio: 1, duplicateRatio: 1, reorderRatio: 1 });
    const client = net.connect(listener.address, (connection) => connection.write(new TextEncoder().encode('lost')));
    const server = await world.clock.drive(net.accepted());
    server.connection.write(new TextEncoder().encode('whole'));
    await runFor(1);
    client.connection.close();
    await runFor(1);
    expect([client.received(), server.received(), server.log]).toEqual(['whole', '', ['closed']]);
    expect(network.traffic('a', 'b')).toMatchObject({ messages: 1, lost: 1, dropped: 0 });
    expect(network.traffic('b', 'a')).toMatchObject({ messages: 0, lost: 0, delayed: 0 });
  });

  it('does not count as overtaken what nothing came after, nor tells a connection that has ended', async () => {
    const { degrade, say, heard, traffic, runFor, client, server } = await chatter(4);
    degrade({ reorderRatio: 1 });
    await say(1, 0);
    await runFor(1);
    expect([heard(), traffic().reordered]).toEqual([[1], 0]);
    await say(1, 0);
    client.connection.close();
    await runFor(1);
    expect([heard(), traffic().reordered, server.log]).toEqual([[1], 0, ['received', 'closed']]);
  });

  it('that is cut drops everything, and what waited meets its conditions after the heal', async () => {
    const { degrade, say, heard, traffic, runFor, network } = await chatter(5);
    degrade({ lossRatio: 0.5, delay: { kind: 'constant', ns: MS } });
    network.cut('a', 'b');
    await say(100, 10);
    expect([heard(), traffic().messages, traffic().lost]).toEqual([[], 0, 0]);
    expect(traffic().dropped).toBeGreaterThan(1);
    network.heal('a', 'b');
    await runFor(10);
    const { messages, lost } = traffic();
    expect(messages).toBe(100);
    expect(lost).toBeGreaterThan(20);
    expect(heard()).toHaveLength(100 - lost);
    expect(heard()).toEqual(ascending(heard()));
  });

  it('is degraded once by each fault, undone only where it is degraded, and never by what has no meaning', async () => {
    const { degrade, restore } = await chatter(6);
    degrade({ lossRatio: 0.5 });
    expect(() => degrade({ lossRatio: 0.5 })).toThrow('a fault degrades a link once');
    expect(() => restore('other')).toThrow('only what degrades a link');
    expect(() => degrade({ duplicateRatio: 1.5 }, 'other')).toThrow('from 0 to 1');
    expect(() => degrade({ bandwidthBytesPerS: 0 }, 'third')).toThrow('is a cut');
  });
});

describe('a narrow link', () => {
  it('carries so many bytes a second, in order, and counts how long they waited', async () => {
    const { degrade, say, heard, traffic, world, server } = await chatter(1);
    degrade({ bandwidthBytesPerS: 100_000 });
    const start = world.clock.nowNs();
    await say(40, 0, 1000);
    await world.clock.drive(server.until(() => server.received().length >= 40_000));
    expect(world.clock.nowNs() - start).toBe(0.4 * SECOND + LATENCY_NS);
    expect(heard()).toEqual(range(40));
    expect(traffic()).toMatchObject({ messages: 40, lost: 0, delayed: 40, delayedNs: 40 * 41 * 5 * MS });
  });

  it('loses what would wait for more than half a second, and carries the rest at its full rate', async () => {
    const { degrade, say, heard, traffic, runFor } = await chatter(2);
    degrade({ bandwidthBytesPerS: 100_000 });
    // Twice as much as it can carry, for ten seconds.
    await say(2000, 5, 1000);
    await runFor(2);
    expect(heard()).toEqual(ascending(heard()));
    expect(heard()).toHaveLength(2000 - traffic().lost);
    // In ten seconds 1000 words, and those that were waiting in the end.
    expect(heard().length).toBeGreaterThanOrEqual(1050);
    expect(heard().length).toBeLessThanOrEqual(1052);
  });

  it('takes a message that is longer than half a second by itself', async () => {
    const { degrade, say, heard, runFor } = await chatter(3);
    degrade({ bandwidthBytesPerS: 1000 });
    await say(2, 0, 2000);
    await runFor(1.9);
    expect(heard()).toEqual([]);
    await runFor(0.2);
    expect(heard()).toEqual([1]);
    await say(1, 0, 2000);
    await runFor(3);
    expect(heard()).toEqual([1, 3]);
  });

  it('is as narrow as the narrowest of its faults, and wide again without them', async () => {
    const { degrade, restore, say, heard, runFor } = await chatter(4);
    degrade({ bandwidthBytesPerS: 100_000 }, 'first');
    degrade({ bandwidthBytesPerS: 10_000 }, 'second');
    await say(1, 0, 1000);
    await runFor(0.099);
    expect(heard()).toEqual([]);
    await runFor(0.002);
    expect(heard()).toEqual([1]);
    restore('second');
    await say(1, 0, 1000);
    await runFor(0.011);
    expect(heard()).toEqual([1, 2]);
    restore('first');
    await say(1, 0, 1_000_000);
    await runFor(0.001);
    expect(heard()).toEqual([1, 2, 3]);
  });
});

describe('the same seed', () => {
  const story = async (seed: number) => {
    const { degrade, say, heard, traffic, runFor } = await chatter(seed, {});
    degrade({ lossRatio: 0.1, duplicateRatio: 0.1, reorderRatio: 0.1, bandwidthBytesPerS: 20_000 });
    degrade({ delay: { kind: 'exponential', minNs: 0, meanNs: MS, maxNs: SECOND } }, 'slow');
    await say(300, 1, 20);
    await runFor(2);
    return [heard(), traffic()];
  };

  it('degrades in the same way, and another in another', async () => {
    expect(await story(7)).toEqual(await story(7));
    expect(await story(7)).not.toEqual(await story(8));
  });
});
