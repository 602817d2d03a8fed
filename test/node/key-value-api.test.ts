import { expect, it } from 'vitest';
import { type Callback, failure } from '../../src/base/outcome.ts';
import type { ApiResponse } from '../../src/base/requests.ts';
import type { ApiContext } from '../../src/node/api-context.ts';
import { write } from '../../src/node/key-value-api.ts';
import { StateMachines } from '../../src/node/state-machines.ts';
import { BroadcastError } from '../../src/raft/driver.ts';

/** A node whose library has been asked for one broadcast: the test says what becomes of it. */
function asked() {
  const machines = new StateMachines();
  const broadcasts: { payload: Uint8Array; done: Callback<number> }[] = [];
  const driver = {
    broadcast: (payload: Uint8Array, _timeoutMs: number, done: Callback<number>) => broadcasts.push({ payload, done }),
  };
  const context = { driver, machines, nextToken: () => 'n1.1.1' } as unknown as ApiContext;
  const answers: ApiResponse[] = [];
  write(context, { method: 'POST', path: '/write', body: { key: 'x', value: 1 } }, (answer) => answers.push(answer));
  const [broadcast] = broadcasts;
  if (broadcast === undefined) throw new Error('nothing was broadcast');
  return { ...broadcast, machines, answers };
}

const lost = failure<number>(new BroadcastError('timeout', 'not done within 10000 ms', false));

it('answers a change that was applied once, though the word of its leader was lost', () => {
  const { payload, done, machines, answers } = asked();
  machines.deliver([{ index: 1, position: 1, payload }]);
  done(lost);
  expect(answers.map(({ status }) => status)).toEqual([200]);
});

it('answers a change that failed once, though it is applied later', () => {
  const { payload, done, machines, answers } = asked();
  done(lost);
  machines.deliver([{ index: 1, position: 1, payload }]);
  expect(answers.map(({ status }) => status)).toEqual([503]);
  expect(machines.keyValue.get('x')).toBe(1);
});
