import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { beat, broadcastMany, counted, deliverOne, five, inFlight, led, three } from './scenes.ts';
import { entriesOf } from './setup.ts';

describe('replication (section 5.3)', () => {
  it('delivers the same order everywhere, whoever is asked', () => {
    const cluster = led(five);
    for (const [place, name] of five.entries()) cluster.broadcast(name, place + 1);
    cluster.settle();
    for (const name of five) expect(cluster.delivered(name)).toEqual(cluster.delivered('a'));
    expect(cluster.delivered('a').toSorted()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    expect([...cluster.answers.values()].every((answer) => answer.ok)).toBe(true);
  });

  it('acknowledges only what a majority holds durably, the leader itself included', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.deliver(0);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.sync('b');
    cluster.drop(({ to }) => to === 'c');
    cluster.deliver(0);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.sync('a');
    expect(cluster.answers.get(1)).toEqual({ ok: true, index: 2, position: 1 });
  });

  it('commits what the followers hold while the leader itself is still writing', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    for (const name of ['b', 'c']) {
      deliverOne(cluster, 'append-entries', 'a', name);
      cluster.sync(name);
      deliverOne(cluster, 'append-accepted', name, 'a');
    }
    expect(cluster.state('a').durableIndex).toBe(1);
    expect(cluster.answers.get(1)).toEqual({ ok: true, index: 2, position: 1 });
  });

  it('overwrites what a deposed leader had under way', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle(['a']);
    cluster.timeout('b');
    cluster.settle(['a']);
    cluster.broadcast('b', 2);
    cluster.settle(['a']);
    beat(cluster, 'b');
    beat(cluster, 'b');
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    for (const name of three) expect(cluster.delivered(name)).toEqual(['m2']);
  });

  it('brings a follower that missed much up to date in batches after lost messages', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 40, ['c']);
    for (let i = 0; i < 3; i++) beat(cluster, 'a');
    expect(cluster.delivered('c')).toEqual(cluster.delivered('a'));
    expect(cluster.delivered('c')).toHaveLength(40);
  });

  it('sends no entries to a follower that does not answer, be it asked ever so often', () => {
    const cluster = led(three);
    cluster.crash('c');
    broadcastMany(cluster, 'a', 8);
    for (let id = 100; id < 110; id++) {
      beat(cluster, 'a', ['c']);
      cluster.read('a', id);
      for (const { to, message } of cluster.network) {
        if (to === 'c') expect(message).toMatchObject({ kind: 'append-entries', entries: [] });
      }
      cluster.settle(['c']);
    }
    cluster.restart('c');
    beat(cluster, 'a');
    expect(cluster.delivered('c')).toHaveLength(8);
  });

  it('tells followers of a commitment without waiting for the heartbeat', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle();
    for (const name of three) expect(cluster.delivered(name)).toEqual(['m1']);
  });

  it('drops nothing for an older message that comes late', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.broadcast('a', 2);
    const [, second] = cluster.network.filter(({ to }) => to === 'b');
    deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.network = cluster.network.filter((envelope) => envelope !== second);
    cluster.settle();
    beat(cluster, 'a');
    expect(cluster.delivered('b')).toEqual(['m1', 'm2']);
    if (second !== undefined) cluster.network.push(second);
    cluster.broadcast('a', 3);
    cluster.settle();
    expect(cluster.delivered('b')).toEqual(['m1', 'm2', 'm3']);
  });

  it('leaves every old state as it was', () => {
    const cluster = led(three);
    const before = cluster.state('a');
    const snapshot = JSON.stringify([before, entriesOf(before)]);
    broadcastMany(cluster, 'a', 2);
    expect(JSON.stringify([before, entriesOf(before)])).toBe(snapshot);
  });
});

