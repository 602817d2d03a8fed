import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { assert, present } from '../../base/assert.ts';
import { promised, sleep } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import { failure } from '../../base/outcome.ts';
import { realClock } from '../../base/real/clock.ts';
import { httpRequestClient } from '../../base/real/request-client.ts';
import type { ApiRequest, ApiResponse } from '../../base/requests.ts';
import { clientPort, settingsToEnvironment } from '../../node/settings.ts';
import type { Cluster, ClusterFacts, ClusterOptions } from '../cluster.ts';
import type { AgentState } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import { builtDirectory } from './build-context.ts';
import { collectNode, dataDirectory, lastOutput } from './collect.ts';
import { connectEngine, type Engine, loadTestcontainers } from './engine.ts';
import { type PodImages, podImages } from './images.ts';
import { clusterLabels } from './labels.ts';
import { type ClusterNetwork, createNetwork } from './network.ts';
import { type NetworkFaults, networkFaults } from './network-faults.ts';
import { startAgent, startNode } from './pod.ts';
import { removeCluster } from './removal.ts';

export interface DockerOptions {
  /** Told, a line each, of what takes long: building images. */
  readonly say: (line: string) => void;
  /** The compiled program that goes into the images; the package's own `dist` unless given. */
  readonly distDirectory?: string;
  /**
   * Where RAFT_CHAOS_BASE_IMAGE and RAFT_CHAOS_SUBNET are looked up; the process's own environment unless given.
   */
  readonly environment?: NodeJS.ProcessEnv;
}

interface Pod {
  readonly node: string;
  readonly address: string;
  readonly link: AgentLink;
  readonly state: AgentState;
  /** Of the node's container. */
  readonly containerId: string;
}

/** How long all nodes together may take until they answer, from when their containers run. */
const answerTimeoutMs = 30_000;
const answerPollMs = 25;

/**
 * A cluster of nodes in the Docker engine of this host: containers are reached at their own addresses, which takes an
 * engine on the same Linux kernel.
 */
