import { describe, expect, it } from 'vitest';
import type { LinkCondition } from '../../src/base/conditions.ts';
import { type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import { encodeFrame, type Frame } from '../../src/raft/transport/frames.ts';
import { forward, hello, numbersOf, pass, port, range, start } from './peers.ts';

const SEEDS = range(1, 10);

/** Two peers whose links are bad in both directions. */
function badly(seed: number, condition: LinkCondition) {
  const world = memoryWorld(seed);
  const a = start(world, 'a', ['b']);
  const b = start(world, 'b', ['a']);
  const degrade = (): void => {
    world.network.degrade('fault', 'a', 'b', condition);
    world.network.degrade('fault', 'b', 'a', condition);
  };
  const restore = (): void => {
    world.network.restore('fault', 'a', 'b');
    world.network.restore('fault', 'b', 'a');
  };
  return { world, a, b, degrade, restore, traffic: () => world.network.traffic('a', 'b') };
}

describe('peers over bad links', () => {
  it.each(SEEDS)('receive no message twice, whatever comes twice; seed %i', async (seed) => {
    const { world, a, b, degrade, traffic } = badly(seed, { duplicateRatio: 0.5 });
    await pass(world, 500);
    degrade();
    for (const number of range(1, 500)) {
      a.transport.send('b', forward(number));
      await pass(world, 10);
    }
    await pass(world, 1000);
    expect(numbersOf(b)).toEqual(range(1, 500));
    expect(traffic().duplicated).toBeGreaterThan(200);
    expect(b.noticed).toEqual([expect.stringMatching(/^dropped a\.1\.\d+, which came again/)]);
  });

  it.each(SEEDS)('receive each message that is overtaken, in the order in which they come; seed %i', async (seed) => {
    const { world, a, b, degrade, traffic } = badly(seed, { reorderRatio: 0.3 });
    await pass(world, 500);
    degrade();
    for (const number of range(1, 500)) {
      a.transport.send('b', forward(number));
      await pass(world, 2);
    }
    await pass(world, 1000);
    expect([...numbersOf(b)].sort((x, y) => x - y)).toEqual(range(1, 500));
    expect(numbersOf(b)).not.toEqual(range(1, 500));
    expect(traffic().reordered).toBeGreaterThan(50);
    expect(b.noticed).toEqual([]);
  });

  it.each(SEEDS)('lose connections and messages, but none twice, and recover at once; seed %i', async (seed) => {
    const condition = { lossRatio: 0.3, duplicateRatio: 0.3, reorderRatio: 0.3 };
    const { world, a, b, degrade, restore } = badly(seed, condition);
    degrade();
    let number = 0;
    for (let cuts = 0; cuts < 5; cuts++) {
      world.network.cut('a', 'b');
      await pass(world, 300 * cuts);
      world.network.heal('a', 'b');
      for (let i = 0; i < 200; i++) {
        a.transport.send('b', forward(++number));
        await pass(world, 10);
      }
    }
    expect(new Set(numbersOf(b)).size).toBe(b.received.length);
    expect(b.received.length).toBeGreaterThan(number / 10);
    restore();
    await pass(world, 1500);
    const before = b.received.length;
    for (let i = 0; i < 20; i++) a.transport.send('b', forward(++number));
    await pass(world, 200);
    expect(numbersOf(b).slice(before)).toEqual(range(number - 19, number));
  });

  it('carry on over a slow link, in order', async () => {
    const { world, a, b, degrade } = badly(1, { delay: { kind: 'exponential', minNs: 1e6, meanNs: 5e7, maxNs: 5e8 } });
    await pass(world, 500);
    degrade();
    for (const number of range(1, 200)) {
      a.transport.send('b', forward(number));
      await pass(world, 20);
    }
    await pass(world, 2000);
    expect(numbersOf(b)).toEqual(range(1, 200));
  });
});

/** Somebody who connects to b, says this and is gone; whether b has left the connection open until then. */
async function visit(world: MemoryWorld, ...frames: Frame[]): Promise<boolean> {
  const { network } = world.host('elsewhere').start();
  let open = true;
  const connection = network.connect(
    { host: 'b', port },
    {
      opened: () => {
        for (const frame of frames) connection.write(encodeFrame(frame));
      },
      received: () => {},
      closed: () => {
        open = false;
      },
    },
  );
  await pass(world, 100);
  world.host('elsewhere').crash();
  await pass(world, 100);
  return open;
}

describe('a peer over one connection after the other', () => {
  const word = (number: number): Frame => ({ kind: 'message', number, message: forward(number) });

  it('is not received twice', async () => {
    const world = memoryWorld(1);
    const b = start(world, 'b', ['a']);
    await visit(world, hello, word(3), word(1));
    await visit(world, hello, word(1), word(2), word(3), word(4));
    await visit(world, hello, word(5000), word(4), word(5));
    expect(numbersOf(b)).toEqual([3, 1, 2, 4, 5000]);
    expect(b.noticed).toEqual([
      'dropped a.1.1, which came again or too late',
      'dropped a.1.4, which came again or too late',
    ]);
  });

  it('is heard in a later life, whose numbers begin anew, and then no more from an earlier one', async () => {
    const world = memoryWorld(3);
    const b = start(world, 'b', ['a']);
    expect(await visit(world, { ...hello, boot: 2 }, word(1), word(2))).toBe(true);
    expect(await visit(world, { ...hello, boot: 3 }, word(1))).toBe(true);
    expect(await visit(world, { ...hello, boot: 2 }, word(3))).toBe(false);
    expect(b.received.map(({ id }) => id)).toEqual(['a.2.1', 'a.2.2', 'a.3.1']);
    expect(b.noticed).toEqual(['refused an earlier life of a']);
  });

  it.each<[string, Frame[], number[]]>([
    ['that is late', [word(1), hello, word(2)], [3]],
    ['that is lost', [{ kind: 'ping' }, word(2)], [3]],
    ['that comes twice', [hello, word(1), hello, word(2)], [1, 3]],
  ])('begins anew after a hello %s', async (_how, frames, received) => {
    const world = memoryWorld(2);
    const b = start(world, 'b', ['a']);
    expect(await visit(world, ...frames)).toBe(false);
    expect(await visit(world, hello, word(3))).toBe(true);
    expect(numbersOf(b)).toEqual(received);
  });
});

describe('a hello', () => {
  it.each<[string, LinkCondition, RegExp | null]>([
    ['lost', { lossRatio: 0.5 }, /before hello/],
    ['doubled', { duplicateRatio: 1 }, /hello out of turn/],
    // Nothing else is said before it is answered, so nothing overtakes it.
    ['late', { reorderRatio: 0.7 }, null],
  ])('that is %s does no more than end the connection, and the next begins a good one', async (_how, bad, noticed) => {
    const refusals: string[] = [];
    for (const seed of SEEDS) {
      const { world, a, b, degrade, restore } = badly(seed, bad);
      degrade();
      await pass(world, 3000);
      refusals.push(...b.noticed);
      restore();
      await pass(world, 1500);
      const before = b.received.length;
      a.transport.send('b', forward(1));
      await pass(world, 50);
      expect(numbersOf(b).slice(before), `seed ${seed}`).toEqual([1]);
    }
    if (noticed === null) expect(refusals).toEqual([]);
    else expect(refusals).toContainEqual(expect.stringMatching(noticed));
  });
});
