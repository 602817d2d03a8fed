import { describe, expect, it } from 'vitest';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { ProtocolCluster } from './cluster.ts';
import { describeConfiguration } from './invariants.ts';
import { broadcastMany, counted, deliverOne, five, inFlight, led, roleOf, three } from './scenes.ts';
import { cautious, members } from './setup.ts';

function latest(cluster: ProtocolCluster, name: NodeId): string {
  return describeConfiguration(latestConfiguration(cluster.state(name)));
}

/** Goes on, message by message, until this is the latest configuration there. */
function until(cluster: ProtocolCluster, name: NodeId, configuration: string): void {
  for (let i = 0; i < 500; i++) {
    if (latest(cluster, name) === configuration) return;
    for (const one of cluster.names) if (cluster.member(one).up) cluster.sync(one);
    cluster.deliver(0);
  }
  throw new Error(`${name} does not come to ${configuration}, but to ${latest(cluster, name)}`);
}

describe('a leader that is removed', () => {
  it('brings the change to its end without counting itself, leaves, and names an heir', () => {
    const cluster = led(three, { config: cautious });
    broadcastMany(cluster, 'a', 3);
    cluster.request('a', 100, { type: 'change-membership', members: members('b', 'c') });
    const handedOver = counted(cluster, 'timeout-now', () => cluster.settle());
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
    expect(handedOver).toBe(1);
    expect(['b', 'c']).toContain(cluster.leader);
    expect(roleOf(cluster, 'a')).toBe('follower');
    cluster.broadcast('b', 101);
    cluster.settle();
    expect(cluster.answers.get(101)).toMatchObject({ ok: true });
  });

  it('does not commit the new configuration by itself', () => {
    const cluster = led(three);
    cluster.request('a', 100, { type: 'change-membership', members: members('b', 'c') });
    until(cluster, 'a', 'b c');
    cluster.sync('a');
    cluster.drop(({ to }) => to === 'c');
    while (inFlight(cluster).includes('a>b append-entries')) deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.sync('b');
    while (inFlight(cluster).includes('b>a append-accepted')) deliverOne(cluster, 'append-accepted', 'b', 'a');
    expect(cluster.answers.has(100)).toBe(false);
    cluster.pass(100);
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
  });

  it('is demoted likewise, and goes on as a learner', () => {
    const cluster = led(three, { config: cautious });
    cluster.request('a', 100, { type: 'change-membership', members: members(['a', 'learner'], 'b', 'c') });
    cluster.pass(1000);
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
    expect(['b', 'c']).toContain(cluster.leader);
    cluster.broadcast('a', 101);
    cluster.pass(100);
    expect(cluster.delivered('a')).toEqual(['m101']);
  });
});

describe('a new leader', () => {
  it('brings a joint configuration to its end, whoever began it', () => {
    const cluster = led(three, { joining: ['d', 'e'] });
    cluster.request('a', 100, { type: 'change-membership', members: members('a', 'd', 'e') });
    until(cluster, 'b', 'a b:outgoing c:outgoing d:incoming e:incoming');
    cluster.crash('a');
    cluster.drop(() => true);
    for (let i = 0; i < 3 && cluster.leader === null; i++) {
      cluster.timeout('b');
      cluster.settle();
    }
    expect(latest(cluster, 'd')).toBe('a d e');
    cluster.restart('a');
    cluster.crash('b');
    cluster.crash('c');
    cluster.pass(1500);
    expect(latest(cluster, 'a')).toBe('a d e');
    cluster.broadcast(cluster.leader ?? 'd', 101);
    cluster.pass(100);
    expect(cluster.answers.get(101)).toMatchObject({ ok: true });
  });

  it('drops a joint configuration that only the old leader had', () => {
    const cluster = led(three, { joining: ['d'] });
    cluster.request('a', 100, { type: 'change-membership', members: members('a', 'b') });
    expect(latest(cluster, 'a')).toBe('a b c:outgoing');
    cluster.drop(() => true);
    cluster.timeout('c');
    cluster.settle(['a']);
    cluster.pass(300);
    expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    expect(latest(cluster, 'a')).toBe('a b c');
    expect(latest(cluster, cluster.leader ?? 'c')).toBe('a b c');
  });

  /**
   * Section 4.2.2 of the dissertation: `a`, leaving, is the only one of the old majority that has the joint configuration's
   * successor; without its vote nobody has both majorities, and nobody else has a log that it would vote for.
   */
  it('may have to be one that the latest configuration in its own log leaves out', () => {
    const cluster = led(['a', 'b'], { joining: ['d'] });
    cluster.request('a', 100, { type: 'change-membership', members: members('d') });
    until(cluster, 'a', 'd');
    cluster.sync('a');
    cluster.crash('a');
    cluster.drop(() => true);
    cluster.restart('a');
    for (const name of ['b', 'd']) {
      cluster.timeout(name);
      cluster.settle();
      expect(roleOf(cluster, name)).toBe('candidate');
    }
    for (let i = 0; i < 2; i++) {
      cluster.timeout('a');
      cluster.settle();
    }
    expect(cluster.leader).toBe('d');
    expect(latest(cluster, 'd')).toBe('d');
  });
});

describe('a node that was removed', () => {
  it('does not disturb: it asks in vain, and changes no term', () => {
    const cluster = led(five, { config: cautious });
    cluster.request('a', 100, { type: 'change-membership', members: members(...three) });
    cluster.settle();
    const { term } = cluster.state('a');
    cluster.pass(3000);
    expect(cluster.leader).toBe('a');
    expect(cluster.state('a').term).toBe(term);
    expect(roleOf(cluster, 'd')).toBe('pre-candidate');
  });

  it('does not disturb without prevotes either, as long as the others hear from their leader', () => {
    const cluster = led(five, { config: { checkQuorum: true } });
    cluster.request('a', 100, { type: 'change-membership', members: members(...three) });
    cluster.settle();
    cluster.pass(3000);
    expect(cluster.leader).toBe('a');
    expect(cluster.state('a').term).toBe(1);
    expect(cluster.state('d').term).toBeGreaterThan(10);
  });

  it('is a member again once it is added again', () => {
    const cluster = led(three, { config: cautious });
    cluster.request('a', 100, { type: 'change-membership', members: members('a', 'b') });
    cluster.pass(500);
    broadcastMany(cluster, 'a', 5);
    cluster.request('a', 200, { type: 'change-membership', members: members(...three) });
    cluster.pass(500);
    expect(cluster.answers.get(200)).toMatchObject({ ok: true });
    expect(cluster.delivered('c')).toEqual(cluster.delivered('a'));
  });
});