export function dockerCluster(options: ClusterOptions, dockerOptions: DockerOptions): Cluster {
  const { say, distDirectory = builtDirectory, environment = process.env } = dockerOptions;
  const clusterId = randomUUID();
  const labels = clusterLabels(options.runId, clusterId);
  const clock = realClock();
  const client = httpRequestClient(clock);
  const links = new Map<string, AgentLink>();
  let pods: readonly Pod[] = [];
  let engine: Engine | null = null;
  /** The time in which containers and the network come into being: `stop` waits for its end, so that it finds them all. */
  let making: Promise<ClusterNetwork> | null = null;
  let faults: NetworkFaults | null = null;
  let stopped = false;

  const goOn = () => {
    if (stopped) throw new ChaosError('stopped', 'the cluster was stopped while it was starting');
  };
  const started = (): NetworkFaults => present(faults, 'the cluster has been started');
  const nameOf = (what: string) => `raft-chaos-${options.runId}-${what}`.replace(/[^a-zA-Z0-9_.-]/g, '-');

  async function start(): Promise<ClusterFacts> {
    assert(engine === null, 'a cluster is started once');
    const connected = await connectEngine();
    engine = connected;
    // Loading takes a while: meanwhile the network and the agents come up. Where it fails, it fails again when used.
    void loadTestcontainers().catch(() => undefined);
    const images = await podImages(connected.docker, { distDirectory, environment, say });
    goOn();
    making = makeAll(connected.docker, images);
    const network = await making;
    await Promise.all(pods.map((pod) => answers(connected.docker, pod)));
    faults = networkFaults(pods);
    return factsOf(connected, images, network, pods);
  }

  async function makeAll(docker: Docker, images: PodImages): Promise<ClusterNetwork> {
    const network = await createNetwork(docker, {
      name: nameOf('network'),
      labels,
      nodeCount: options.nodes.length,
      subnet: environment['RAFT_CHAOS_SUBNET'] || null,
    });
    const members = options.nodes.map((name, index) => ({
      name,
      host: present(network.addresses[index], 'an address for each node'),
    }));
    const settings = { members, clusterId: options.runId, seed: options.seed, bug: options.bug, dataDirectory };
    // All are waited for even when one has failed: what is being made at the moment has to be found by `stop`.
    const made = await Promise.allSettled(
      members.map(async ({ name: node, host: address }): Promise<Pod> => {
        goOn();
        const agent = await startAgent(docker, {
          node,
          address,
          labels,
          containerName: nameOf(`${node}-agent`),
          image: images.agent.reference,
          networkId: network.id,
        });
        links.set(node, agent.link);
        goOn();
        const containerId = await startNode({
          node,
          labels,
          containerName: nameOf(node),
          image: images.node.reference,
          agentId: agent.id,
          environment: settingsToEnvironment({ ...settings, node }),
        });
        return { node, address, link: agent.link, state: await agent.link.request('state', {}), containerId };
      }),
    );
    pods = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    for (const result of made) if (result.status === 'rejected') throw result.reason;
    return network;
  }

  /** Waits until the node's client API answers. Rejects with `node-not-up` when its container dies or time is over. */
  async function answers(docker: Docker, pod: Pod): Promise<void> {
    const deadlineNs = clock.nowNs() + answerTimeoutMs * 1e6;
    const status: ApiRequest = { method: 'GET', path: '/status' };
    for (let polls = 1; ; polls++) {
      goOn();
      const response = await promised<ApiResponse>(clock, (done) => {
        client.call({ host: pod.address, port: clientPort }, status, 1_000, done);
      }).catch((error: ChaosError) => error);
      if (!(response instanceof ChaosError) && response.status === 200) return;
      const late = clock.nowNs() > deadlineNs;
      const dead = polls % 20 === 0 && !(await docker.getContainer(pod.containerId).inspect()).State.Running;
      if (late || dead) {
        const detail = response instanceof ChaosError ? response.message : `status ${response.status}`;
        const output = await lastOutput(docker, pod.containerId);
        throw new ChaosError(
          'node-not-up',
          `${pod.node} does not answer (${detail}); it printed: ${output || 'nothing'}`,
          {
            remedy: dead
              ? 'the container has ended: see what it printed'
              : 'the engine must run on this very Linux host: the nodes are reached at their own addresses',
          },
        );
      }
      await sleep(clock, answerPollMs);
    }
  }

  async function collect(directory: string): Promise<void> {
    if (engine === null) return;
    const { docker } = engine;
    const collected = await Promise.allSettled(
      pods.map((pod) => collectNode(docker, pod.containerId, join(directory, pod.node))),
    );
    for (const result of collected) if (result.status === 'rejected') throw result.reason;
  }

  async function stop(): Promise<void> {
    stopped = true;
    client.close();
    await making?.catch(() => undefined);
    for (const link of links.values()) link.close();
    if (engine !== null && making !== null) await removeCluster(engine.docker, clusterId);
  }

  return {
    backend: 'docker',
    nodes: options.nodes,
    clock,
    start,
    call: (node, request, timeoutMs, done) => {
      assert(options.nodes.includes(node), () => `${node} is a node of this cluster`);
      const pod = pods.find((candidate) => candidate.node === node);
      if (pod !== undefined) client.call({ host: pod.address, port: clientPort }, request, timeoutMs, done);
      else setImmediate(done, failure(new ChaosError('connection-refused', `${node} has not been started`)));
    },
    cut: (fault, links) => started().cut(fault, links),
    heal: (fault) => started().heal(fault),
    healAll: () => started().healAll(),
    dropped: () => started().dropped(),
    probe: () => started().probe(),
    collect,
    stop,
  };
}

function factsOf(engine: Engine, images: PodImages, network: ClusterNetwork, pods: readonly Pod[]): ClusterFacts {
  const agent = present(pods[0], 'a cluster has nodes').state;
  return {
    backend: 'docker',
    engine: engine.version,
    engineApi: engine.apiVersion,
    engineAddress: engine.address,
    kernel: engine.kernel,
    nodeVersion: agent.nodeVersion,
    nft: agent.nft,
    images: {
      base: { reference: images.base.reference, id: images.base.id },
      node: { reference: images.node.reference, id: images.node.id },
      agent: { reference: images.agent.reference, id: images.agent.id },
    },
    subnet: network.subnet,
    addresses: Object.fromEntries(pods.map((pod) => [pod.node, pod.address])),
  };
}
