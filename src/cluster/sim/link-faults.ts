import type { LinkCondition, MemoryNetwork } from '../../base/memory/network.ts';
import type { DroppedOnLink, Link } from '../cluster.ts';

/** Which faults have cut or degraded which links of a simulated network. */
export class LinkFaults {
  readonly #network: MemoryNetwork;
  readonly #cuts = new Map<string, readonly Link[]>();
  readonly #degraded = new Map<string, readonly Link[]>();
  /** By the name of a link that is cut: how much it had dropped before. */
  readonly #droppedBefore = new Map<string, number>();

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  cut(fault: string, links: readonly Link[]): void {
    this.#cuts.set(fault, links);
    for (const link of links) {
      const name = linkName(link);
      if (!this.#droppedBefore.has(name)) this.#droppedBefore.set(name, this.#dropped(link));
      this.#network.cut(link.from, link.to);
    }
  }

  heal(fault: string): void {
    const links = this.#cuts.get(fault) ?? [];
    this.#cuts.delete(fault);
    for (const { from, to } of links) this.#network.heal(from, to);
    const cutStill = new Set(this.#cutLinks().map(linkName));
    for (const link of links) if (!cutStill.has(linkName(link))) this.#droppedBefore.delete(linkName(link));
  }

  degrade(fault: string, links: readonly Link[], condition: LinkCondition): void {
    this.#degraded.set(fault, links);
    for (const { from, to } of links) this.#network.degrade(fault, from, to, condition);
  }

  restore(fault: string): void {
    for (const { from, to } of this.#degraded.get(fault) ?? []) this.#network.restore(fault, from, to);
    this.#degraded.delete(fault);
  }

  healAll(): void {
    for (const fault of [...this.#cuts.keys()]) this.heal(fault);
    for (const fault of [...this.#degraded.keys()]) this.restore(fault);
  }

  /** What the links that are cut now have dropped since each was cut. */
  dropped(): DroppedOnLink[] {
    return this.#cutLinks().map((link) => ({
      ...link,
      packets: this.#dropped(link) - (this.#droppedBefore.get(linkName(link)) ?? 0),
    }));
  }

  #dropped({ from, to }: Link): number {
    return this.#network.traffic(from, to).dropped;
  }

  /** The links that some fault has cut, each once. */
  #cutLinks(): Link[] {
    const links = [...this.#cuts.values()].flat();
    return [...new Map(links.map((link) => [linkName(link), link])).values()];
  }
}

function linkName({ from, to }: Link): string {
  return `${from} ${to}`;
}
