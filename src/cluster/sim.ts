import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../base/assert.ts';
import { promised } from '../base/clock.ts';
import { ChaosError } from '../base/errors.ts';
import type { MemoryWorld } from '../base/memory/world.ts';
import type { Listener, Network } from '../base/network.ts';
import type { Callback } from '../base/outcome.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../base/requests.ts';
import { startNode } from '../node/node.ts';
import { clientPort } from '../node/settings.ts';
import type { Cluster, ClusterFacts, ClusterOptions, DroppedOnLink, Link } from './cluster.ts';

const clientHost = 'clients';
const probePort = 9000;
const probeTimeoutMs = 300;

/** What one simulated node has said so far. */
interface NodeOutput {
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
  readonly #output = new Map<string, NodeOutput>();
  readonly #probers = new Map<string, Network>();
  readonly #cuts = new Map<string, readonly Link[]>();
  /** By link: how much it had dropped when it was cut. */
  readonly #droppedBefore = new Map<Link, number>();
  #client: RequestClient | null = null;

  constructor(options: ClusterOptions, world: MemoryWorld) {
    this.nodes = options.nodes;
    this.clock = world.clock;
    this.#options = options;
    this.#world = world;
  }

  async start(): Promise<ClusterFacts> {
    this.#client = this.#world.host(clientHost).start().requestClient;
    await Promise.all(this.nodes.map((node) => this.#startNode(node)));
    return { simulated: true };
  }

  call(node: string, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void {
    present(this.#client, 'the cluster is started').call({ host: node, port: clientPort }, request, timeoutMs, done);
  }

  async cut(fault: string, links: readonly Link[]): Promise<void> {
    this.#cuts.set(fault, links);
    for (const link of links) {
      this.#droppedBefore.set(link, this.#world.network.dropped(link.from, link.to));
      this.#world.network.cut(link.from, link.to);
    }
  }

  async heal(fault: string): Promise<void> {
    for (const link of this.#cuts.get(fault) ?? []) {
      this.#world.network.heal(link.from, link.to);
      this.#droppedBefore.delete(link);
    }
    this.#cuts.delete(fault);
  }

  async healAll(): Promise<void> {
    for (const fault of [...this.#cuts.keys()]) await this.heal(fault);
  }

  async dropped(): Promise<readonly DroppedOnLink[]> {
    return [...this.#droppedBefore].map(([{ from, to }, before]) => ({
      from,
      to,
      packets: this.#world.network.dropped(from, to) - before,
    }));
  }

  async probe(): Promise<readonly Link[]> {
    const links = this.nodes.flatMap((from) => this.nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const open = await Promise.all(links.map((link) => this.#probeLink(link)));
    return links.filter((_, place) => open[place]);
  }

  async collect(directory: string): Promise<void> {
    for (const [node, { log, trace }] of this.#output) {
      mkdirSync(join(directory, node), { recursive: true });
      writeFileSync(join(directory, node, 'stdout.log'), log);
      writeFileSync(join(directory, node, 'trace.jsonl'), trace);
    }
  }

  async stop(): Promise<void> {
    this.#client?.close();
  }

  async #startNode(node: string): Promise<void> {
    const host = this.#world.host(node);
    const ports = host.start();
    const output: NodeOutput = { log: '', trace: '' };
    this.#output.set(node, output);
    await startNode(
      {
        node,
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
          output.log += `${line}\n`;
        },
        trace: (lines) => {
          output.trace += lines;
        },
        exit: () => host.crash(),
      },
    );
    const prober = this.#world.network.host(node);
    this.#probers.set(node, prober);
    const accept = (): void => {};
    await promised<Listener>(this.clock, (done) => prober.listen({ host: node, port: probePort }, accept, done));
  }

  #probeLink({ from, to }: Link): Promise<boolean> {
    const prober = this.#probers.get(from);
    if (prober === undefined) throw new ChaosError('not-started', `${from} has not been started`);
    return this.clock.promise((resolve) => {
      const timer = this.clock.setTimer(probeTimeoutMs, () => connection.close());
      let open = false;
      const connection = prober.connect(
        { host: to, port: probePort },
        {
          opened: () => {
            open = true;
            connection.close();
          },
          received: () => {},
          closed: () => {
            timer.cancel();
            resolve(open);
          },
        },
      );
    });
  }
}
