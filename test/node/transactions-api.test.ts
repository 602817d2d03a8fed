import { describe, expect, it } from 'vitest';
import { type Callback, failure, success } from '../../src/base/outcome.ts';
import type { ApiResponse } from '../../src/base/requests.ts';
import type { ApiContext } from '../../src/node/api-context.ts';
import type { ApiError } from '../../src/node/api-response.ts';
import { plantedBug } from '../../src/node/bugs.ts';
import { StateMachines } from '../../src/node/state-machines.ts';
import { planned, type TransactionPlanner } from '../../src/node/transaction-plan.ts';
import { transact } from '../../src/node/transactions-api.ts';
import { RaftError } from '../../src/raft/errors.ts';
import type { Request } from '../../src/raft/protocol/messages.ts';
import type { Place } from '../../src/raft/waiting-requests.ts';

/** A node whose library does what it is asked for when the test says so. */
class Node {
  readonly machines = new StateMachines();
  readonly broadcasts: { payload: Uint8Array; done: Callback<Place> }[] = [];
  readonly reads: Callback<Place>[] = [];
  readonly answers: ApiResponse[] = [];
  readonly #context: ApiContext;
  #tokens = 0;
  #position = 0;

  constructor(planTransaction: TransactionPlanner = planned) {
    const driver = {
      request: (request: Request, _timeoutMs: number, done: Callback<Place>) => {
        if (request.type === 'broadcast') this.broadcasts.push({ payload: request.payload, done });
      },
      readBarrier: (_timeoutMs: number, done: Callback<Place>) => this.reads.push(done),
    };
    const nextToken = () => `n1.1.${++this.#tokens}`;
    this.#context = { driver, machines: this.machines, nextToken, planTransaction } as unknown as ApiContext;
  }

  transact(operations: unknown): void {
    transact(this.#context, { method: 'POST', path: '/txn', body: { operations } }, (answer) => {
      this.answers.push(answer);
    });
  }

  /** Delivers the oldest change that is under way. */
  deliver(): void {
    const position = ++this.#position;
    const { payload, done } = this.broadcasts.shift() as { payload: Uint8Array; done: Callback<Place> };
    this.machines.deliver([{ index: position, position, payload }]);
    done(success({ index: position, position }));
  }

  /** What was answered, each as the parts of the transaction or as the code of the error. */
  get bodies(): unknown[] {
    return this.answers.map(({ status, body }) =>
      status === 200 ? (body as { operations: unknown }).operations : (body as ApiError).error.code,
    );
  }
}

describe('a transaction', () => {
  it('that appends is one change, and reads what it finds where it is applied, its own appends included', () => {
    const node = new Node();
    node.transact([['append', 'x', 1]]);
    node.transact([
      ['r', 'x', null],
      ['append', 'x', 2],
      ['r', 'x', null],
      ['r', 'y', null],
    ]);
    expect(node.broadcasts).toHaveLength(2);
    node.deliver();
    node.deliver();
    const read = [
      ['r', 'x', [1]],
      ['append', 'x', 2],
      ['r', 'x', [1, 2]],
      ['r', 'y', []],
    ];
    expect(node.bodies).toEqual([[['append', 'x', 1]], read]);
  });

  it('that only reads waits for what was committed, not for the log', () => {
    const node = new Node();
    node.transact([['r', 'x', null]]);
    expect(node.broadcasts).toHaveLength(0);
    node.transact([['append', 'x', 1]]);
    node.deliver();
    node.reads[0]?.(success({ index: 1, position: 1 }));
    expect(node.bodies).toEqual([[['append', 'x', 1]], [['r', 'x', [1]]]]);
    node.transact([['r', 'x', null]]);
    node.reads[1]?.(failure(new RaftError('timeout', 'not done within 10000 ms', false)));
    expect(node.answers[2]).toMatchObject({ status: 503, body: { error: { code: 'timeout', definite: true } } });
  });

  it('is answered once, whatever comes of its change later', () => {
    const node = new Node();
    node.transact([['append', 'x', 1]]);
    node.broadcasts[0]?.done(failure(new RaftError('timeout', 'not done within 10000 ms', false)));
    node.deliver();
    expect(node.answers).toMatchObject([{ status: 503, body: { error: { code: 'timeout', definite: false } } }]);
    expect(node.machines.lists.entries()).toEqual([['x', [1]]]);
  });

  it('is in the snapshot, and one whose place a snapshot takes is unknown', () => {
    const [node, other] = [new Node(), new Node()];
    for (const each of [node, other]) each.transact([['append', 'x', 1]]);
    other.deliver();
    node.machines.restore(other.machines.snapshot());
    expect(node.bodies).toEqual(['compacted']);
    node.transact([['r', 'x', null]]);
    node.reads[0]?.(success({ index: 1, position: 1 }));
    expect(node.bodies[1]).toEqual([['r', 'x', [1]]]);
  });

  it.each([
    undefined,
    [],
    'append',
    [['append', 'x']],
    [['append', 1, 1]],
    [['append', 'x', { deep: 1 }]],
    [['r', 'x', [1]]],
    [['cas', 'x', 1]],
  ])('%j is none', (operations) => {
    const node = new Node();
    node.transact(operations);
    expect(node.bodies).toEqual(['bad-request']);
    expect(node.broadcasts).toHaveLength(0);
  });
});

describe('the planted bug', () => {
  function planOf(name: string): TransactionPlanner {
    const bug = plantedBug(name);
    return bug.of === 'transactions' ? bug.plan : planned;
  }

  it('snapshot-reads answers what was there when the transaction began', () => {
    const node = new Node(planOf('snapshot-reads'));
    node.transact([['append', 'x', 1]]);
    node.transact([
      ['r', 'x', null],
      ['append', 'y', 1],
    ]);
    node.deliver();
    node.deliver();
    const stale = [
      ['r', 'x', []],
      ['append', 'y', 1],
    ];
    expect(node.bodies).toEqual([[['append', 'x', 1]], stale]);
  });

  it('half-applied lets others see the first half', () => {
    const node = new Node(planOf('half-applied'));
    node.transact([
      ['append', 'x', 1],
      ['append', 'x', 2],
    ]);
    node.transact([['r', 'x', null]]);
    node.deliver();
    node.deliver();
    node.deliver();
    const whole = [
      ['append', 'x', 1],
      ['append', 'x', 2],
    ];
    expect(node.bodies).toEqual([[['r', 'x', [1]]], whole]);
  });
});
