import { describe, expect, it } from 'vitest';
import { beat, deliverOne, five, inFlight, led, roleOf, three } from './scenes.ts';
import { cautious } from './setup.ts';

const checkQuorum = { config: { checkQuorum: true } };

describe('a leader looks at its quorum (dissertation, section 6.2)', () => {
  it('steps down once nobody has answered for an election time-out, and says so to clients', () => {
    const cluster = led(five, checkQuorum);
    cluster.cutOff('a', 'b');
    cluster.broadcast('a', 1);
    cluster.timeout('a');
    cluster.settle();
    expect(roleOf(cluster, 'a')).toBe('leader');
    expect(cluster.answers.has(1)).toBe(false);
    beat(cluster, 'a');
    cluster.timeout('a');
    expect(roleOf(cluster, 'a')).toBe('follower');
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    cluster.broadcast('a', 2);
    expect(cluster.answers.get(2)).toEqual({ ok: false, code: 'no-leader', definite: true });
  });

  it('stays as long as a majority answers, be it without anything new', () => {
    const cluster = led(five, checkQuorum);
    cluster.cutOff('d', 'e');
    for (let i = 0; i < 5; i++) {
      beat(cluster, 'a');
      cluster.timeout('a');
    }
    expect(roleOf(cluster, 'a')).toBe('leader');
  });

  it('stays while the disks of its followers stand still: they answer heartbeats, and promise nothing', () => {
    const cluster = led(three, checkQuorum);
    cluster.broadcast('a', 1);
    cluster.sync('a');
    const deliverAll = () => {
      while (cluster.network.length > 0) cluster.deliver(0);
    };
    for (let i = 0; i < 5; i++) {
      deliverAll();
      cluster.timeout('a', 'heartbeat');
      deliverAll();
      cluster.timeout('a');
    }
    expect(roleOf(cluster, 'a')).toBe('leader');
    expect(cluster.state('a').commitIndex).toBe(1);
    cluster.settle();
    expect(cluster.delivered('c')).toEqual(['m1']);
  });

  it('gives way where it can send but hears nothing: followers alone would follow it for ever', () => {
    const cluster = led(three, { config: cautious });
    cluster.isCut = (_, to) => to === 'a';
    cluster.pass(1500);
    expect(['b', 'c']).toContain(cluster.leader);
    expect(roleOf(cluster, 'a')).not.toBe('leader');
    cluster.heal();
    cluster.pass(300);
    cluster.broadcast('a', 1);
    cluster.pass(300);
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
  });

  it('is not disturbed by a follower that hears nothing, but is heard', () => {
    const cluster = led(three, { config: cautious });
    cluster.isCut = (_, to) => to === 'c';
    cluster.pass(2000);
    expect(cluster.leader).toBe('a');
    expect(cluster.state('a').term).toBe(1);
  });
});

describe('who hears from a leader does not vote (section 4.2.3 of the dissertation)', () => {
  it('neither votes nor adopts a term, until the shortest election time-out has passed', () => {
    const cluster = led(three, checkQuorum);
    cluster.timeout('c');
    cluster.settle();
    expect(inFlight(cluster)).toEqual([]);
    expect(['a', 'b', 'c'].map((name) => cluster.state(name).term)).toEqual([1, 1, 2]);
    cluster.nowMs += 99;
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(cluster.state('b').term).toBe(1);
    cluster.nowMs += 1;
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(cluster.state('b').term).toBe(4);
    expect(cluster.leader).toBe('c');
  });

  it('counts from the last word of the leader', () => {
    const cluster = led(three, checkQuorum);
    cluster.nowMs = 90;
    beat(cluster, 'a');
    cluster.nowMs = 180;
    cluster.timeout('c');
    cluster.settle(['a']);
    expect(cluster.state('b').term).toBe(1);
  });

  it('lets a node of a later term in again: its refusal deposes the leader, so that all go on in its term', () => {
    const cluster = led(three, checkQuorum);
    cluster.timeout('c');
    cluster.settle();
    expect(cluster.state('c').term).toBe(2);
    cluster.pass(1000);
    expect(cluster.leader).not.toBeNull();
    expect(new Set(three.map((name) => cluster.state(name).term)).size).toBe(1);
    cluster.broadcast('c', 1);
    cluster.pass(100);
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
  });

  it('keeps the promise though a higher term was adopted from another message meanwhile', () => {
    const cluster = led(three, checkQuorum);
    cluster.event('b', {
      type: 'receive',
      from: 'c',
      message: { kind: 'append-rejected', term: 5, prevLogIndex: 0, hintIndex: 0, hintTerm: 0, round: 0 },
      nowMs: cluster.nowMs,
    });
    cluster.sync('b');
    expect(cluster.state('b').term).toBe(5);
    cluster.timeout('c');
    cluster.sync('c');
    deliverOne(cluster, 'request-vote', 'c', 'b');
    cluster.sync('b');
    expect(inFlight(cluster).filter((message) => message.startsWith('b>c'))).toEqual([]);
  });
});
