import { describe, expect, it } from 'vitest';
import { beat, counted, deliverOne, inFlight, led, three } from './scenes.ts';

describe('reads (ReadIndex, section 6.4 of the dissertation)', () => {
  it('are served anywhere once the leader has made sure that it still leads', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle();
    cluster.read('b', 2);
    expect(cluster.answers.has(2)).toBe(false);
    cluster.settle();
    expect(cluster.answers.get(2)).toEqual({ ok: true, index: 2, position: 1 });
    expect(cluster.delivered('b')).toEqual(['m1']);
  });

  it('are not served by a leader who has been deposed without knowing', () => {
    const cluster = led(three);
    cluster.read('a', 1);
    cluster.settle(['a']);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.timeout('b');
    cluster.settle(['a']);
    beat(cluster, 'b');
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: true });
  });

  it('count only answers to what was sent after they were asked', () => {
    const cluster = led(three);
    cluster.timeout('a', 'heartbeat');
    for (const name of ['b', 'c']) {
      deliverOne(cluster, 'append-entries', 'a', name);
      cluster.sync(name);
    }
    cluster.read('a', 1);
    for (const name of ['b', 'c']) deliverOne(cluster, 'append-accepted', name, 'a');
    expect(cluster.answers.has(1)).toBe(false);
    cluster.settle();
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
  });

  it('that come while a round is under way share the next one', () => {
    const cluster = led(three);
    const rounds = counted(cluster, 'append-entries', () => {
      for (let id = 1; id <= 10; id++) cluster.read('a', id);
      cluster.settle();
    });
    expect(rounds).toBe(4);
    expect(cluster.answers.size).toBe(10);
  });

  it('are confirmed by a rejection as well: who rejects has followed', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.drop(() => true);
    cluster.read('a', 2);
    deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.sync('b');
    deliverOne(cluster, 'append-rejected', 'b', 'a');
    expect(cluster.answers.get(2)).toMatchObject({ ok: true });
  });

  it('wait for the heartbeat where the round is lost', () => {
    const cluster = led(three);
    cluster.read('a', 1);
    cluster.drop(() => true);
    beat(cluster, 'a');
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
  });

  it('wait on the node that was asked until it has delivered as much', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    cluster.read('c', 2);
    deliverOne(cluster, 'forward-read', 'c', 'a');
    deliverOne(cluster, 'append-entries', 'a', 'b');
    cluster.sync('b');
    deliverOne(cluster, 'append-accepted', 'b', 'a');
    deliverOne(cluster, 'read-index', 'a', 'c');
    expect(cluster.answers.has(2)).toBe(false);
    cluster.settle();
    beat(cluster, 'a');
    expect(cluster.answers.get(2)).toEqual({ ok: true, index: 2, position: 1 });
  });

  it('at a new leader wait until it has committed an entry of its term: it may not know yet what is committed', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    cluster.timeout('b');
    cluster.sync('b');
    deliverOne(cluster, 'request-vote', 'b', 'c');
    cluster.sync('c');
    deliverOne(cluster, 'vote', 'c', 'b');
    expect(cluster.leader).toBe('b');
    cluster.read('b', 2);
    expect(cluster.answers.has(2)).toBe(false);
    cluster.settle();
    expect(cluster.answers.get(2)).toMatchObject({ ok: true, position: 1 });
  });

  it('at a new leader do not wait for an entry that may never be committed', () => {
    const cluster = led(three);
    // Ten messages reach b only, who then leads term 2; c follows it, and lacks the entry before its first.
    for (let id = 1; id <= 10; id++) cluster.broadcast('a', id);
    while (inFlight(cluster).includes('a>b append-entries')) {
      deliverOne(cluster, 'append-entries', 'a', 'b');
      cluster.sync('b');
      deliverOne(cluster, 'append-accepted', 'b', 'a');
    }
    cluster.crash('a');
    cluster.drop(() => true);
    cluster.timeout('b');
    cluster.sync('b');
    deliverOne(cluster, 'request-vote', 'b', 'c');
    cluster.sync('c');
    deliverOne(cluster, 'vote', 'c', 'b');
    deliverOne(cluster, 'append-entries', 'b', 'c');
    // Its refusal confirms that b led; but with b goes all that c would have to wait for.
    cluster.read('c', 11);
    deliverOne(cluster, 'forward-read', 'c', 'b');
    cluster.sync('c');
    cluster.drop(({ message }) => message.kind === 'append-rejected' && message.round === 0);
    for (const { from, to, message } of [...cluster.network]) {
      if (to === 'c' && message.kind === 'append-entries') deliverOne(cluster, 'append-entries', from, to);
    }
    cluster.sync('c');
    while (inFlight(cluster).includes('c>b append-rejected')) deliverOne(cluster, 'append-rejected', 'c', 'b');
    while (inFlight(cluster).includes('b>c read-index')) deliverOne(cluster, 'read-index', 'b', 'c');
    cluster.crash('b');
    cluster.drop(() => true);
    cluster.restart('a');
    for (let i = 0; i < 2; i++) {
      cluster.timeout('a');
      cluster.settle();
    }
    expect(cluster.leader).toBe('a');
    expect(cluster.state('a').commitIndex).toBe(2);
    expect(cluster.answers.get(11)).toMatchObject({ ok: false });
  });
});
