import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { counted, deliverOne, inFlight, led, three } from './scenes.ts';

function broadcasts(first: number, count: number, size = 2) {
  return Array.from({ length: count }, (_, at) => ({
    requestId: first + at,
    request: { type: 'broadcast', payload: new TextEncoder().encode('x'.repeat(size)), stamp: null } as const,
  }));
}

/** Several requests in one event, which the cluster knows one by one. */
function ask(cluster: ProtocolCluster, node: string, asked: ReturnType<typeof broadcasts>): void {
  for (const { requestId, request } of asked) {
    cluster.asks.set(requestId, { node, request });
    cluster.invariants.asked(requestId, request);
  }
  cluster.event(node, { type: 'request', asked });
}

describe('requests', () => {
  it('are refused for certain where no leader is known', () => {
    const cluster = new ProtocolCluster(three);
    cluster.broadcast('b', 1);
    cluster.read('b', 2);
    for (const id of [1, 2]) expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'no-leader', definite: true });
  });

  it('that come together are written once and sent together, and answered one by one', () => {
    const cluster = led(three);
    ask(cluster, 'a', broadcasts(1, 3));
    expect(cluster.member('a').disk.unsynced).toHaveLength(1);
    expect(inFlight(cluster)).toEqual(['a>b append-entries', 'a>c append-entries']);
    cluster.settle();
    expect([1, 2, 3].map((id) => cluster.answers.get(id))).toEqual([
      { ok: true, index: 2, position: 1 },
      { ok: true, index: 3, position: 2 },
      { ok: true, index: 4, position: 3 },
    ]);
  });

  it('are handed on to the leader in one message, and so are their answers', () => {
    const cluster = led(three);
    ask(cluster, 'b', broadcasts(1, 3));
    expect(inFlight(cluster)).toEqual(['b>a forward']);
    const answers = counted(cluster, 'forward-answers', () => cluster.settle());
    expect(answers).toBe(1);
    expect(cluster.answers.size).toBe(3);
  });

  it('are handed on in several messages where they are large', () => {
    const cluster = led(three);
    ask(cluster, 'b', broadcasts(1, 5, 600));
    expect(inFlight(cluster)).toEqual(Array.from({ length: 5 }, () => 'b>a forward'));
    cluster.settle();
    expect([...cluster.answers.values()].every(({ ok }) => ok)).toBe(true);
  });

  it('are not handed on twice: who leads no more says so, and nothing happens', () => {
    const cluster = led(three);
    cluster.broadcast('b', 1);
    cluster.timeout('c');
    cluster.sync('c');
    deliverOne(cluster, 'request-vote', 'c', 'a');
    deliverOne(cluster, 'forward', 'b', 'a');
    cluster.drop(({ from }) => from === 'c');
    expect(inFlight(cluster)).toContain('a>b forward-answers');
    // The answer comes with the later term, in which b has given up waiting already.
    cluster.settle();
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    expect(cluster.delivered('a')).toEqual([]);
  });

  it('are refused while too much is not committed, and taken again once it is', () => {
    const cluster = led(three, { config: { maxUncommittedBytes: 150 } });
    for (let id = 1; id <= 3; id++) cluster.broadcast('a', id);
    cluster.broadcast('a', 4);
    cluster.broadcast('b', 5);
    cluster.deliver(cluster.network.findIndex(({ message }) => message.kind === 'forward'));
    cluster.settle();
    for (const id of [4, 5]) {
      expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'overloaded', definite: true });
    }
    cluster.broadcast('b', 6);
    cluster.settle();
    expect(cluster.delivered('c')).toEqual(['m1', 'm2', 'm3', 'm6']);
    expect(cluster.state('a').role).toMatchObject({ uncommittedBytes: 0 });
  });

  it('that have not left for the leader are refused at once, and nothing comes of them', () => {
    const cluster = led(three);
    cluster.broadcast('b', 1);
    cluster.read('b', 2);
    cluster.broadcast('b', 3);
    cluster.network = cluster.network.filter(({ from }) => from !== 'b');
    cluster.event('b', { type: 'unsent', requestIds: [1, 2, 77] });
    for (const id of [1, 2]) {
      expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'overloaded', definite: true });
    }
    expect(cluster.answers.has(3)).toBe(false);
  });

  it('get the leader’s own word where it has stepped down in the same term', () => {
    const cluster = led(three, { config: { checkQuorum: true } });
    cluster.timeout('a');
    cluster.timeout('a');
    cluster.drop(() => true);
    cluster.broadcast('b', 1);
    cluster.settle();
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'not-leader', definite: true });
  });

  it('that were handed on are answered as unknown, once their leader is not followed any more', () => {
    const cluster = led(three);
    cluster.broadcast('b', 1);
    cluster.read('b', 2);
    cluster.drop(() => true);
    cluster.timeout('b');
    for (const id of [1, 2]) {
      expect(cluster.answers.get(id)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    }
  });

  it('that are given up are forgotten, and their answer is not waited for', () => {
    const cluster = led(three);
    cluster.broadcast('b', 1);
    cluster.event('b', { type: 'give-up', requestIds: [1] });
    cluster.settle();
    expect(cluster.answers.has(1)).toBe(false);
    expect(cluster.delivered('b')).toEqual(['m1']);
    expect(cluster.state('b').role).toMatchObject({ forwarded: [] });
  });

  it('of a deposed leader are answered as unknown', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.drop(() => true);
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
  });
});