describe('pipelining', () => {
  it('counts a message that is longer than it may be for several', () => {
    const cluster = led(three, { config: { maxBytesPerMessage: 10 } });
    for (let i = 1; i <= 3; i++) cluster.broadcast('a', i, `${i}`.repeat(25));
    expect(inFlight(cluster).filter((message) => message === 'a>b append-entries')).toHaveLength(1);
    cluster.settle();
    expect(cluster.delivered('b')).toHaveLength(3);
  });

  it('does not take the answer to a heartbeat for that of entries that are on their way', () => {
    const cluster = led(three, { config: { maxEntriesPerMessage: 1 } });
    for (let i = 1; i <= 6; i++) cluster.broadcast('a', i);
    for (let i = 0; i < 3; i++) deliverOne(cluster, 'append-entries', 'a', 'b');
    // The disk of b stands still: it answers heartbeats only.
    for (let i = 0; i < 4; i++) {
      cluster.timeout('a', 'heartbeat');
      deliverOne(cluster, 'append-entries', 'a', 'b');
      deliverOne(cluster, 'append-accepted', 'b', 'a');
      expect(inFlight(cluster)).not.toContain('a>b append-entries');
    }
    cluster.settle();
    expect(cluster.delivered('b')).toHaveLength(6);
  });

  it('keeps as many messages under way as the window allows, and goes on with each answer', () => {
    const cluster = led(three, { config: { maxEntriesPerMessage: 1 } });
    for (let i = 1; i <= 6; i++) cluster.broadcast('a', i);
    const toB = () => inFlight(cluster).filter((message) => message === 'a>b append-entries');
    expect(toB()).toHaveLength(3);
    deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.sync('b');
    expect(toB()).toHaveLength(2);
    deliverOne(cluster, 'append-accepted', 'b', 'a');
    expect(toB()).toHaveLength(3);
    cluster.settle();
    expect(cluster.delivered('b')).toHaveLength(6);
  });

  it('cuts what one message carries by entries and by bytes, but never to nothing', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1, 'x'.repeat(5000));
    cluster.drop(() => true);
    for (let i = 2; i <= 8; i++) cluster.broadcast('a', i, 'y'.repeat(400));
    cluster.drop(() => true);
    beat(cluster, 'a');
    expect(cluster.delivered('b')).toHaveLength(8);
    const sizes: number[] = [];
    const slow = led(three);
    broadcastMany(slow, 'a', 9, ['c']);
    slow.timeout('a', 'heartbeat');
    const deliver = slow.deliver.bind(slow);
    slow.deliver = (place) => {
      const { message, to } = slow.network[place] ?? {};
      if (message?.kind === 'append-entries' && to === 'c' && message.entries.length > 0)
        sizes.push(message.entries.length);
      deliver(place);
    };
    slow.settle();
    beat(slow, 'a');
    expect(sizes.every((size) => size <= 4)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(9);
  });

  it('goes back to probing when a message in the middle is lost, and loses nothing', () => {
    const cluster = led(three, { config: { maxEntriesPerMessage: 1 } });
    for (let i = 1; i <= 3; i++) cluster.broadcast('a', i);
    const [lost] = cluster.network.filter(({ to }) => to === 'b');
    cluster.drop((envelope) => envelope === lost);
    cluster.settle();
    expect(cluster.delivered('b')).toEqual(['m1', 'm2', 'm3']);
  });

  it('bears messages out of order', () => {
    const cluster = led(three, { config: { maxEntriesPerMessage: 1 } });
    for (let i = 1; i <= 3; i++) cluster.broadcast('a', i);
    cluster.network.reverse();
    cluster.settle();
    for (const name of three) expect(cluster.delivered(name)).toEqual(['m1', 'm2', 'm3']);
  });
});

describe('fast backtracking (section 5.3)', () => {
  it('needs a rejection a term at most, not one an entry, where both logs have many terms', () => {
    const many = (...terms: number[]) => terms.flatMap((term) => Array.from({ length: 7 }, () => term));
    const agreed = [1, ...many(3, 5, 7, 9)];
    const cluster = new ProtocolCluster(three, { logs: { a: [1, ...many(2, 4, 6, 8)], b: agreed, c: agreed } });
    cluster.timeout('b');
    const rejections = counted(cluster, 'append-rejected', () => cluster.settle());
    expect(cluster.leader).toBe('b');
    expect(cluster.terms('a')).toEqual([...agreed, 10]);
    expect(rejections).toBeLessThanOrEqual(4);
  });

  it('finds the end of a short log at once', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 30, ['c']);
    cluster.timeout('b');
    const rejections = counted(cluster, 'append-rejected', () => cluster.settle());
    expect(cluster.delivered('c')).toHaveLength(30);
    expect(rejections).toBe(1);
  });
});
