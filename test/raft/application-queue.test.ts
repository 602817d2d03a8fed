import { expect, it } from 'vitest';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { ApplicationQueue } from '../../src/raft/application-queue.ts';
import type { Delivery } from '../../src/raft/protocol/events.ts';

function deliveries(from: number, to: number): Delivery[] {
  const payload = new Uint8Array();
  return Array.from({ length: to - from + 1 }, (_, at) => ({ index: from + at, position: from + at, payload }));
}

it('delivers many messages in slices, between which others have their turn, and keeps the order', async () => {
  const clock = virtualClock();
  const done: string[] = [];
  const application = {
    deliver: (slice: readonly Delivery[]) => void done.push(`${slice[0]?.position} to ${slice.at(-1)?.position}`),
    snapshot: () => new Uint8Array(),
    restore: (_: Uint8Array, position: number) => void done.push(`restored ${position}`),
  };
  const queue = new ApplicationQueue(application, clock, (act) => act());
  queue.deliver(deliveries(1, 2500));
  queue.inOrder(() => done.push('answered'));
  queue.deliver(deliveries(2501, 4000));
  queue.restore(5000, (restored) => clock.soon(() => restored(new Uint8Array())));
  queue.deliver(deliveries(5001, 5001));
  expect(done).toEqual(['1 to 1000']);
  expect(queue.paused).toBe(true);
  clock.soon(() => done.push('another'));
  await clock.run();
  const first = ['1 to 1000', '1001 to 2000', 'another', '2001 to 2500', 'answered'];
  expect(done).toEqual([...first, '2501 to 3500', '3501 to 4000', 'restored 5000', '5001 to 5001']);
  expect(queue.paused).toBe(false);
});

it('goes no further once the node has stopped', async () => {
  const clock = virtualClock();
  let stopped = false;
  let count = 0;
  const application = {
    deliver: (slice: readonly Delivery[]) => {
      count += slice.length;
    },
    snapshot: () => new Uint8Array(),
    restore: () => {},
  };
  const queue = new ApplicationQueue(application, clock, (act) => {
    if (!stopped) act();
  });
  queue.deliver(deliveries(1, 5000));
  stopped = true;
  await clock.run();
  expect(count).toBe(1000);
});
