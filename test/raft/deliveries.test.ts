import { describe, expect, it } from 'vitest';
import { realClock } from '../../src/base/real/clock.ts';
import { type DeliveredMessage, Deliveries } from '../../src/raft/deliveries.ts';
import { RaftError } from '../../src/raft/errors.ts';

function deliver(deliveries: Deliveries, ...positions: number[]): void {
  deliveries.add(positions.map((position) => ({ index: position + 1, position, payload: new Uint8Array([position]) })));
}

function made(...positions: number[]): Deliveries {
  const deliveries = new Deliveries(realClock());
  deliver(deliveries, ...positions);
  return deliveries;
}

const positions = (results: readonly IteratorResult<DeliveredMessage>[]) =>
  results.map(({ value, done }) => (done ? 'done' : value.position));

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an iteration of deliveries', () => {
  it('ends at once where it is left, though it waits for a message that does not come', async () => {
    const deliveries = made(1);
    const iteration = deliveries.from(1, null);
    const asked = [iteration.next(), iteration.next(), iteration.next()];
    await turn();
    expect(await iteration.return?.()).toEqual({ done: true, value: undefined });
    expect(positions(await Promise.all(asked))).toEqual([1, 'done', 'done']);
    deliver(deliveries, 2);
    expect(await iteration.next()).toEqual({ done: true, value: undefined });
  });

  it('can be left by a break, and others go on', async () => {
    const deliveries = made(1, 2, 3);
    const other = deliveries.from(1, null);
    for await (const { position } of deliveries.from(2, null)) if (position === 3) break;
    const late = deliveries.from(4, null).next();
    deliver(deliveries, 4);
    expect(positions([await late, await other.next()])).toEqual([4, 1]);
  });

  it('throws the reason of its signal, waiting or not, and has ended then', async () => {
    const deliveries = made(1, 2);
    for (const waits of [true, false]) {
      const controller = new AbortController();
      const iteration = deliveries.from(2, controller.signal);
      expect(positions([await iteration.next()])).toEqual([2]);
      const next = waits ? iteration.next() : null;
      controller.abort(new Error('enough'));
      await expect(next ?? iteration.next()).rejects.toThrow('enough');
      expect(positions([await iteration.next()])).toEqual(['done']);
    }
    const aborted = deliveries.from(1, AbortSignal.abort(new Error('before')));
    await expect(aborted.next()).rejects.toThrow('before');
  });

  it('gives each of many readers all messages in order, whenever they come and ask', async () => {
    const deliveries = made();
    const readers = Array.from({ length: 50 }, async (_, at) => {
      const seen: number[] = [];
      for await (const { position } of deliveries.from(1 + at, null)) {
        seen.push(position);
        if (position % 7 === at % 7) await turn();
        if (position === 100) return seen;
      }
      return seen;
    });
    for (let position = 1; position <= 100; position++) {
      deliver(deliveries, position);
      if (position % 3 === 0) await turn();
    }
    for (const [at, seen] of (await Promise.all(readers)).entries()) {
      expect(seen).toEqual(Array.from({ length: 100 - at }, (_, place) => 1 + at + place));
    }
  });

  it('has what came before the end, then its error once, and then has ended', async () => {
    const deliveries = made(1);
    const iteration = deliveries.from(1, null);
    const asked = [iteration.next(), iteration.next(), iteration.next()];
    deliveries.end(new RaftError('stopped', 'stopped', true));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(deliveries.from(2, null).next()).rejects.toMatchObject({ code: 'stopped' });
  });

  it('that waits for a message which a snapshot brings says so', async () => {
    const deliveries = made(1);
    const next = deliveries.from(2, null).next();
    deliveries.skipTo(5);
    await expect(next).rejects.toMatchObject({ code: 'compacted' });
  });
});
