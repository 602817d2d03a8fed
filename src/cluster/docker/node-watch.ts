import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { present } from '../../base/assert.ts';
import { ChaosError } from '../../base/errors.ts';
import { labelNames } from './labels.ts';

/**
 * What the engine reports of one node's process: the witness beside whoever hurts it. Its reports come in order, and none
 * is missed, since the watch begins before the container does.
 */
export class NodeLife {
  /** How often the process was started. */
  starts = 0;
  alive = false;
  /** What the process ended with last. */
  exitCode: number | null = null;
  /** Whether the SIGKILL that was asked for in this life met a process; null where none was asked for. */
  kill: Promise<boolean> | null = null;
  readonly #watch: Waiters;

  constructor(watch: Waiters) {
    this.#watch = watch;
  }

  /** Waits for a report by which `reached` holds. Rejects with `engine-silent`, or when the watch ends. */
  until(reached: (life: NodeLife) => boolean, what: string): Promise<void> {
    return this.#watch.until(() => reached(this), what);
  }
}

export interface NodeExit {
  readonly node: string;
  readonly exitCode: number | null;
  /** As it was when the process ended. */
  readonly kill: NodeLife['kill'];
}

export interface NodeWatch {
  life(node: string): NodeLife;
  /** Whoever still waits is told that the cluster was stopped. */
  close(): void;
}

/** To be begun before the first container is made. `ended` is told of every exit of a node's process. */
export async function watchNodes(
  docker: Docker,
  clusterId: string,
  nodes: readonly string[],
  ended: (exit: NodeExit) => void,
): Promise<NodeWatch> {
  const waiters = new Waiters();
  const lives = new Map(nodes.map((node) => [node, new NodeLife(waiters)]));
  const stream = (await docker.getEvents({
    filters: {
      type: ['container'],
      event: ['start', 'die'],
      label: [`${labelNames.cluster}=${clusterId}`, `${labelNames.role}=node`],
    },
  })) as Readable;
  const lose = (reason: string) => waiters.end(new ChaosError('engine-lost', `the engine reports no more: ${reason}`));
  stream.on('error', (error: Error) => lose(error.message));
  stream.on('close', () => lose('its connection closed'));
  createInterface({ input: stream }).on('line', (line) => {
    const { Action, Actor } = JSON.parse(line) as EngineEvent;
    const node = Actor.Attributes[labelNames.node] ?? '';
    const life = lives.get(node);
    if (life === undefined) return;
    if (Action === 'start') {
      life.starts++;
      life.alive = true;
      life.kill = null;
    } else if (Action === 'die') {
      life.alive = false;
      life.exitCode = exitCodeOf(Actor.Attributes['exitCode']);
      ended({ node, exitCode: life.exitCode, kill: life.kill });
    }
    waiters.look();
  });
  return {
    life: (node) => present(lives.get(node), `${node} is a node of this cluster`),
    close: () => {
      waiters.end(new ChaosError('stopped', 'the cluster has been stopped'));
      stream.destroy();
    },
  };
}

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

function exitCodeOf(text: string | undefined): number | null {
  return text === undefined || !/^-?\d+$/.test(text) ? null : Number(text);
}

const reportWithinMs = 20_000;

/** Those who wait for a report of the engine. */
class Waiters {
  readonly #waiting = new Set<{ reached: () => boolean; settle: (error: ChaosError | null) => void }>();
  #ended: ChaosError | null = null;

  until(reached: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (reached()) return resolve();
      if (this.#ended !== null) return reject(this.#ended);
      const late = new ChaosError('engine-silent', `the engine did not report in ${reportWithinMs} ms that ${what}`);
      const timeout = setTimeout(() => waiter.settle(late), reportWithinMs);
      const settle = (error: ChaosError | null) => {
        clearTimeout(timeout);
        this.#waiting.delete(waiter);
        if (error === null) resolve();
        else reject(error);
      };
      const waiter = { reached, settle };
      this.#waiting.add(waiter);
    });
  }

  look(): void {
    for (const waiter of [...this.#waiting]) if (waiter.reached()) waiter.settle(null);
  }

  end(error: ChaosError): void {
    this.#ended ??= error;
    for (const waiter of [...this.#waiting]) waiter.settle(this.#ended);
  }
}
