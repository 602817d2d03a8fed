import { ChaosError } from '../../base/errors.ts';
import type { MemoryHost } from '../../base/memory/world.ts';
import type { Network } from '../../base/network.ts';
import { startNode } from '../../node/node.ts';
import type { NodeSettings } from '../../node/settings.ts';
import type { NodeCrash, NodeObservation } from '../cluster.ts';
import { answerProbes } from './prober.ts';

/** With these a node stops, as it should, when its disk fails it or hands it a damaged log. */
const diskErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EIO', 'corrupt-log']);

/** A simulated machine, the node program on it, and what that has said so far. */
export class SimNode {
  readonly name: string;
  readonly host: MemoryHost;
  /** The machine's links, for whoever looks at it from beside the node. */
  readonly prober: Network;
  state: NodeObservation['state'] = 'dead';
  /** How it last died. */
  death = 'not started';
  starts = 0;
  log = '';
  trace = '';
  /** The faults of the disk that explain the end of a node that it fails. */
  readonly diskFaults = new Set<string>();
  readonly #settings: NodeSettings;
  readonly #traced: boolean;
  readonly #crashed: (crash: NodeCrash) => void;

  constructor(
    settings: NodeSettings,
    host: MemoryHost,
    prober: Network,
    traced: boolean,
    crashed: (crash: NodeCrash) => void,
  ) {
    this.name = settings.node;
    this.host = host;
    this.prober = prober;
    this.#settings = settings;
    this.#traced = traced;
    this.#crashed = crashed;
    answerProbes(this.name, prober);
  }

  /** Starts the program; resolves once it answers. Rejects where it cannot start, which `crashed` is told of as well. */
  async start(): Promise<void> {
    const { clock, disk, network, requestServer } = this.host.start();
    const start = ++this.starts;
    this.state = 'running';
    const failed = (error: Error): void => {
      if (this.starts === start) this.endedBy(error);
    };
    const keep = (lines: string): void => {
      this.trace += lines;
    };
    const ports = {
      clock,
      disk,
      network,
      server: requestServer,
      log: (line: string) => {
        this.log += `${line}\n`;
      },
      trace: this.#traced ? keep : null,
      exit: failed,
    };
    try {
      await startNode(this.#settings, ports);
    } catch (error) {
      this.log += `cannot start: ${(error as Error).message}\n`;
      failed(error as Error);
      throw error;
    }
  }

  /** Ends the program, however it was; nothing where it is dead. */
  end(how: 'killed' | 'power off' | 'exited with 1'): void {
    if (this.state === 'dead') return;
    if (how === 'power off') this.host.powerLoss();
    else this.host.crash();
    this.state = 'dead';
    this.death = how;
    answerProbes(this.name, this.prober);
  }

  /** The program has ended itself: a crash, unless a fault of the disk explains the very error that it ended with. */
  endedBy(error: Error): void {
    if (this.state === 'dead') return;
    this.end('exited with 1');
    const code = error instanceof ChaosError ? error.code : '';
    if (this.diskFaults.size > 0 && diskErrors.has(code)) return;
    this.#crashed({ node: this.name, exitCode: 1, output: this.log.trimEnd().split('\n').slice(-5).join('\n') });
  }
}
