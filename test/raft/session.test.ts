import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { RaftError } from '../../src/raft/errors.ts';
import type { Raft } from '../../src/raft/index.ts';
import type { Stamp } from '../../src/raft/protocol/entries.ts';
import { retried } from '../../src/raft/retry.ts';
import { Session } from '../../src/raft/session.ts';
import { bytes, configs, started } from './rafts.ts';

/**
 * A session over a cluster that is either silent or answers at once, and that knows what it was sent: as the protocol does,
 * it delivers each number once, and forgets those that were acknowledged.
 */
function scene() {
  const clock = virtualClock();
  const delivered: number[] = [];
  const sent: Stamp[] = [];
  const cluster = { silent: false };
  const attempt = (stamp: Stamp, timeoutMs: number): Promise<number> =>
    clock.promise((resolve, reject) => {
      sent.push(stamp);
      clock.setTimer(cluster.silent ? timeoutMs : 1, () => {
        if (cluster.silent) return reject(new RaftError('timeout', 'no answer', false));
        if (!delivered.includes(stamp.sequence)) delivered.push(stamp.sequence);
        resolve(1 + delivered.indexOf(stamp.sequence));
      });
    });
  const pause = { mark: () => 0, after: async () => {}, served: () => {} };
  const session = new Session(7, {
    clock,
    defaultTimeoutMs: 10_000,
    held: (_, wait) => wait(),
    send: (_, stamp, timeoutMs) => retried(clock, pause, timeoutMs, true, (leftMs) => attempt(stamp(), leftMs)),
    resultOf: async (broadcast, timeoutMs) => ({ position: await broadcast(timeoutMs), result: 'result' }),
  });
  return { clock, cluster, sent, delivered, session };
}

const timeout = { code: 'timeout', definite: false };

describe('a message of a session', () => {
  it('can be asked for again after a time-out, under its number, and is delivered once', async () => {
    const { clock, cluster, session, sent, delivered } = scene();
    const message = session.message(bytes('m'));
    cluster.silent = true;
    await expect(clock.drive(message.broadcast())).rejects.toMatchObject(timeout);
    cluster.silent = false;
    // Others go their way; the cluster is not told that the answer of the first were known.
    expect(await clock.drive(session.broadcast(bytes('other')))).toBe(1);
    expect(await clock.drive(message.broadcast())).toBe(2);
    expect(await clock.drive(message.broadcast())).toBe(2);
    expect(new Set(sent.map(({ acknowledged }) => acknowledged))).toEqual(new Set([0]));
    await clock.drive(session.broadcast(bytes('last')));
    expect(sent.at(-1)).toEqual({ session: 7, sequence: 3, acknowledged: 2 });
    expect(delivered).toEqual([2, 1, 3]);
  });

  it('is under way once, however often it is asked for meanwhile', async () => {
    const { clock, session, sent } = scene();
    const message = session.message(bytes('m'));
    const outcomes = Promise.all([message.broadcast(), message.broadcast()]);
    expect(await clock.drive(outcomes)).toEqual([1, 1]);
    expect(sent).toHaveLength(1);
  });

  it('that is given up leaves its place to others, and is not sent again', async () => {
    const { clock, cluster, session, sent } = scene();
    const message = session.message(bytes('m'));
    cluster.silent = true;
    await expect(clock.drive(message.broadcast(500))).rejects.toMatchObject(timeout);
    message.giveUp();
    const count = sent.length;
    await expect(message.broadcast()).rejects.toMatchObject({ code: 'already-acknowledged', definite: false });
    expect(sent).toHaveLength(count);
    cluster.silent = false;
    await clock.drive(session.broadcast(bytes('n')));
    expect(sent.at(-1)?.acknowledged).toBe(1);
  });
});

describe('a broadcast of a session', () => {
  it('is sent again soon where its first sending was lost', async () => {
    const { clock, cluster, session } = scene();
    cluster.silent = true;
    const outcome = session.broadcast(bytes('m'));
    clock.setTimer(500, () => {
      cluster.silent = false;
    });
    const startedNs = clock.nowNs();
    expect(await clock.drive(outcome)).toBe(1);
    expect((clock.nowNs() - startedNs) / 1e6).toBeLessThan(1100);
  });

  it('waits for room no longer than it may, and has certainly had no effect then', async () => {
    const { clock, cluster, session, sent } = scene();
    cluster.silent = true;
    const kept = Array.from({ length: 100 }, () => session.message(bytes('m')));
    const open = await clock.drive(Promise.allSettled(kept.map((message) => message.broadcast(100))));
    expect(open.every(({ status }) => status === 'rejected')).toBe(true);
    const count = sent.length;
    const startedNs = clock.nowNs();
    const late = session.broadcast(bytes('late'), 3000);
    await expect(clock.drive(late)).rejects.toMatchObject({ code: 'overloaded', definite: true });
    expect((clock.nowNs() - startedNs) / 1e6).toBe(3000);
    expect(sent).toHaveLength(count);
    cluster.silent = false;
    const waiting = session.broadcast(bytes('waits'), 3000);
    await clock.drive((kept[0] as (typeof kept)[number]).broadcast());
    expect(await clock.drive(waiting)).toBe(2);
    expect(Math.max(...sent.map(({ sequence }) => sequence))).toBe(101);
  });

  it('leaves no place taken after a time-out: nobody can ask for it again', async () => {
    const { clock, cluster, session } = scene();
    cluster.silent = true;
    for (let at = 0; at < 150; at++) {
      await expect(clock.drive(session.broadcast(bytes('m'), 50))).rejects.toMatchObject(timeout);
    }
    cluster.silent = false;
    await clock.drive(session.broadcast(bytes('m')));
  });

  it('begins when it has a number, and others get theirs in the order in which they came, one for each that is answered', async () => {
    const { clock, session, sent } = scene();
    let timers = 0;
    const { setTimer } = clock;
    clock.setTimer = (delayMs, fire) => {
      timers++;
      return setTimer(delayMs, fire);
    };
    const count = 5000;
    const positions = Array.from({ length: count }, (_, at) => session.broadcast(bytes(`${at}`)));
    expect(await clock.drive(Promise.all(positions))).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(sent.map(({ sequence }) => sequence)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    // One for the answer, and one for the time-out of those that wait: nobody waits twice.
    expect(timers).toBe(2 * count - 100);
  });
});

it('that waits for room in its session counts among what this node bounds', async () => {
  const [raft] = (await started(await configs(1))) as [Raft];
  const session = await raft.openSession();
  const large = new Uint8Array(1024 * 1024);
  const outcomes = await Promise.allSettled(Array.from({ length: 120 }, () => session.broadcast(large)));
  const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : outcome.reason.code));
  expect(new Set(codes)).toEqual(new Set(['done', 'overloaded']));
  expect(codes.filter((code) => code === 'done')).toHaveLength(63);
});
