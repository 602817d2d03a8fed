import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/base/memory/clock.ts';
import type { Raft, RaftConfig } from '../../src/raft/index.ts';
import { LeaderWait } from '../../src/raft/leader-wait.ts';
import { votersAt } from '../../src/raft/member.ts';
import type { Config, Role, State } from '../../src/raft/protocol/state.ts';
import { recover } from '../../src/raft/protocol/step.ts';
import { bytes, configs, started } from './rafts.ts';
import { empty } from './storage-life.ts';

const config = { id: 'n1', initial: votersAt({ n1: 'h:1', n2: 'h:2' }) } as unknown as Config;
const { state: unled } = recover(config, empty, 0);

function following(leader: string | null, term: number): State {
  const role: Role = { name: 'follower', leader, forwarded: [], receiving: null };
  return { ...unled, term, role };
}

function waiting(count: number) {
  const clock = virtualClock();
  const wait = new LeaderWait(clock);
  const woken: number[] = [];
  for (let at = 0; at < count; at++) void wait.after(wait.mark(), 10_000).then(() => woken.push(at));
  return { clock, wait, woken };
}

describe('requests that wait for a leader', () => {
  it('are left alone until there is one, and then go in the order in which they came', async () => {
    const { clock, wait, woken } = waiting(2500);
    wait.stepped(unled, following(null, 1));
    await clock.run(5000e6);
    expect(woken).toEqual([]);
    wait.stepped(following(null, 1), following('n2', 1));
    await clock.run(5001e6);
    expect(woken).toEqual(Array.from({ length: 2500 }, (_, at) => at));
  });

  it('try a few at a time what a leader does whom they know, and all go once one was served', async () => {
    const { clock, wait, woken } = waiting(0);
    wait.stepped(unled, following('n2', 1));
    for (let at = 0; at < 1000; at++) void wait.after(wait.mark(), 10_000).then(() => woken.push(at));
    await clock.run(120e6);
    expect(woken).toEqual(Array.from({ length: 20 }, (_, at) => at));
    wait.served();
    await clock.run(121e6);
    expect(woken).toHaveLength(1000);
  });

  it('do not wait for what has changed since they asked, nor longer than they may, nor where the node stops', async () => {
    const { clock, wait, woken } = waiting(1);
    const mark = wait.mark();
    wait.stepped(unled, following('n2', 1));
    await clock.drive(wait.after(mark, 10_000));
    void wait.after(wait.mark(), 300).then(() => woken.push(300));
    await clock.run(400e6);
    expect(woken).toEqual([0, 300]);
    const ended = wait.after(wait.mark(), 10_000);
    wait.end();
    await clock.drive(ended);
    expect(clock.nowNs() / 1e6).toBeLessThan(1000);
  });
});

describe('broadcasts that were made before there is a leader', () => {
  it('are all acknowledged, however many', async () => {
    const [one, other] = (await configs(2)) as [RaftConfig, RaftConfig];
    const [first] = (await started([one])) as [Raft];
    const message = bytes('m');
    const positions = Promise.all(Array.from({ length: 30_000 }, () => first.broadcast(message, 60_000)));
    await expect(first.broadcast(message, 1000)).rejects.toMatchObject({ code: 'no-leader', definite: true });
    await started([other]);
    expect(new Set(await positions).size).toBe(30_000);
  }, 90_000);

  it('end with `overloaded` where they would take too much memory', async () => {
    const [one] = (await configs(2)) as [RaftConfig];
    const [first] = (await started([one])) as [Raft];
    const message = new Uint8Array(4 * 1024 * 1024 - 1024);
    const most = Array.from({ length: 16 }, () => first.broadcast(message, 2000));
    const more = first.broadcast(bytes('m'), 2000);
    await expect(more).rejects.toMatchObject({ code: 'overloaded', definite: true });
    for (const outcome of await Promise.allSettled(most)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'no-leader' } });
    }
    // They leave their room to others.
    await expect(first.broadcast(message, 100)).rejects.toMatchObject({ code: 'no-leader' });
  });
});
