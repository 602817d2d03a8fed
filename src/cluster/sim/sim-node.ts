import type { MemoryHost } from '../../base/memory/world.ts';
import type { Network } from '../../base/network.ts';
import { startNode } from '../../node/node.ts';
import type { NodeSettings } from '../../node/settings.ts';
import type { FlippedBit, NodeCrash, NodeObservation } from '../cluster.ts';
import { flipsExplain } from './damage.ts';
import { answerProbes } from './prober.ts';

/** A simulated machine, the node program on it, and what that has said so far. */
export class SimNode {
  readonly name: string;
  readonly host: MemoryHost;
  /** The machine's links, for whoever looks at it from beside the node. */
  readonly prober: Network;
  state: NodeObservation['state'] = 'dead';
  /** How it last died, or was left without power. */
  death = 'not started';
  starts = 0;
  log = '';
  trace = '';
  /** The faults that impair the disk now, and the bits of the log that are flipped now. */
  readonly impairments = new Set<string>();
  readonly flips = new Set<FlippedBit>();
  #flippedAtStart: readonly FlippedBit[] = [];
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
    const { clock, disk, network, requestServer } = this.host.start((error) => {
      this.log += `uncaught ${error}\n`;
      this.endedBy(error instanceof Error ? error : new Error(String(error)));
    });
    if (this.death === 'power off') answerProbes(this.name, this.prober);
    const start = ++this.starts;
    this.state = 'running';
    this.#flippedAtStart = [...this.flips];
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
  end(how: 'killed' | 'exited with 1'): void {
    if (this.state === 'dead') return;
    this.host.crash();
    this.state = 'dead';
    this.death = how;
    answerProbes(this.name, this.prober);
  }

  /** The machine is without power until the next start, and answers nothing; nothing where it is so already. */
  cutPower(): void {
    if (this.death === 'power off' && this.state === 'dead') return;
    this.host.powerLoss();
    this.state = 'dead';
    this.death = 'power off';
  }

  /**
   * The program has ended itself: a crash, unless the disk explains the very error that it ended with. Where nothing is
   * wrong with the disk any more (the call that failed was long under way) nobody else will start it again.
   */
  endedBy(error: Error): void {
    if (this.state === 'dead') return;
    const explained = this.#diskExplains(error);
    this.end('exited with 1');
    if (!explained) {
      this.#crashed({ node: this.name, exitCode: 1, output: this.log.trimEnd().split('\n').slice(-5).join('\n') });
    } else if (this.impairments.size === 0 && this.flips.size === 0) {
      this.start().catch(() => undefined);
    }
  }

  #diskExplains(error: Error): boolean {
    const { disk } = this.host;
    const flips = [...this.flips];
    return disk.imposed(error) || flipsExplain(error, [...this.#flippedAtStart, ...flips], flips, disk);
  }
}
