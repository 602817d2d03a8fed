import { describe } from 'vitest';
import { dockerCluster } from '../../src/cluster/docker/docker-cluster.ts';
import { defaultTiming } from '../../src/raft/timers.ts';
import { needsDocker } from '../support/needs.ts';
import { clusterConformance } from './conformance.ts';
import { killContainer, newRunId, say } from './docker-support.ts';

describe.skipIf(!(await needsDocker()))('the port', { timeout: 120_000 }, () => {
  clusterConformance('Docker', () => {
    const runId = newRunId();
    const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
    return {
      cluster: dockerCluster({ runId, nodes, bug: null, seed: 11, timing: defaultTiming, compaction: null }, { say }),
      crash: (node) => killContainer(runId, node),
    };
  });
});
