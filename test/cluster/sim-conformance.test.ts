import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import { clusterConformance } from './conformance.ts';

clusterConformance('the simulation', () => {
  const cluster = createSimulation(completeOptions({ backend: 'sim' }, 11), { traced: true });
  return { cluster, crash: async (node) => cluster.crash(node) };
});
