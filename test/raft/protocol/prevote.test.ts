import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { beat, deliverOne, five, inFlight, led, roleOf, three } from './scenes.ts';
import { cautious } from './setup.ts';

describe('prevotes (dissertation, section 9.6)', () => {
  it('asks first, changes no term by it, and stands once a majority would vote', () => {
    const cluster = new ProtocolCluster(three, { config: { preVote: true } });
    cluster.timeout('a');
    expect(inFlight(cluster)).toEqual(['a>b request-prevote', 'a>c request-prevote']);
    deliverOne(cluster, 'request-prevote', 'a', 'b');
    expect([cluster.state('a').term, cluster.state('b').term, cluster.state('b').votedFor]).toEqual([0, 0, null]);
    deliverOne(cluster, 'prevote', 'b', 'a');
    expect(roleOf(cluster, 'a')).toBe('candidate');
    expect(cluster.state('a').term).toBe(1);
    cluster.settle();
    expect(cluster.leader).toBe('a');
  });

  it('lets a node that was cut off come back without raising terms or deposing anybody', () => {
    const cluster = led(five, { config: cautious });
    cluster.cutOff('e');
    cluster.pass(2000);
    expect(roleOf(cluster, 'e')).toBe('pre-candidate');
    cluster.broadcast('a', 1);
    cluster.heal();
    cluster.pass(500);
    expect(cluster.leader).toBe('a');
    expect(five.map((name) => cluster.state(name).term)).toEqual([1, 1, 1, 1, 1]);
    expect(cluster.delivered('e')).toEqual(['m1']);
  });

  it('would have deposed the leader without', () => {
    const cluster = led(five);
    cluster.cutOff('e');
    cluster.timeout('e');
    cluster.timeout('e');
    cluster.settle();
    cluster.heal();
    beat(cluster, 'a');
    expect(cluster.state('a').term).toBe(3);
    expect(roleOf(cluster, 'a')).toBe('follower');
  });

  it('says no to a shorter log, and lets the longer one win', () => {
    const cluster = led(three, { config: { preVote: true } });
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    cluster.crash('a');
    cluster.timeout('c');
    cluster.settle();
    expect(roleOf(cluster, 'c')).toBe('pre-candidate');
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.leader).toBe('b');
    expect(cluster.terms('c')).toEqual(cluster.terms('b'));
  });

  it('elects a longer log of a lower term: whoever refuses it for its term tells of that term', () => {
    const cluster = led(three, { config: { preVote: true } });
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    // c won the prevotes, and has a term of its own by itself.
    cluster.crash('a');
    cluster.timeout('c');
    cluster.drop(() => true);
    cluster.event('c', { type: 'receive', from: 'a', message: { kind: 'prevote', term: 2, granted: true }, nowMs: 0 });
    cluster.sync('c');
    cluster.drop(() => true);
    expect(cluster.state('c').term).toBe(2);
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.leader).toBeNull();
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.leader).toBe('b');
  });

  it('counts no prevote that comes late, for a term that has begun meanwhile', () => {
    const cluster = new ProtocolCluster(three, { config: { preVote: true } });
    cluster.timeout('a');
    cluster.timeout('b');
    const late = cluster.network.filter(({ from }) => from === 'a');
    cluster.drop(({ from }) => from === 'a');
    cluster.settle();
    expect(cluster.leader).toBe('b');
    cluster.network.push(...late);
    cluster.settle();
    expect(cluster.leader).toBe('b');
    expect(cluster.state('a').term).toBe(1);
  });
});
