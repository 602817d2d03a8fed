import { memoryWorld } from '../../src/base/memory/world.ts';
import { SimCluster } from '../../src/cluster/sim.ts';
import { clusterConformance } from './conformance.ts';

clusterConformance('the simulation', () => {
  const world = memoryWorld(11);
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const cluster = new SimCluster({ runId: 'conformance', nodes, bug: null, seed: 11 }, world);
  return {
    cluster,
    drive: (scenario) => world.clock.drive(scenario),
    crash: async (node) => cluster.crash(node),
  };
});
