// A controller to be killed: starts a cluster named by its first argument from the compiled program, says so, and hangs.
import { dockerCluster } from '../../dist/cluster/docker/docker-cluster.js';

const cluster = dockerCluster(
  { runId: process.argv[2], nodes: ['n1', 'n2', 'n3'], bug: null, seed: 1 },
  { say: (line) => process.stderr.write(`${line}\n`) },
);
await cluster.start();
process.stdout.write('started\n');
setInterval(() => undefined, 1000);
