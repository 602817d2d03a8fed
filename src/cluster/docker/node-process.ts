import type Docker from 'dockerode';
import { unreachable } from '../../base/assert.ts';
import { asChaosError, type ChaosError } from '../../base/errors.ts';
import type { NodeObservation, PauseMethod } from '../cluster.ts';
import { inOrder } from './agent/in-order.ts';
import type { AgentLink } from './agent-link.ts';
import { engineMessage } from './engine.ts';
import { insist } from './insist.ts';
import type { NodeLife } from './node-watch.ts';

/**
 * What can be done to the process of one node. Signals go by way of the pod's agent, which takes a few milliseconds; the
 * freezer and starting are the engine's. Calls take effect one after the other in the order in which they are made.
 */
export class NodeProcess {
  readonly #node: string;
  readonly #address: string;
  readonly #clientPort: number;
  readonly #link: AgentLink;
  readonly #container: Docker.Container;
  readonly #life: NodeLife;
  readonly #inOrder = inOrder();
  /** The ways in which it is paused now: it may be by both. */
  readonly #paused = new Set<PauseMethod>();

  constructor(options: NodeProcessOptions) {
    this.#node = options.node;
    this.#address = options.address;
    this.#clientPort = options.clientPort;
    this.#link = options.link;
    this.#container = options.container;
    this.#life = options.life;
  }

  pause(how: PauseMethod): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.#life.alive) return;
      // Before it is done: a pause that fails half-way is resumed like any other.
      this.#paused.add(how);
      switch (how) {
        case 'freezer':
          return this.#freeze();
        case 'signal':
          return void (await this.#link.request('signal', { signal: 'SIGSTOP' }));
        default:
          return unreachable(how);
      }
    });
  }

  resume(): Promise<void> {
    return this.#inOrder(() => this.#resume());
  }

  kill(): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.#life.alive) return;
      this.#life.kill = this.#link.request('signal', { signal: 'SIGKILL' }).then((met) => met > 0);
      await this.#life.kill;
      // With the first version of cgroups a frozen process dies only of its thaw, before it runs another instruction.
      if (this.#paused.has('freezer')) await this.#thaw();
      await this.#life.until(({ alive }) => !alive, `${this.#node} has ended`);
    });
  }

  restart(): Promise<void> {
    return this.#inOrder(() => this.#restart());
  }

  /** Resumes and restarts it, whatever of it is needed. */
  recover(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#resume();
      await this.#restart();
    });
  }

  observe(): Promise<NodeObservation> {
    return this.#inOrder(async () => {
      const where = { address: this.#address, port: this.#clientPort, waitMs: connectionWaitMs };
      const { process, connection } = await this.#link.request('observe', where);
      const { starts, exitCode } = this.#life;
      if (process === null) {
        const detail = exitCode === null ? 'no process' : `exited with ${exitCode}`;
        return { state: 'dead', detail, pid: null, starts, connection };
      }
      const { pid, paused, detail } = process;
      return { state: paused ? 'paused' : 'running', detail, pid, starts, connection };
    });
  }

  async #resume(): Promise<void> {
    if (!this.#life.alive) return;
    // In this order, since what is frozen does not show whether it is stopped.
    if (this.#paused.has('freezer')) await this.#thaw();
    if (this.#paused.has('signal')) await this.#link.request('signal', { signal: 'SIGCONT' });
    this.#paused.clear();
  }

  async #restart(): Promise<void> {
    if (this.#life.alive) return;
    const { starts } = this.#life;
    this.#paused.clear();
    await this.#engineMakes(
      'start',
      () => this.#container.start(),
      ({ Running }) => Running,
    );
    await this.#life.until((life) => life.starts > starts, `${this.#node} has started`);
  }

  #freeze(): Promise<void> {
    return this.#engineMakes(
      'pause',
      () => this.#container.pause(),
      ({ Paused, Running }) => Paused || !Running,
    );
  }

  #thaw(): Promise<void> {
    return this.#engineMakes(
      'unpause',
      () => this.#container.unpause(),
      ({ Paused }) => !Paused,
    );
  }

  async #engineMakes(verb: string, ask: () => Promise<unknown>, holds: (state: EngineState) => boolean): Promise<void> {
    try {
      await insist(ask, async () => holds((await this.#container.inspect()).State));
    } catch (refusal) {
      throw this.#refused(verb, refusal);
    }
  }

  #refused(verb: string, thrown: unknown): ChaosError {
    return asChaosError(thrown, `the engine did not ${verb} ${this.#node}: ${engineMessage(thrown)}`);
  }
}

export interface NodeProcessOptions {
  readonly node: string;
  readonly address: string;
  readonly clientPort: number;
  readonly link: AgentLink;
  /** The node's, not the agent's. */
  readonly container: Docker.Container;
  readonly life: NodeLife;
}

type EngineState = Pick<Docker.ContainerInspectInfo['State'], 'Paused' | 'Running'>;

/** Only a full queue of connections lets one wait at all: agent and node are one host to the kernel. */
const connectionWaitMs = 500;
