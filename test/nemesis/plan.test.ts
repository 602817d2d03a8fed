import { expect, it } from 'vitest';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation, simulateRun } from '../../src/controller/simulation.ts';
import type { Operation } from '../../src/history/operation.ts';
import { type PlannedFault, plannedFaults, planOf } from '../../src/nemesis/plan.ts';
import { nemesisKinds } from '../../src/nemesis/spec.ts';

const nemeses = nemesisKinds.map(({ name }) => `${name}:every=8:for=3`);

it('is read from a history: who did what to whom, from when to when', async () => {
  const options = completeOptions({ backend: 'sim', nemeses }, 5);
  const { operations, results } = await simulateRun(options);
  const plan = planOf(operations);
  expect(plan.map(({ nemesis }) => nemesis)).toEqual(results.faults.map(({ nemesis }) => nemesis));
  expect(plan.map(({ startNs }) => startNs)).toEqual(results.faults.map(({ startTime }) => startTime));
  for (const { startNs, stopNs } of plan) expect(stopNs).toBeGreaterThan(startNs);
});

it('inflicts the same faults on the same nodes at the same times', async () => {
  const options = completeOptions({ backend: 'sim', nemeses }, 6);
  const plan = planOf((await simulateRun(options)).operations);
  const cluster = createSimulation(options, { traced: false });
  const recorded: Operation[] = [];
  await cluster.drive(cluster.start());
  const originNs = cluster.clock.nowNs();
  const record = (operation: Pick<Operation, 'type' | 'f' | 'value'>): void => {
    const time = cluster.clock.nowNs() - originNs;
    recorded.push({ index: recorded.length, time, process: 'nemesis', ...operation });
  };
  await cluster.drive(plannedFaults(plan, cluster, originNs, record).run());
  const again = planOf(recorded);
  const what = ({ name, nemesis, target }: PlannedFault) => ({ name, nemesis, target });
  expect(again.map(what)).toEqual(plan.map(what));
  expect(again.map(({ startNs }) => startNs)).toEqual(plan.map(({ startNs }) => startNs));
});

it('refuses a history that does not say what was done', () => {
  const start: Operation = { index: 0, time: 1, type: 'invoke', process: 'nemesis', f: 'start-kill', value: {} };
  expect(() => planOf([start])).toThrow('operation 0 does not say what was done to whom and when');
});
