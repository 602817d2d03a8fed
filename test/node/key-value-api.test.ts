import { expect, it } from 'vitest';
import { type Callback, failure, success } from '../../src/base/outcome.ts';
import type { ApiResponse } from '../../src/base/requests.ts';
import type { ApiContext } from '../../src/node/api-context.ts';
import type { ApiError } from '../../src/node/api-response.ts';
import { write } from '../../src/node/key-value-api.ts';
import { StateMachines } from '../../src/node/state-machines.ts';
import { RaftError } from '../../src/raft/errors.ts';
import type { Request } from '../../src/raft/protocol/messages.ts';
import type { Place } from '../../src/raft/waiting-requests.ts';

/** A node whose library has been asked for one broadcast: the test says what becomes of it. */
function asked() {
  const machines = new StateMachines();
  const broadcasts: { payload: Uint8Array; done: Callback<Place> }[] = [];
  const driver = {
    request: (request: Request, _timeoutMs: number, done: Callback<Place>) => {
      if (request.type === 'broadcast') broadcasts.push({ payload: request.payload, done });
    },
  };
  const context = { driver, machines, nextToken: () => 'n1.1.1' } as unknown as ApiContext;
  const answers: ApiResponse[] = [];
  write(context, { method: 'POST', path: '/write', body: { key: 'x', value: 1 } }, (answer) => answers.push(answer));
  const [broadcast] = broadcasts;
  if (broadcast === undefined) throw new Error('nothing was broadcast');
  return { ...broadcast, machines, answers };
}

const lost = failure<Place>(new RaftError('timeout', 'not done within 10000 ms', false));

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

it('answers a change whose place a snapshot has taken as unknown, once', () => {
  const { payload, done, machines, answers } = asked();
  const elsewhere = new StateMachines();
  elsewhere.deliver([{ index: 1, position: 1, payload }]);
  machines.restore(elsewhere.snapshot());
  done(success({ index: 1, position: 1 }));
  expect(answers.map(({ status, body }) => [status, (body as ApiError).error.code])).toEqual([[503, 'compacted']]);
  expect(machines.keyValue.get('x')).toBe(1);
  expect(machines.messages.from(1, 10)).toEqual(elsewhere.messages.from(1, 10));
});
