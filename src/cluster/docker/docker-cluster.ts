import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { assert, present } from '../../base/assert.ts';
import { ChaosError } from '../../base/errors.ts';
import { formatAddress } from '../../base/network.ts';
import { failure } from '../../base/outcome.ts';
import { realClock } from '../../base/real/clock.ts';
import { peerPort } from '../../node/settings.ts';
import type { Cluster, ClusterFacts, ClusterOptions } from '../cluster.ts';
import type { AgentLink } from './agent-link.ts';
import { builtDirectory } from './build-context.ts';
import { collectNode, lastWords } from './collect.ts';
import { crashReports } from './crash-reports.ts';
import { connectEngine, type Engine, loadTestcontainers } from './engine.ts';
import { type PodImages, podImages } from './images.ts';
import { clusterLabels } from './labels.ts';
import { makePods, type Pod } from './make-pods.ts';
import type { ClusterNetwork } from './network.ts';
import { type NetworkFaults, networkFaults } from './network-faults.ts';
import type { NodeProcess } from './node-process.ts';
import { type NodeWatch, watchNodes } from './node-watch.ts';
import type { NodeProgram } from './programs/program.ts';
import { programs } from './programs/programs.ts';
import { untilAnswers } from './readiness.ts';
import { removeCluster } from './removal.ts';
import { armWatchdog, type Watchdog } from './watchdog-link.ts';

export interface DockerOptions {
  /** Told, a line each, of what takes long: building images. */
  readonly say: (line: string) => void;
  /** What the nodes run; the node program of the Raft library unless given. */
  readonly program?: NodeProgram;
  /** The compiled program that goes into the images; the package's own `dist` unless given. */
  readonly distDirectory?: string;
  /**
   * Where RAFT_CHAOS_BASE_IMAGE and RAFT_CHAOS_SUBNET are looked up; the process's own environment unless given.
   */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * A cluster of nodes in the Docker engine of this host: containers are reached at their own addresses, which takes an
 * engine on the same Linux kernel.
 */
export function dockerCluster(options: ClusterOptions, dockerOptions: DockerOptions): Cluster {
  const { say, program = programs.raft, distDirectory = builtDirectory, environment = process.env } = dockerOptions;
  const clusterId = randomUUID();
  const clock = realClock();
  const client = program.client(clock);
  const links = new Map<string, AgentLink>();
  const pods = new Map<string, Pod>();
  let engine: Engine | null = null;
  let watchdog: Promise<Watchdog> | null = null;
  let watch: NodeWatch | null = null;
  /** The time in which containers and the network come into being: `stop` waits for its end, so that it finds them all. */
  let making: Promise<ClusterNetwork> | null = null;
  let faults: NetworkFaults | null = null;
  let stopped = false;

  const crashes = crashReports({
    agentAnswers: async (node) => present(links.get(node), 'an agent is there before its node').request('state', {}),
    lastWords: async (node) => {
      const pod = pods.get(node);
      return engine === null || pod === undefined ? '' : lastWords(engine.docker, pod.containerId);
    },
  });

  /** Those that were made, in the order of the nodes' names. */
  const madePods = (): Pod[] => options.nodes.flatMap((node) => pods.get(node) ?? []);
  const clientAddress = (pod: Pod) => ({ host: pod.address, port: program.clientPort });
  const goOn = () => {
    if (stopped) throw new ChaosError('stopped', 'the cluster was stopped while it was starting');
  };
  const started = (): NetworkFaults => {
    if (stopped) throw new ChaosError('stopped', 'the cluster has been stopped');
    if (faults === null) throw new ChaosError('not-started', 'the cluster has not been started');
    return faults;
  };
  const processOf = (node: string): NodeProcess => {
    started();
    return present(pods.get(node), `${node} is a node of this cluster`).process;
  };

  async function start(): Promise<ClusterFacts> {
    assert(engine === null, 'a cluster is started once');
    const connected = await connectEngine();
    goOn();
    engine = connected;
    watchdog = armWatchdog(clusterId, options.runId);
    // Loading takes a while: meanwhile the network and the agents come up. Where it fails, it fails again when used.
    void loadTestcontainers().catch(() => undefined);
    const imageOptions = { forNodes: program.image, distDirectory, environment, say };
    const [images] = await Promise.all([podImages(connected.docker, imageOptions), watchdog]);
    goOn();
    making = make(connected, images);
    const network = await making;
    await Promise.all(
      madePods().map((pod) =>
        untilAnswers(connected.docker, { ...pod, address: clientAddress(pod), clock, client, goOn }),
      ),
    );
    goOn();
    faults = networkFaults(madePods());
    return factsOf(connected, images, network, madePods());
  }

  async function make({ docker }: Engine, images: PodImages): Promise<ClusterNetwork> {
    watch = await watchNodes(docker, clusterId, options.nodes, (exit) => crashes.ended(exit));
    return makePods(docker, {
      options,
      program,
      images,
      watch,
      goOn,
      labels: clusterLabels(options.runId, clusterId),
      subnet: environment['RAFT_CHAOS_SUBNET'] || null,
      linked: (node, link) => links.set(node, link),
      made: (pod) => pods.set(pod.node, pod),
    });
  }

  async function healAll(): Promise<void> {
    const network = started();
    // Each is tried, whatever becomes of the others: one node that cannot be healed is no reason to leave the rest hurt.
    const healed = await Promise.allSettled([
      network.healAll(),
      ...options.nodes.map((node) => processOf(node).recover()),
    ]);
    for (const result of healed) if (result.status === 'rejected') throw result.reason;
  }

  async function collect(directory: string): Promise<void> {
    if (engine === null) return;
    const { docker } = engine;
    const collected = await Promise.allSettled(
      madePods().map((pod) => collectNode(docker, pod.containerId, join(directory, pod.node))),
    );
    for (const result of collected) if (result.status === 'rejected') throw result.reason;
  }

  async function stop(): Promise<void> {
    stopped = true;
    client.close();
    await making?.catch(() => undefined);
    await crashes.stop();
    for (const link of links.values()) link.close();
    watch?.close();
    if (engine !== null && making !== null) await removeCluster(engine.docker, clusterId);
    // Only now: where something withstood, the watchdog tries again after the end of this process.
    await watchdog?.then(
      (armed) => armed.dismiss(),
      () => undefined,
    );
  }

  return {
    backend: 'docker',
    nodes: options.nodes,
    clock,
    start,
    call: (node, request, timeoutMs, done) => {
      assert(options.nodes.includes(node), () => `${node} is a node of this cluster`);
      const pod = pods.get(node);
      if (pod !== undefined) client.call(clientAddress(pod), request, timeoutMs, done);
      else setImmediate(done, failure(new ChaosError('connection-refused', `${node} has not been started`)));
    },
    peerAddress: (node) => {
      const { address } = present(pods.get(node), `${node} has been started`);
      return formatAddress({ host: address, port: peerPort });
    },
    cut: async (fault, links) => started().cut(fault, links),
    heal: async (fault) => started().heal(fault),
    healAll,
    dropped: async () => started().dropped(),
    probe: async () => started().probe(),
    pause: async (node, how) => processOf(node).pause(how),
    resume: async (node) => processOf(node).resume(),
    kill: async (node) => processOf(node).kill(),
    restart: async (node) => processOf(node).restart(),
    observe: async (node) => processOf(node).observe(),
    network: null,
    power: null,
    disks: null,
    clocks: null,
    drive: (scenario) => scenario,
    onCrash: (listener) => crashes.onCrash(listener),
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
