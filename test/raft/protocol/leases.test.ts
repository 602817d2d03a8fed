import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import { ProtocolCluster } from './cluster.ts';
import { beat, five, three } from './scenes.ts';
import { cautious } from './setup.ts';

/** `a` leads and holds a lease from now on: whoever has just started does not vote, so that some time has passed. */
function leasing(names: readonly NodeId[] = three, leaseMs = 60): ProtocolCluster {
  const cluster = new ProtocolCluster(names, { config: { ...cautious, leaseMs } });
  cluster.nowMs = 1000;
  cluster.timeout('a');
  cluster.settle();
  beat(cluster, 'a');
  return cluster;
}

describe('reads under a lease (dissertation, section 6.4.1)', () => {
  it('are served at once, without asking anybody', () => {
    const cluster = leasing();
    cluster.nowMs += 59;
    cluster.read('a', 1);
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
    expect(cluster.network).toEqual([]);
  });

  it('ask when the lease is over, counted from when the round was sent', () => {
    const cluster = leasing();
    cluster.nowMs += 60;
    cluster.read('a', 1);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.settle();
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
    const late = leasing();
    late.nowMs += 60;
    late.timeout('a', 'heartbeat');
    late.nowMs += 50;
    late.settle();
    late.nowMs += 10;
    late.read('a', 1);
    expect(late.answers.has(1)).toBe(false);
  });

  it('ask at a leader that has committed nothing of its term', () => {
    const cluster = leasing();
    cluster.nowMs += 500;
    cluster.timeout('b');
    while (cluster.leader !== 'b') {
      for (const name of three) cluster.sync(name);
      cluster.deliver(0);
    }
    cluster.read('b', 1);
    expect(cluster.answers.has(1)).toBe(false);
  });

  it('ask ever after, once somebody was told to stand: he is elected while others hear from this leader', () => {
    const cluster = leasing();
    cluster.request('a', 1, { type: 'transfer-leadership', to: 'c' });
    cluster.drop(() => true);
    cluster.read('a', 2);
    expect(cluster.answers.has(2)).toBe(false);
    cluster.timeout('a');
    for (let i = 0; i < 3; i++) beat(cluster, 'a');
    cluster.read('a', 3);
    expect(cluster.answers.has(3)).toBe(false);
  });

  it('are safe from a follower that has just started: it does not vote before a lease of before is over', () => {
    const cluster = leasing();
    for (const name of ['b', 'c']) {
      cluster.crash(name);
      cluster.restart(name);
    }
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(cluster.leader).toBe('a');
    cluster.nowMs += 100;
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(cluster.leader).toBe('c');
  });
});

/** Time goes on, things get lost, nodes restart and hand over; no timer fires before it is due by its node's clock. */
const deeds = fc.constantFrom(
  'wait',
  'wait',
  'flow',
  'flow',
  'flow',
  'broadcast',
  'read',
  'read',
  'cut',
  'heal',
  'crash',
  'hand-over',
);
const lives = fc.array(fc.record({ deed: deeds, pick: fc.nat(1000) }), { minLength: 50, maxLength: 250, size: 'max' });

/** The clocks of the others go `drift` times as fast as that of `a`. The reads that were served are counted. */
function live(life: typeof lives extends fc.Arbitrary<infer T> ? T : never, drift: number, leaseMs: number): number {
  const cluster = leasing(five, leaseMs);
  for (const name of five) if (name !== 'a') cluster.quicken(name, drift);
  let request = 0;
  for (const { deed, pick } of life) {
    const name = five[pick % 5] ?? 'a';
    if (deed === 'wait') cluster.nowMs += pick % 70;
    fireDue(cluster);
    if (deed === 'flow') flow(cluster, pick % 60);
    if (deed === 'broadcast') cluster.broadcast(cluster.leader ?? name, ++request);
    if (deed === 'read') for (const one of five) cluster.read(one, ++request);
    if (deed === 'cut') cluster.cutOff(...(pick % 3 === 0 ? [name] : [cluster.leader ?? name, name]));
    if (deed === 'heal') cluster.heal();
    if (deed === 'crash') {
      cluster.crash(name, pick % 3);
      cluster.restart(name);
    }
    if (deed === 'hand-over' && pick % 4 === 0) {
      cluster.request(cluster.leader ?? name, ++request, { type: 'transfer-leadership', to: name });
    }
  }
  return cluster.done('read');
}

function flow(cluster: ProtocolCluster, count: number): void {
  for (let i = 0; i < count; i++) {
    for (const name of five) cluster.sync(name);
    cluster.deliver(i % 3 === 0 ? Math.floor(cluster.network.length / 2) : 0);
  }
}

function fireDue(cluster: ProtocolCluster): void {
  for (const name of five) {
    for (const [timer, { setMs }] of [...cluster.member(name).timers]) {
      const elapsedMs = cluster.clock(name) - setMs;
      if (elapsedMs >= (timer === 'heartbeat' ? 25 : 100)) cluster.timeout(name, timer);
    }
  }
}

describe('leases and clocks', () => {
  /** Election time-outs are 100 ms at least: a lease of 60 bears a clock that goes 1.6 times as fast as another. */
  it('serve no stale read, as long as clocks drift no more than the lease allows for', () => {
    let served = 0;
    fc.assert(
      fc.property(lives, (life) => {
        served += live(life, 1.6, 60);
      }),
      { numRuns: 300 },
    );
    expect(served).toBeGreaterThan(1000);
  });

  it('are worth nothing where clocks drift further', () => {
    const cluster = leasing(five, 95);
    for (const name of five) if (name !== 'a') cluster.quicken(name, 4);
    cluster.cutOff('a');
    cluster.nowMs += 30;
    cluster.timeout('c');
    cluster.settle();
    cluster.broadcast('c', 1);
    cluster.settle();
    expect(cluster.answers.get(1)).toMatchObject({ ok: true, position: 1 });
    expect(() => cluster.read('a', 2)).toThrow('read 2 of 1 messages');
  });
});
