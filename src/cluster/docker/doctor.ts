import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { asChaosError, ChaosError } from '../../base/errors.ts';
import type { AgentLink } from './agent-link.ts';
import { builtDirectory } from './build-context.ts';
import type { DockerOptions } from './docker-cluster.ts';
import { connectEngine } from './engine.ts';
import { podImages } from './images.ts';
import { clusterLabels } from './labels.ts';
import { createNetwork } from './network.ts';
import { startAgent } from './pod.ts';
import { programs } from './programs/programs.ts';
import { removeCluster } from './removal.ts';

/** One thing that a run in Docker needs of this machine. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or why it is not there. */
  readonly detail: string;
  /** How to get it, where it is not there and there is a way. */
  readonly remedy?: string;
}

/**
 * Tries what a run would do, one after the other, and removes it again: engine, images, network, the agent's packet
 * filter, the way from here to a container. What cannot be tried because of an earlier failure is left out. Never
 * rejects. Builds the images where they are missing, which may take half a minute.
 */
export async function dockerDoctor(options: DockerOptions): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const environment = options.environment ?? process.env;
  const clusterId = randomUUID();
  const labels = clusterLabels(`doctor-${clusterId.slice(0, 8)}`, clusterId);
  const name = (what: string) => `raft-chaos-doctor-${clusterId.slice(0, 8)}-${what}`;

  /** Runs one check; null when it failed. */
  const check = async <T>(checkName: string, run: () => Promise<readonly [T, string]>): Promise<T | null> => {
    try {
      const [value, detail] = await run();
      checks.push({ name: checkName, ok: true, detail });
      return value;
    } catch (thrown) {
      const { message, remedy } = asChaosError(thrown, checkName);
      checks.push({ name: checkName, ok: false, detail: message, ...(remedy === undefined ? {} : { remedy }) });
      return null;
    }
  };

  const engine = await check('Docker engine', async () => {
    const found = await connectEngine();
    return [found, `${found.version}, API ${found.apiVersion}, kernel ${found.kernel}, at ${found.address}`];
  });
  if (engine === null) return checks;
  const { docker } = engine;

  const images = await check('images', async () => {
    const { program = programs.raft, distDirectory = builtDirectory } = options;
    const found = await podImages(docker, { forNodes: program.image, distDirectory, environment, say: options.say });
    return [found, `${found.node.reference} and ${found.agent.reference}, built on ${found.base.reference}`];
  });

  let link: AgentLink | null = null;
  try {
    const network = await check('internal network', async () => {
      const subnet = environment['RAFT_CHAOS_SUBNET'] || null;
      const made = await createNetwork(docker, { name: name('network'), labels, nodeCount: 1, subnet });
      return [made, made.subnet];
    });
    const address = network?.addresses[0];
    if (images !== null && network !== null && address !== undefined) {
      link = await check('pod agent', async () => {
        const agent = await startAgent(docker, {
          node: 'doctor',
          containerName: name('agent'),
          image: images.agent.reference,
          networkId: network.id,
          address,
          labels,
        });
        const state = await agent.link.request('state', {});
        return [agent.link, `Node.js ${state.nodeVersion}, ${state.nft}`];
      });
      if (link !== null) {
        await check('partitions (nft)', () => tryCut(link as AgentLink, address));
        await check('containers reachable from here', () => tryConnect(address));
      }
    }
  } finally {
    link?.close();
    await check('cleaning up', async () => [null, `${(await removeCluster(docker, clusterId)).length} things removed`]);
  }
  return checks;
}

/** Cuts the agent off from itself and has the kernel count what its own probe loses by that. */
async function tryCut(link: AgentLink, address: string): Promise<readonly [true, string]> {
  await link.request('cut', { inbound: [], outbound: [address] });
  await link.request('probe', { round: 1, peers: [address], waitMs: 100 });
  const { outbound } = await link.request('dropped', {});
  const packets = outbound[address] ?? 0;
  if (packets === 0) {
    throw new ChaosError('no-packet-filter', 'nft took the rules, but the kernel dropped nothing', {
      remedy: 'the kernel needs nf_tables with sets that count by element (Linux 5.7 or later)',
    });
  }
  return [true, `${packets} packets dropped as asked`];
}

const connectTimeoutMs = 2_000;

/** To a port where nothing listens: being refused by the container is the proof of having reached it. */
function tryConnect(address: string): Promise<readonly [true, string]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: 1, timeout: connectTimeoutMs });
    const unreachable = (reason: string) => {
      socket.destroy();
      reject(
        new ChaosError('container-unreachable', `${address} does not answer: ${reason}`, {
          remedy:
            'run where the engine runs: on a Linux host with its own engine, not with a remote or virtualised one',
        }),
      );
    };
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve([true, address]);
      else unreachable(error.message);
    });
    socket.on('timeout', () => unreachable(`no answer within ${connectTimeoutMs} ms`));
    socket.on('connect', () => {
      socket.destroy();
      resolve([true, address]);
    });
  });
}
