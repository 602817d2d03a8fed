/**
 * The agent of a pod: it owns the network and process namespaces that the node shares, and hurts the node from there.
 * Being process 1 of that process namespace, it takes the node with it when it ends, and it ends with its standard
 * input: when the controller dies, however it dies, so does the pod. Processes orphaned in the pod become its children,
 * and Node.js waits only for those it started; they stay as zombies until the pod ends, which is soon.
 */
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import { unreachable } from '../../../base/assert.ts';
import { asChaosError } from '../../../base/errors.ts';
import { tryConnection } from './connection.ts';
import { nftVersion, packetFilter } from './packet-filter.ts';
import { prober } from './prober.ts';
import { nodeProcesses } from './processes.ts';
import type { AgentCalls, AgentOperation, AgentReply, AgentRequest } from './protocol.ts';

const exit = () => process.exit(0);
// Process 1 has no default action for a signal: without a handler it would ignore them.
process.on('SIGTERM', exit);
process.on('SIGINT', exit);

const filter = packetFilter();
const probes = prober();
const processes = nodeProcesses();

createInterface({ input: process.stdin })
  .on('line', (line) => void serve(JSON.parse(line) as AgentRequest))
  .on('close', exit);
process.stdin.on('error', exit);
// A reply that nobody takes any more: the controller is gone, and the end of the input says so too.
process.stdout.on('error', exit);

async function serve(request: AgentRequest): Promise<void> {
  try {
    reply({ id: request.id, ok: true, answer: await answer(request) });
  } catch (thrown) {
    const { code, message, remedy = null } = asChaosError(thrown, request.op);
    reply({ id: request.id, ok: false, code, message, remedy });
  }
}

async function answer(request: AgentRequest): Promise<AgentCalls[AgentOperation]['answer']> {
  switch (request.op) {
    case 'state':
      return {
        ...(await filter.applied()),
        nodeVersion: process.version,
        kernel: release(),
        nft: await nftVersion(),
      };
    case 'cut':
      await filter.cut({ inbound: request.inbound, outbound: request.outbound });
      return null;
    case 'dropped':
      return filter.dropped();
    case 'probe':
      await probes.probe(request.round, request.peers, request.waitMs);
      return null;
    case 'heard':
      return probes.heard(request.round);
    case 'signal':
      return processes.signal(request.signal);
    case 'observe': {
      const [process, connection] = await Promise.all([
        processes.sight(),
        tryConnection(request.address, request.port, request.waitMs),
      ]);
      return { process, connection };
    }
    default:
      return unreachable(request);
  }
}

function reply(reply: AgentReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
