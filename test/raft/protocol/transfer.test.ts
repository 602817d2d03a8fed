import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { ProtocolCluster } from './cluster.ts';
import { beat, broadcastMany, deliverOne, five, inFlight, led, roleOf, three } from './scenes.ts';
import { cautious, members } from './setup.ts';

function transfer(cluster: ProtocolCluster, name: NodeId, requestId: number, to: NodeId): void {
  cluster.request(name, requestId, { type: 'transfer-leadership', to });
}

describe('leadership is handed over (dissertation, section 3.10)', () => {
  for (const config of [{}, cautious]) {
    it(`to a node that is up to date: it stands at once, and all vote (check-quorum ${'checkQuorum' in config})`, () => {
      const cluster = led(five, { config });
      transfer(cluster, 'a', 1, 'c');
      expect(inFlight(cluster)).toEqual(['a>c timeout-now']);
      cluster.settle();
      expect(cluster.leader).toBe('c');
      expect(cluster.state('c').term).toBe(2);
      expect(cluster.answers.get(1)).toMatchObject({ ok: true });
    });
  }

  it('to a node that lags: only once it has the whole log', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 9, ['c']);
    transfer(cluster, 'a', 100, 'c');
    expect(inFlight(cluster)).not.toContain('a>c timeout-now');
    beat(cluster, 'a');
    expect(cluster.leader).toBe('c');
    expect(cluster.delivered('c')).toHaveLength(9);
  });

  it('to one that needs a snapshot first', () => {
    const cluster = led(three);
    cluster.crash('c');
    broadcastMany(cluster, 'a', 9);
    cluster.snapshot('a');
    cluster.store('a');
    cluster.restart('c');
    transfer(cluster, 'a', 100, 'c');
    for (let i = 0; i < 2; i++) beat(cluster, 'a');
    expect(cluster.leader).toBe('c');
  });

  it('to nobody who is dead: it fails after an election time-out, and the leader goes on', () => {
    const cluster = led(three);
    cluster.crash('c');
    broadcastMany(cluster, 'a', 1);
    transfer(cluster, 'a', 100, 'c');
    cluster.pass(300);
    expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'transfer-failed', definite: true });
    expect(cluster.leader).toBe('a');
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('b')).toHaveLength(2);
  });

  it('perhaps, where the other was told and is not heard of: it may still stand', () => {
    const cluster = led(three);
    transfer(cluster, 'a', 100, 'c');
    const told = [...cluster.network];
    cluster.drop(() => true);
    cluster.timeout('a');
    expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'transfer-failed', definite: false });
    cluster.network.push(...told);
    cluster.settle();
    expect(cluster.leader).toBe('c');
  });

  it('and meanwhile nothing else is begun, while what was begun goes on', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    transfer(cluster, 'a', 2, 'c');
    cluster.broadcast('a', 3);
    cluster.broadcast('b', 4);
    transfer(cluster, 'a', 5, 'b');
    cluster.request('a', 6, { type: 'change-membership', members: members('a', 'b') });
    for (const id of [3, 5, 6]) {
      expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'transferring', definite: true });
    }
    cluster.settle();
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
    expect(cluster.answers.get(4)).toEqual({ ok: false, code: 'transferring', definite: true });
    expect(cluster.leader).toBe('c');
  });

  it('not to a learner, nor to somebody unknown; and to itself it is done', () => {
    const cluster = led(three, { joining: ['d'] });
    cluster.request('a', 1, { type: 'change-membership', members: members(...three, ['d', 'learner']) });
    cluster.settle();
    transfer(cluster, 'a', 2, 'd');
    transfer(cluster, 'a', 3, 'x');
    transfer(cluster, 'a', 4, 'a');
    for (const id of [2, 3]) {
      expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'not-a-voter', definite: true });
    }
    expect(cluster.answers.get(4)).toMatchObject({ ok: true });
  });

  it('is asked of any node', () => {
    const cluster = led(three);
    transfer(cluster, 'b', 1, 'c');
    cluster.settle();
    expect(cluster.leader).toBe('c');
  });

  it('tells who asked that it failed, where somebody else deposes the leader', () => {
    const cluster = led(three);
    cluster.crash('c');
    broadcastMany(cluster, 'a', 1);
    transfer(cluster, 'a', 100, 'c');
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.leader).toBe('b');
    expect(cluster.answers.get(100)).toMatchObject({ ok: false, code: 'transfer-failed' });
  });

  it('is not taken up by a node of another term, or one that stands already', () => {
    const cluster = led(three);
    transfer(cluster, 'a', 1, 'c');
    cluster.timeout('c');
    const { term } = cluster.state('c');
    deliverOne(cluster, 'timeout-now', 'a', 'c');
    expect(cluster.state('c').term).toBe(term);
    cluster.settle();
    expect(roleOf(cluster, 'c')).toBe('leader');
  });
});
