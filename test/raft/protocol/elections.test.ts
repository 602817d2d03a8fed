import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { deliverOne, inFlight, led, roleOf, three } from './scenes.ts';

describe('election (section 5.2)', () => {
  it('elects a node that stands alone, once its vote is durable, and delivers', () => {
    const cluster = new ProtocolCluster(['a']);
    cluster.timeout('a');
    expect(roleOf(cluster, 'a')).toBe('candidate');
    cluster.sync('a', 1);
    expect(roleOf(cluster, 'a')).toBe('leader');
    cluster.broadcast('a', 1);
    expect(cluster.delivered('a')).toEqual([]);
    cluster.settle();
    expect(cluster.delivered('a')).toEqual(['m1']);
    expect(cluster.answers.get(1)).toEqual({ ok: true, index: 2, position: 1 });
  });

  it('asks for votes only when its own vote is durable', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    expect(cluster.network).toEqual([]);
    cluster.sync('a');
    expect(inFlight(cluster)).toEqual(['a>b request-vote', 'a>c request-vote']);
  });

  it('gives one vote a term, also over a crash', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.timeout('b');
    cluster.sync('a');
    cluster.sync('b');
    deliverOne(cluster, 'request-vote', 'a', 'c');
    cluster.sync('c');
    cluster.crash('c');
    cluster.restart('c');
    cluster.settle();
    expect(roleOf(cluster, 'a')).toBe('leader');
    expect(roleOf(cluster, 'b')).toBe('follower');
  });

  it('forgets a vote that was not durable, and had not told anybody of it', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.sync('a');
    deliverOne(cluster, 'request-vote', 'a', 'c');
    cluster.crash('c');
    cluster.restart('c');
    expect(inFlight(cluster).filter((message) => message.startsWith('c'))).toEqual([]);
    expect(cluster.state('c').votedFor).toBeNull();
  });

  it('keeps a vote that became durable just before a crash, though nobody was told', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.timeout('b');
    cluster.sync('a');
    cluster.sync('b');
    deliverOne(cluster, 'request-vote', 'a', 'c');
    cluster.crash('c', 2);
    cluster.restart('c');
    deliverOne(cluster, 'request-vote', 'b', 'c');
    cluster.sync('c');
    expect(cluster.network.at(-1)?.message).toEqual({ kind: 'vote', term: 1, granted: false });
  });

  it('votes only for a log at least as up-to-date as its own (section 5.4.1)', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    cluster.timeout('c');
    cluster.settle();
    expect(roleOf(cluster, 'c')).toBe('candidate');
    cluster.timeout('b');
    cluster.settle();
    expect(roleOf(cluster, 'b')).toBe('leader');
    expect(cluster.terms('c')).toEqual(cluster.terms('b'));
  });

  it('deposes a leader whom a higher term reaches, from whomever', () => {
    const cluster = led(three);
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(roleOf(cluster, 'a')).toBe('leader');
    cluster.timeout('a', 'heartbeat');
    deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.sync('b');
    expect(cluster.network.at(-1)).toMatchObject({ to: 'a', message: { kind: 'append-rejected', term: 2 } });
    cluster.settle();
    expect(cluster.leader).toBe('c');
    expect(roleOf(cluster, 'a')).toBe('follower');
  });

  it('elects somebody in the end, when all stand at once', () => {
    const cluster = new ProtocolCluster(three);
    for (const name of three) cluster.timeout(name);
    cluster.settle();
    expect(cluster.leader).toBeNull();
    cluster.pass(1000);
    expect(cluster.leader).not.toBeNull();
  });
});
