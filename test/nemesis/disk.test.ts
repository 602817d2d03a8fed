import { expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import type { DiskFaults } from '../../src/cluster/cluster.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import type { Evidence } from '../../src/nemesis/nemesis.ts';
import { kindNamed } from '../../src/nemesis/spec.ts';
import { untilBroadcast } from '../cluster/conformance-steps.ts';
import { withParts } from './with-parts.ts';

/** What is told in the end of a fault of the disk of n1, while the cluster works. */
async function endOf(fault: string, disks: (real: DiskFaults) => DiskFaults = (real) => real): Promise<Evidence> {
  const simulation = createSimulation(completeOptions({ backend: 'sim', nodeCount: 3 }, 4), { traced: false });
  const cluster = withParts(simulation, { disks: disks(simulation.disks) });
  const { inject, heal } = kindNamed('disk').aim({ nodes: ['n1'], fault, delayMs: 50 }, cluster);
  const scenario = async (): Promise<Evidence> => {
    await simulation.start();
    await untilBroadcast(simulation, 'n2', 'before');
    expect(await inject('fault')).toMatchObject({ effective: false });
    await untilBroadcast(simulation, 'n2', 'during');
    await sleep(simulation.clock, 3000);
    for (const message of ['a', 'b', 'c', 'd', 'e', 'f']) await untilBroadcast(simulation, 'n2', message);
    await sleep(simulation.clock, 3000);
    return heal('fault');
  };
  return simulation.drive(scenario());
}

it.each([
  ['slow', /ms for each of [1-9]\d* syncs/],
  ['full', /last words: .*ENOSPC/],
  ['eio', /last words: .*EIO/],
] as const)('a disk that is %s is seen by what it did to the node', async (fault, words) => {
  const { effective, evidence } = await endOf(fault);
  expect([effective, evidence.join()]).toEqual([true, expect.stringMatching(words)]);
});

it.each(['slow', 'full', 'eio'])('a disk that is sound is not seen to be %s', async (fault) => {
  const idle = (real: DiskFaults): DiskFaults => ({ ...real, impair: async () => {}, mend: async () => {} });
  expect(await endOf(fault, idle)).toMatchObject({ effective: false });
});
