// A controller to be killed: starts a cluster named by its first argument from the compiled program, says so, and hangs,
// or goes on hurting the nodes where the second is `faults`.
import { dockerCluster } from '../../dist/cluster/docker/docker-cluster.js';
import { defaultTiming } from '../../dist/raft/timers.js';

const [, , runId, then] = process.argv;
const cluster = dockerCluster(
  { runId, nodes: ['n1', 'n2', 'n3'], bug: null, seed: 1, timing: defaultTiming, compaction: null },
  { say: (line) => process.stderr.write(`${line}\n`) },
);
await cluster.start();
process.stdout.write('started\n');
setInterval(() => undefined, 1000);
while (then === 'faults') {
  await Promise.all([cluster.pause('n1', 'freezer'), cluster.kill('n2'), cluster.pause('n3', 'signal')]);
  await cluster.healAll();
}
