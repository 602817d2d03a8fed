import { present } from '../../base/assert.ts';
import type { Delays } from '../../base/conditions.ts';
import { ChaosError } from '../../base/errors.ts';
import { type MemoryWorld, memoryWorld } from '../../base/memory/world.ts';
import { formatAddress } from '../../base/network.ts';
import { type Callback, failure } from '../../base/outcome.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../../base/requests.ts';
import { clientPort, peerPort } from '../../node/settings.ts';
import type {
  ClockFaults,
  Cluster,
  ClusterFacts,
  ClusterOptions,
  DroppedOnLink,
  Link,
  NetworkFaults,
  NodeCrash,
  NodeObservation,
  PauseMethod,
  PowerFaults,
} from '../cluster.ts';
import { collectNodes } from './collect.ts';
import { simDisks } from './disk-faults.ts';
import { LinkFaults } from './link-faults.ts';
import { exchange, probe, tryConnect } from './prober.ts';
import { dataDirectory } from './settings.ts';
import { SimNode } from './sim-node.ts';

const clientHost = 'clients';

export interface SimOptions extends ClusterOptions {
  /** What network and disks are like when nothing is wrong: one transmission, one sync. */
  readonly linkLatency: Delays;
  readonly syncLatency: Delays;
  /** Whether the nodes' traces are kept. */
  readonly traced: boolean;
  /** A scenario that takes longer than this of virtual time has hung: it rejects with `virtual-timeout`. */
  readonly patienceMs: number;
}

/** A cluster in a world in memory: the very program of the containers, on virtual time. All of it follows from the seed. */
export class SimCluster implements Cluster {
  readonly backend = 'sim';
  readonly nodes: readonly string[];
  readonly clock;
  readonly network: NetworkFaults;
  readonly power: PowerFaults;
  readonly disks;
  readonly clocks: ClockFaults;
  readonly #options: SimOptions;
  readonly #world: MemoryWorld;
  readonly #links: LinkFaults;
  readonly #nodes = new Map<string, SimNode>();
  readonly #crashListeners: ((crash: NodeCrash) => void)[] = [];
  #client: RequestClient | null = null;
  #stopped = false;

