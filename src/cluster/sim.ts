import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../base/assert.ts';
import { ChaosError } from '../base/errors.ts';
import type { MemoryHost, MemoryWorld } from '../base/memory/world.ts';
import type { Network } from '../base/network.ts';
import { type Callback, failure } from '../base/outcome.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../base/requests.ts';
import { startNode } from '../node/node.ts';
import { clientPort } from '../node/settings.ts';
import type {
  Cluster,
  ClusterFacts,
  ClusterOptions,
  DroppedOnLink,
  Link,
  NodeCrash,
  NodeObservation,
  PauseMethod,
} from './cluster.ts';

const clientHost = 'clients';
const probePort = 9000;
const probeTimeoutMs = 300;

/** A simulated machine, what runs on it and what that has said so far. */
interface SimNode {
  readonly name: string;
  readonly host: MemoryHost;
  /** Beside the node on the same links, and alive when the node is not. */
  readonly prober: Network;
  state: NodeObservation['state'];
  starts: number;
  log: string;
  trace: string;
}

/** A cluster in a world in memory: the very program of the containers, on virtual time. */
export class SimCluster implements Cluster {
  readonly backend = 'sim';
  readonly nodes: readonly string[];
  readonly clock;
  readonly #options: ClusterOptions;
  readonly #world: MemoryWorld;
  readonly #nodes = new Map<string, SimNode>();
  readonly #cuts = new Map<string, readonly Link[]>();
  /** By the name of a link that is cut: how much it had dropped before. */
  readonly #droppedBefore = new Map<string, number>();
  readonly #crashListeners: ((crash: NodeCrash) => void)[] = [];
  #client: RequestClient | null = null;
  #stopped = false;

  constructor(options: ClusterOptions, world: MemoryWorld) {
    this.nodes = options.nodes;
    this.clock = world.clock;
    this.#options = options;
    this.#world = world;
  }

