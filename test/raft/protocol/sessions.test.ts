import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { ProtocolCluster } from './cluster.ts';
import { beat, broadcastMany, led, three } from './scenes.ts';

/** Opens a session at `name`: its id. */
function open(cluster: ProtocolCluster, name: NodeId, requestId: number): number {
  cluster.request(name, requestId, { type: 'open-session' });
  cluster.settle();
  const answer = cluster.answers.get(requestId);
  return answer?.ok ? answer.index : 0;
}

function send(
  cluster: ProtocolCluster,
  name: NodeId,
  requestId: number,
  stamp: readonly [number, number, number],
): void {
  const [session, sequence, acknowledged] = stamp;
  cluster.broadcast(name, requestId, `${session}.${sequence}`, { session, sequence, acknowledged });
}

describe('a session (dissertation, section 6.3)', () => {
  it('has a message delivered once, however often it is sent, and answers alike', () => {
    const cluster = led(three);
    const session = open(cluster, 'b', 1);
    for (const [at, name] of three.entries()) {
      send(cluster, name, 10 + at, [session, 1, 0]);
      cluster.settle();
    }
    expect(cluster.delivered('c')).toEqual([`${session}.1`]);
    expect([10, 11, 12].map((id) => cluster.answers.get(id))).toEqual([
      { ok: true, index: 3, position: 1 },
      { ok: true, index: 4, position: 1 },
      { ok: true, index: 5, position: 1 },
    ]);
  });

  it('delivers a retry once, where the first attempt outlived its leader', () => {
    const cluster = led(three);
    const session = open(cluster, 'a', 1);
    send(cluster, 'a', 2, [session, 1, 0]);
    cluster.settle(['c']);
    cluster.crash('a');
    cluster.timeout('b');
    send(cluster, 'b', 3, [session, 1, 0]);
    cluster.settle();
    expect(cluster.answers.get(3)).toEqual({ ok: false, code: 'no-leader', definite: true });
    send(cluster, 'c', 4, [session, 1, 0]);
    cluster.settle();
    expect(cluster.answers.get(4)).toMatchObject({ ok: true, position: 1 });
    expect(cluster.delivered('c')).toEqual([`${session}.1`]);
  });

  it('takes messages in any order', () => {
    const cluster = led(three);
    const session = open(cluster, 'a', 1);
    for (const [at, sequence] of [3, 1, 2, 3, 1].entries()) send(cluster, 'a', 10 + at, [session, sequence, 0]);
    cluster.settle();
    expect(cluster.delivered('b')).toEqual([3, 1, 2].map((sequence) => `${session}.${sequence}`));
    expect(cluster.answers.get(14)).toMatchObject({ ok: true, position: 2 });
  });

  it('forgets what its client knows the answer of, and delivers it no more', () => {
    const cluster = led(three);
    const session = open(cluster, 'a', 1);
    for (const sequence of [1, 2]) send(cluster, 'a', 10 + sequence, [session, sequence, 0]);
    send(cluster, 'a', 13, [session, 3, 2]);
    send(cluster, 'a', 14, [session, 1, 0]);
    cluster.settle();
    expect(cluster.state('b').applied.sessions).toEqual([
      { id: session, lastUsed: 6, acknowledged: 2, delivered: [{ sequence: 3, position: 3 }] },
    ]);
    expect(cluster.answers.get(14)).toEqual({ ok: false, code: 'already-acknowledged', definite: false });
    expect(cluster.delivered('b')).toHaveLength(3);
  });

  it('ends, where there are too many, if it was not used for longest; and then takes nothing', () => {
    const cluster = led(three);
    const sessions = [1, 2, 3].map((id) => open(cluster, 'a', id));
    const [first = 0, second = 0] = sessions;
    send(cluster, 'a', 10, [first, 1, 0]);
    open(cluster, 'a', 4);
    send(cluster, 'a', 11, [first, 1, 0]);
    send(cluster, 'a', 12, [second, 1, 0]);
    cluster.settle();
    expect(cluster.answers.get(11)).toMatchObject({ ok: true, position: 1 });
    expect(cluster.answers.get(12)).toEqual({ ok: false, code: 'session-expired', definite: false });
    for (const name of three) {
      expect(cluster.state(name).applied.sessions.map(({ id }) => id)).toEqual([first, sessions[2], 6]);
    }
  });

  it('is the same after a restart, and after a snapshot', () => {
    const cluster = led(three);
    const session = open(cluster, 'a', 1);
    cluster.crash('c');
    send(cluster, 'a', 2, [session, 1, 0]);
    broadcastMany(cluster, 'a', 8);
    for (const name of ['a', 'b']) cluster.snapshot(name);
    cluster.settle();
    cluster.restart('c');
    for (let i = 0; i < 2; i++) beat(cluster, 'a');
    expect(cluster.state('c').applied).toEqual(cluster.state('a').applied);
    for (const name of three) cluster.crash(name);
    for (const name of three) cluster.restart(name);
    for (let i = 0; i < 2; i++) cluster.timeout('c');
    cluster.settle();
    send(cluster, 'c', 100, [session, 1, 0]);
    cluster.settle();
    expect(cluster.answers.get(100)).toMatchObject({ ok: true, position: 1 });
    expect(cluster.delivered('b')).toHaveLength(9);
  });

  it('never was, where nobody opened it', () => {
    const cluster = led(three);
    send(cluster, 'a', 1, [77, 1, 0]);
    cluster.settle();
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'session-expired', definite: false });
    expect(cluster.delivered('a')).toEqual([]);
  });
});