  constructor(options: SimOptions) {
    const { nodes, seed, linkLatency, syncLatency } = options;
    this.nodes = nodes;
    this.#options = options;
    this.#world = memoryWorld(seed, { network: { latency: linkLatency }, disk: { syncLatency } });
    this.clock = this.#world.clock;
    this.#links = new LinkFaults(this.#world.network);
    this.network = this.#networkFaults();
    this.power = { cut: async (name) => this.#node(name).cutPower() };
    this.disks = simDisks((name) => this.#node(name));
    this.clocks = { set: async (name, change) => this.#node(name).host.setClock(change) };
  }

  drive<T>(scenario: Promise<T>): Promise<T> {
    return this.#world.clock.drive(scenario, this.clock.nowNs() + this.#options.patienceMs * 1e6);
  }

  async start(): Promise<ClusterFacts> {
    this.#client = this.#world.host(clientHost).start().requestClient;
    for (const name of this.nodes) this.#nodes.set(name, this.#makeNode(name));
    await Promise.all([...this.#nodes.values()].map(started));
    return { simulated: true };
  }

  call(node: string, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void {
    if (this.#client !== null) this.#client.call({ host: node, port: clientPort }, request, timeoutMs, done);
    else this.clock.setTimer(0, () => done(failure(new ChaosError('connection-refused', `${node} is not started`))));
  }

  peerAddress(node: string): string {
    return formatAddress({ host: node, port: peerPort });
  }

  async cut(fault: string, links: readonly Link[]): Promise<void> {
    this.#mustRun();
    this.#links.cut(fault, links);
  }

  async heal(fault: string): Promise<void> {
    this.#mustRun();
    this.#links.heal(fault);
  }

  async healAll(): Promise<void> {
    this.#mustRun();
    this.#links.healAll();
    this.disks.mendAll();
    for (const node of this.#nodes.values()) {
      node.host.setClock({ rate: 1, jumpMs: -node.host.wallAheadMs() });
      await this.resume(node.name);
      await this.restart(node.name);
    }
  }

  async dropped(): Promise<readonly DroppedOnLink[]> {
    this.#mustRun();
    return this.#links.dropped();
  }

  async probe(): Promise<readonly Link[]> {
    this.#mustRun();
    const links = this.nodes.flatMap((from) => this.nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const open = await Promise.all(links.map(({ from, to }) => probe(this.clock, this.#node(from).prober, to)));
    return links.filter((_, place) => open[place]);
  }

  /** Both methods are one here: nothing but the process's own code can tell them apart. */
  async pause(name: string, _how: PauseMethod): Promise<void> {
    const node = this.#node(name);
    if (node.state !== 'running') return;
    node.host.pause();
    node.state = 'paused';
  }

  async resume(name: string): Promise<void> {
    const node = this.#node(name);
    if (node.state !== 'paused') return;
    node.host.resume();
    node.state = 'running';
  }

  async kill(name: string): Promise<void> {
    this.#node(name).end('killed');
  }

  /** What becomes of the start is not waited for: where it fails, that is an exit like any other. */
  async restart(name: string): Promise<void> {
    const node = this.#node(name);
    if (node.state === 'dead') node.start().catch(() => undefined);
  }

  async observe(name: string): Promise<NodeObservation> {
    const { state, death, starts } = this.#node(name);
    const connection = await tryConnect(this.clock, this.#world.network.host(clientHost), name, clientPort);
    return {
      state,
      detail: state === 'dead' ? death : state,
      pid: state === 'dead' ? null : starts,
      starts,
      connection,
    };
  }

  onCrash(listener: (crash: NodeCrash) => void): void {
    this.#crashListeners.push(listener);
  }

  async collect(directory: string): Promise<void> {
    collectNodes(this.#nodes.values(), directory);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    for (const node of this.#nodes.values()) node.end('killed');
    this.#stopped = true;
    this.#client?.close();
    this.#client = null;
  }

  /** Ends a node's process as a fault of its own would: nobody has asked for it. */
  crash(name: string): void {
    this.#node(name).endedBy(new Error('crashed'));
  }

  #networkFaults(): NetworkFaults {
    return {
      degrade: async (fault, links, condition) => {
        this.#mustRun();
        this.#links.degrade(fault, links, condition);
      },
      restore: async (fault) => this.#links.restore(fault),
      traffic: async ({ from, to }) => this.#world.network.traffic(from, to),
      echo: ({ from, to }, count, messageBytes) =>
        exchange(this.clock, this.#node(from).prober, to, { count, messageBytes }),
    };
  }

  #makeNode(name: string): SimNode {
    const { seed, bug, timing, compaction, traced } = this.#options;
    const members = this.nodes.map((member) => ({ name: member, host: member }));
    const settings = { node: name, members, clusterId: 'simulation', seed, bug, timing, compaction, dataDirectory };
    // In an event of its own: what a listener throws is none of the node's errors.
    const crashed = (crash: NodeCrash): void =>
      this.#world.clock.schedule(0, () => {
        for (const listener of this.#crashListeners) listener(crash);
      });
    return new SimNode(settings, this.#world.host(name), this.#world.network.host(name), traced, crashed);
  }

  #mustRun(): void {
    if (this.#stopped) throw new ChaosError('stopped', 'the cluster has been stopped');
    if (this.#nodes.size === 0) throw new ChaosError('not-started', 'the cluster has not been started');
  }

  #node(name: string): SimNode {
    this.#mustRun();
    return present(this.#nodes.get(name), `${name} is a node of this cluster`);
  }
}

async function started(node: SimNode): Promise<void> {
  await node.start().catch(() => {
    throw new ChaosError('node-not-up', `${node.name} did not start: ${node.log}`);
  });
}