  async start(): Promise<ClusterFacts> {
    this.#client = this.#world.host(clientHost).start().requestClient;
    for (const name of this.nodes) {
      const node: SimNode = {
        name,
        host: this.#world.host(name),
        prober: this.#world.network.host(name),
        state: 'dead',
        starts: 0,
        log: '',
        trace: '',
      };
      this.#nodes.set(name, node);
      answerProbes(node);
    }
    await Promise.all([...this.#nodes.values()].map((node) => this.#startProcess(node)));
    return { simulated: true };
  }

  call(node: string, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void {
    if (this.#client !== null) this.#client.call({ host: node, port: clientPort }, request, timeoutMs, done);
    else this.clock.setTimer(0, () => done(failure(new ChaosError('connection-refused', `${node} is not started`))));
  }

  async cut(fault: string, links: readonly Link[]): Promise<void> {
    this.#mustRun();
    this.#cuts.set(fault, links);
    for (const { from, to } of links) {
      const name = linkName({ from, to });
      if (!this.#droppedBefore.has(name)) this.#droppedBefore.set(name, this.#world.network.dropped(from, to));
      this.#world.network.cut(from, to);
    }
  }

  async heal(fault: string): Promise<void> {
    this.#mustRun();
    const links = this.#cuts.get(fault) ?? [];
    this.#cuts.delete(fault);
    for (const { from, to } of links) this.#world.network.heal(from, to);
    const cutStill = new Set(this.#cutLinks().map(linkName));
    for (const link of links) if (!cutStill.has(linkName(link))) this.#droppedBefore.delete(linkName(link));
  }

  async healAll(): Promise<void> {
    this.#mustRun();
    for (const fault of [...this.#cuts.keys()]) await this.heal(fault);
    for (const node of this.nodes) {
      await this.resume(node);
      await this.restart(node);
    }
  }

  async dropped(): Promise<readonly DroppedOnLink[]> {
    this.#mustRun();
    return this.#cutLinks().map(({ from, to }) => ({
      from,
      to,
      packets: this.#world.network.dropped(from, to) - (this.#droppedBefore.get(linkName({ from, to })) ?? 0),
    }));
  }

  async probe(): Promise<readonly Link[]> {
    this.#mustRun();
    const links = this.nodes.flatMap((from) => this.nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const met = await Promise.all(links.map(({ from, to }) => this.#connect(from, to, probePort)));
    return links.filter((_, place) => met[place] === 'accepted');
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
    const node = this.#node(name);
    if (node.state !== 'dead') this.#end(node);
  }

  async restart(name: string): Promise<void> {
    const node = this.#node(name);
    if (node.state === 'dead') await this.#startProcess(node);
  }

  async observe(name: string): Promise<NodeObservation> {
    const node = this.#node(name);
    const detail = { running: 'running', paused: 'paused', dead: 'exited' }[node.state];
    const connection = await this.#connect(clientHost, name, clientPort);
    return {
      state: node.state,
      detail,
      pid: node.state === 'dead' ? null : node.starts,
      starts: node.starts,
      connection,
    };
  }

  onCrash(listener: (crash: NodeCrash) => void): void {
    this.#crashListeners.push(listener);
  }

  async collect(directory: string): Promise<void> {
    for (const { name, log, trace } of this.#nodes.values()) {
      mkdirSync(join(directory, name), { recursive: true });
      writeFileSync(join(directory, name, 'stdout.log'), log);
      writeFileSync(join(directory, name, 'trace.jsonl'), trace);
    }
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#client?.close();
    this.#client = null;
    for (const node of this.#nodes.values()) {
      if (node.state !== 'dead') node.host.crash();
      node.state = 'dead';
    }
  }

  /** Ends a node's process as a fault of its own would: nobody has asked for it. */
  crash(name: string): void {
    const node = this.#node(name);
    if (node.state === 'dead') return;
    this.#end(node);
    const crash = { node: name, exitCode: 1, output: lastLines(node.log) };
    for (const listener of this.#crashListeners) listener(crash);
  }

  #mustRun(): void {
    if (this.#stopped) throw new ChaosError('stopped', 'the cluster has been stopped');
    if (this.#nodes.size === 0) throw new ChaosError('not-started', 'the cluster has not been started');
  }

  #node(name: string): SimNode {
    this.#mustRun();
    return present(this.#nodes.get(name), `${name} is a node of this cluster`);
  }

  /** The links that some fault has cut, each once. */
  #cutLinks(): Link[] {
    const links = [...this.#cuts.values()].flat();
    return [...new Map(links.map((link) => [linkName(link), link])).values()];
  }

  #end(node: SimNode): void {
    node.host.crash();
    node.state = 'dead';
    answerProbes(node);
  }

  async #startProcess(node: SimNode): Promise<void> {
    const ports = node.host.start();
    const start = ++node.starts;
    node.state = 'running';
    const starting = startNode(
      {
        node: node.name,
        members: this.nodes.map((name) => ({ name, host: name })),
        clusterId: this.#options.runId,
        seed: this.#options.seed,
        bug: this.#options.bug,
        dataDirectory: 'data',
      },
      {
        clock: ports.clock,
        disk: ports.disk,
        network: ports.network,
        server: ports.requestServer,
        log: (line) => {
          node.log += `${line}\n`;
        },
        trace: (lines) => {
          node.trace += lines;
        },
        exit: () => {
          if (node.starts === start) this.crash(node.name);
        },
      },
    );
    starting.catch((error: Error) => {
      node.log += `cannot start: ${error.message}\n`;
      if (node.starts === start) this.crash(node.name);
    });
    await this.#firstBoot(node, start, starting);
  }

  /** The cluster is started once every node answers; a node that is started again need only run. */
  async #firstBoot(node: SimNode, start: number, starting: Promise<unknown>): Promise<void> {
    if (start > 1) return;
    await starting.catch(() => {
      throw new ChaosError('node-not-up', `${node.name} did not start: ${node.log}`);
    });
  }

  #connect(from: string, to: string, port: number): Promise<NodeObservation['connection']> {
    const network = this.#nodes.get(from)?.prober ?? this.#world.network.host(from);
    return this.clock.promise((resolve) => {
      let met: NodeObservation['connection'] = 'refused';
      // A machine that crashes in the meantime takes the connection along without a word.
      const timer = this.clock.setTimer(probeTimeoutMs, () => {
        connection.close();
        resolve('timeout');
      });
      const connection = network.connect(
        { host: to, port },
        {
          opened: () => {
            met = 'accepted';
            connection.close();
          },
          received: () => {},
          closed: () => {
            timer.cancel();
            resolve(met);
          },
        },
      );
    });
  }
}

/** Listens for probes on the node's machine; a crash ends that with everything else there, so it is begun anew. */
function answerProbes(node: SimNode): void {
  node.prober.listen(
    { host: node.name, port: probePort },
    () => {},
    (outcome) => present(outcome.ok || null, `${node.name} listens for probes`),
  );
}

function lastLines(log: string): string {
  return log.trimEnd().split('\n').slice(-5).join('\n');
}

function linkName({ from, to }: Link): string {
  return `${from} ${to}`;
}
