import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { ok, type Planned, pending, recorded, unlimited } from './histories.ts';

/** Each operation with the next one under way, so that there is much to be placed. */
function overlapping(planned: readonly Planned[]): Operation[] {
  const history: Operation[] = [];
  const end = ({ f, type, found }: Planned, process: number): void => {
    if (type !== null) history.push({ index: history.length, type, process, f, value: found });
  };
  planned.forEach((one, process) => {
    history.push({ index: history.length, type: 'invoke', process, f: one.f, value: one.asked });
    const former = planned[process - 1];
    if (former !== undefined) end(former, process - 1);
  });
  const last = planned.at(-1);
  if (last !== undefined) end(last, planned.length - 1);
  return history;
}

const took = (f: string, value: unknown): Planned => ({ ...ok(f, null), found: value });
const pairs = 2000;
const numbers = Array.from({ length: pairs }, (_, number) => number + 1);

/** Long histories: a search would find no end in most of them, were it not for the quick way. */
const long: readonly [model: string, operations: readonly Planned[], wrong: Planned, sentence: RegExp][] = [
  [
    'register',
    numbers.flatMap((number) => [ok('write', number), ok('read', number)]),
    ok('read', 7),
    /^Read by process 4000 returned 7 \(operation 8001\), but read of \d+ \(operation \d+\) had completed before it began\.$/,
  ],
  [
    'fifo-queue',
    [...numbers.map((number) => ok('enqueue', number)), ...numbers.map((number) => took('dequeue', number))],
    took('dequeue', 7),
    /^Dequeue by process 4000 returned 7 \(operation 8001\), but dequeue of 7 \(operation \d+\) had completed before it began\.$/,
  ],
  [
    'stack',
    [...numbers.map((number) => ok('push', number)), ...numbers.toReversed().map((number) => took('pop', number))],
    took('pop', 7),
    /^Pop by process 4000 returned 7 \(operation 8001\), but pop of 7 \(operation \d+\) had completed before it began\.$/,
  ],
  [
    'priority-queue',
    [
      ...numbers.toReversed().map((number) => ok('insert', number)),
      ...numbers.map((number) => took('extract-min', number)),
    ],
    took('extract-min', 7),
    /^Extract-min by process 4000 returned 7 \(operation 8001\), but extract-min of 7 \(operation \d+\) had completed/,
  ],
  [
    'log',
    [...numbers.map((number) => ok('append', number)), took('read', numbers)],
    took('read', numbers.slice(1)),
    /^Read by process 2001 returned \[\d+\] among 1999 values \(operation 4003\), but /,
  ],
  [
    'set',
    [...numbers.map((number) => ok('add', number)), took('read', numbers)],
    took('read', numbers.slice(1)),
    /^Read by process 2001 returned \{\} among 1999 elements \(operation 4003\), but /,
  ],
];

describe.each(long)('%s, where values are unique', (name, operations, wrong, sentence) => {
  const model = modelNamed(name);

  it('is judged however long it is', () => {
    expect(checkLinearizability(overlapping(operations), model, { budget: unlimited }).valid).toBe(true);
  });

  it('and a wrong operation at the end is explained by few others', () => {
    const history = recorded(...operations, wrong);
    const { valid, anomalies } = checkLinearizability(history, model, { budget: unlimited });
    expect([valid, anomalies.length]).toEqual([false, 1]);
    expect(anomalies[0]?.operations.length).toBeLessThanOrEqual(6);
    expect(anomalies[0]?.sentence).toMatch(sentence);
  });
});

describe('what never returned', () => {
  it('of dequeues takes what must have gone', () => {
    const lost = Array.from({ length: 20 }, () => pending('dequeue', null));
    const operations = [
      ...numbers.map((number) => ok('enqueue', number)),
      ...lost,
      ...numbers.slice(20).map((number) => took('dequeue', number)),
    ];
    const model = modelNamed('fifo-queue');
    expect(checkLinearizability(recorded(...operations), model, { budget: unlimited }).valid).toBe(true);
  });

  it('of writes counts where it was read', () => {
    const operations = [
      ...numbers.map((number) => pending('write', number)),
      ok('read', 3),
      ok('read', 5),
      ok('read', 3),
    ];
    const result = checkLinearizability(recorded(...operations), modelNamed('register'), { budget: unlimited });
    expect(result).toMatchObject({ valid: false, anomalies: [{ kind: 'stale-read' }] });
  });
});
