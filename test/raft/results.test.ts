import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/base/memory/clock.ts';
import type { Raft, RaftConfig, RaftError, StateMachine } from '../../src/raft/index.ts';
import { PositionWatch } from '../../src/raft/position-watch.ts';
import { Results } from '../../src/raft/results.ts';
import { bytes, configs, started } from './rafts.ts';

/** Adds up numbers, and says what the sum was and is. */
function adder(): StateMachine<{ readonly was: number; readonly is: number }> {
  let sum = 0;
  return {
    apply: ({ payload }) => {
      const was = sum;
      sum += Number(new TextDecoder().decode(payload));
      return { was, is: sum };
    },
    snapshot: () => bytes(`${sum}`),
    restore: (snapshot) => {
      sum = Number(new TextDecoder().decode(snapshot));
    },
  };
}

describe('apply', () => {
  it('resolves to what the state machine has returned on this node, also of a follower and in a session', async () => {
    const rafts = await started(await configs(3, () => ({ stateMachine: adder() })));
    for (const [place, raft] of rafts.entries()) {
      expect(await raft.apply(bytes('1'))).toEqual({
        position: 2 * place + 1,
        result: { was: 2 * place, is: 2 * place + 1 },
      });
      const session = await raft.openSession();
      expect(await session.apply(bytes('1'))).toMatchObject({ position: 2 * place + 2, result: { is: 2 * place + 2 } });
    }
    const sums = await Promise.all(rafts.flatMap((raft) => Array.from({ length: 100 }, () => raft.apply(bytes('1')))));
    expect(sums.map(({ position, result }) => [position, (result as { is: number }).is])).toEqual(
      sums.map(({ position }) => [position, position]),
    );
    expect(new Set(sums.map(({ position }) => position)).size).toBe(300);
  });

  it('needs a state machine', async () => {
    const [raft] = (await started(await configs(1))) as [Raft];
    await expect(raft.apply(bytes('1'))).rejects.toMatchObject({ code: 'bad-config', definite: true });
  });
});

describe('the result of a message', () => {
  function scene() {
    const clock = virtualClock();
    const positions = new PositionWatch(clock);
    const results = new Results<string>(clock, positions);
    const apply = (position: number) => {
      results.applied(position, `result of ${position}`);
      positions.moveTo(position);
    };
    const broadcast = (delayMs: number, position: number) => () =>
      clock.promise<number>((resolve) => void clock.setTimer(delayMs, () => resolve(position)));
    return { clock, positions, results, apply, broadcast };
  }

  it('is kept whether it is applied before its position is known or after', async () => {
    const { clock, results, apply, broadcast } = scene();
    apply(1);
    const before = results.of(broadcast(20, 2), 1000);
    const later = results.of(broadcast(20, 3), 1000);
    clock.setTimer(10, () => apply(2));
    clock.setTimer(30, () => apply(3));
    expect(await clock.drive(Promise.all([before, later]))).toEqual([
      { position: 2, result: 'result of 2' },
      { position: 3, result: 'result of 3' },
    ]);
  });

  it('is not known where a snapshot takes its place, it is not applied in time, or the node stops', async () => {
    const { clock, positions, results, apply, broadcast } = scene();
    const covered = results.of(broadcast(10, 5), 1000);
    clock.setTimer(20, () => positions.moveTo(7));
    const unknown = { code: 'result-unknown', definite: false };
    await expect(clock.drive(covered)).rejects.toMatchObject({ ...unknown, position: 5 });
    const late = results.of(broadcast(10, 9), 1000);
    await expect(clock.drive(late)).rejects.toMatchObject({ ...unknown, position: 9 });
    const early = results.of(broadcast(10, 7), 1000);
    await expect(clock.drive(early)).rejects.toMatchObject({ ...unknown, position: 7 });
    const ended = results.of(broadcast(10, 10), 1000);
    clock.setTimer(500, () => positions.end({ code: 'stopped', message: 'stopped' } as RaftError));
    await expect(clock.drive(ended)).rejects.toMatchObject({ ...unknown, position: 10 });
    apply(11);
  });
});

describe('applied', () => {
  it('waits until this node has got so far', async () => {
    const all = await configs(3, () => ({ stateMachine: adder() }));
    const [first, second] = (await started(all.slice(0, 2))) as [Raft, Raft];
    const position = await first.broadcast(bytes('1'));
    await second.applied(position);
    expect(second.status().position).toBe(position);
    await expect(second.applied(position + 1, 200)).rejects.toMatchObject({ code: 'timeout' });
    const [third] = (await started([all[2] as RaftConfig])) as [Raft];
    const reached = Promise.all([third.applied(1), third.applied(3), third.applied(2)]);
    for (let count = 0; count < 2; count++) await first.broadcast(bytes('1'));
    await reached;
    const waiting = expect(third.applied(100)).rejects.toMatchObject({ code: 'stopped' });
    await third.stop();
    await waiting;
  });
});
