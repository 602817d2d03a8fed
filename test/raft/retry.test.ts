import { expect, it } from 'vitest';
import { type Clock, sleep } from '../../src/base/clock.ts';
import { RaftError } from '../../src/raft/errors.ts';
import { type Pause, retried } from '../../src/raft/retry.ts';

/** Time goes by only in timers, each of which fires so much later than it was to. */
function clockThatIsLate(lateMs: number): Clock {
  let now = 0;
  return {
    nowNs: () => now * 1e6,
    wallMs: () => now,
    setTimer: (delayMs, fire) => {
      queueMicrotask(() => {
        now += delayMs + lateMs;
        fire();
      });
      return { cancel: () => {} };
    },
    soon: queueMicrotask,
    promise: (executor) => new Promise(executor),
  };
}

function every20Ms(clock: Clock): Pause {
  return { mark: () => 0, after: (_, timeoutMs) => sleep(clock, Math.min(20, timeoutMs)), served: () => {} };
}

function retriedEvery20Ms<T>(
  clock: Clock,
  timeoutMs: number,
  harmless: boolean,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  return retried(clock, every20Ms(clock), timeoutMs, harmless, attempt);
}

const noLeader = new RaftError('no-leader', 'nobody leads', true);
const deposed = new RaftError('leadership-lost', 'deposed', false);

function failing(errors: readonly RaftError[], given: number[]) {
  return (leftMs: number): Promise<never> => {
    given.push(leftMs);
    return Promise.reject(errors[Math.min(given.length, errors.length) - 1]);
  };
}

it('attempts it with the time that is left until that is up', async () => {
  const given: number[] = [];
  await expect(retriedEvery20Ms(clockThatIsLate(0), 70, false, failing([noLeader], given))).rejects.toBe(noLeader);
  expect(given).toEqual([70, 50, 30, 10]);
});

it('attempts nothing with time that is up, where the process was paused meanwhile', async () => {
  const given: number[] = [];
  await expect(retriedEvery20Ms(clockThatIsLate(1000), 70, false, failing([noLeader], given))).rejects.toBe(noLeader);
  expect(given).toEqual([70]);
});

it('does not attempt again what may have been done, unless that is harmless; then it may have been done in the end', async () => {
  const given: number[] = [];
  const attempt = () => failing([deposed, noLeader], given);
  await expect(retriedEvery20Ms(clockThatIsLate(0), 70, false, attempt())).rejects.toBe(deposed);
  expect(given).toEqual([70]);
  given.length = 0;
  await expect(retriedEvery20Ms(clockThatIsLate(0), 70, true, attempt())).rejects.toMatchObject({
    code: 'timeout',
    definite: false,
  });
  expect(given).toHaveLength(4);
});

const silent = new RaftError('timeout', 'no answer', false);

it('attempts what is harmless again where no answer comes, soon at first, then ever later', async () => {
  const clock = clockThatIsLate(0);
  const given: number[] = [];
  const attempt = async (leftMs: number): Promise<never> => {
    given.push(leftMs);
    await sleep(clock, leftMs);
    throw silent;
  };
  const failed = retriedEvery20Ms(clock, 10_000, true, attempt);
  await expect(failed).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('10000 ms') });
  expect(given).toEqual([1000, 2000, 4000, 3000]);
});

it('gives what is not harmless all the time there is, once', async () => {
  const given: number[] = [];
  await expect(retriedEvery20Ms(clockThatIsLate(0), 10_000, false, failing([silent], given))).rejects.toBe(silent);
  expect(given).toEqual([10_000]);
});

it('has what a second attempt brings where the first was lost', async () => {
  const given: number[] = [];
  const attempt = (leftMs: number): Promise<string> => {
    given.push(leftMs);
    return given.length === 1 ? Promise.reject(silent) : Promise.resolve('answer');
  };
  expect(await retriedEvery20Ms(clockThatIsLate(0), 10_000, true, attempt)).toBe('answer');
});
