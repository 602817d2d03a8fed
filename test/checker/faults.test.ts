import { expect, test } from 'vitest';
import { faultsOf } from '../../src/checker/faults.ts';
import { NemesisScript } from './nemesis-script.ts';

test('a fault from its injection to its end, with what both saw', () => {
  const script = new NemesisScript();
  script.at(1).start('partition-1').at(6).stop('partition-1');
  expect(faultsOf(script.history)).toEqual([
    {
      nemesis: 'partition',
      description: 'of partition-1',
      startTime: 1e9,
      injectedTime: 1e9,
      stopTime: 6e9,
      endTime: 6e9,
      effective: true,
      leavesQuorum: true,
      evidence: ['partition-1 begins', 'partition-1 ends'],
      operations: [0, 1, 2, 3],
    },
  ]);
});

test('faults that overlap are told apart by name', () => {
  const script = new NemesisScript();
  script.at(1).start('partition-1').at(2).start('kill-1', { leavesQuorum: false });
  script.at(3).stop('partition-1').at(4).start('partition-2').stop('kill-1').at(5).stop('partition-2');
  const faults = faultsOf(script.history);
  expect(faults.map(({ description, startTime, endTime }) => [description, startTime, endTime])).toEqual([
    ['of partition-1', 1e9, 3e9],
    ['of kill-1', 2e9, 4e9],
    ['of partition-2', 4e9, 5e9],
  ]);
  expect(faults.map(({ leavesQuorum }) => leavesQuorum)).toEqual([true, false, true]);
});

test.each([
  [true, true, true],
  [true, false, true],
  [false, true, true],
  [false, false, false],
])('effective by its start (%s) or by its end (%s): %s', (atStart, atEnd, effective) => {
  const script = new NemesisScript();
  script.start('kill-1', { effective: atStart }).stop('kill-1', atEnd);
  expect(faultsOf(script.history)).toMatchObject([{ effective }]);
});

test('a fault that was never undone has no end', () => {
  const script = new NemesisScript();
  script.at(2).start('kill-1').at(9).success();
  const [fault] = faultsOf(script.history);
  expect(fault).toMatchObject({ startTime: 2e9, effective: true, operations: [0, 1] });
  expect(fault).not.toHaveProperty('endTime');
});

test('a fault that could not be undone has no end either, but what was seen of it counts', () => {
  const script = new NemesisScript();
  script.at(2).start('m-1', { effective: false }).at(9).stopInVain('m-1');
  const [fault] = faultsOf(script.history);
  expect(fault).toMatchObject({ effective: true, operations: [0, 1], evidence: ['m-1 begins', 'm-1 goes on'] });
  expect(fault).not.toHaveProperty('endTime');
});

test('a fault whose start was not completed took no effect', () => {
  const script = new NemesisScript();
  const value = { fault: 'kill-1', description: 'n1', leavesQuorum: true };
  script.record({ process: 'nemesis', type: 'invoke', f: 'start-kill', value });
  expect(faultsOf(script.history)).toMatchObject([{ effective: false, operations: [0], evidence: [] }]);
  script.stop('kill-1');
  expect(faultsOf(script.history)).toMatchObject([{ effective: false, operations: [0, 1, 2] }]);
});

test('an injection that failed says why', () => {
  const script = new NemesisScript();
  const operation = { process: 'nemesis', f: 'start-kill' } as const;
  script.record({ ...operation, type: 'invoke', value: { fault: 'kill-1', description: 'n1', leavesQuorum: true } });
  const error = { code: 'agent-lost', message: 'the agent of n1 is gone' };
  script.record({ ...operation, type: 'info', value: { fault: 'kill-1' }, error });
  expect(faultsOf(script.history)).toMatchObject([
    { effective: false, evidence: ['agent-lost: the agent of n1 is gone'] },
  ]);
});

test('a history from elsewhere, without names or evidence', () => {
  const script = new NemesisScript();
  const nemesis = { process: 'nemesis', type: 'info' } as const;
  script.record({ ...nemesis, f: 'note' });
  script.record({ ...nemesis, type: 'invoke', f: 'start-partition' });
  script.record({ ...nemesis, f: 'start-partition', value: 'Cut off n1' });
  expect(faultsOf(script.history)).toMatchObject([
    { nemesis: 'partition', description: 'partition', effective: false },
  ]);
});
