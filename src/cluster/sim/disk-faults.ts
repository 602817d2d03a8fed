import type { DiskFaults } from '../cluster.ts';
import { placeInLog } from './damage.ts';
import type { SimNode } from './sim-node.ts';

/** The disks of a simulated cluster, and what faults have done to them. */
export function simDisks(nodeOf: (name: string) => SimNode): DiskFaults & { mendAll(): void } {
  /** By fault: how to undo it. */
  const broken = new Map<string, () => void>();

  const mend = (fault: string): void => {
    broken.get(fault)?.();
    broken.delete(fault);
  };
  return {
    impair: async (fault, name, impairment) => {
      const { impairments, host } = nodeOf(name);
      host.disk.impair(fault, impairment);
      impairments.add(fault);
      broken.set(fault, () => {
        impairments.delete(fault);
        host.disk.mend(fault);
      });
    },
    flipBit: async (fault, name, share, bit) => {
      const { flips, host } = nodeOf(name);
      const place = placeInLog(host.disk, share);
      if (place === null || !host.disk.flipBit(place.path, place.byte, bit)) return null;
      const flipped = { ...place, bit };
      flips.add(flipped);
      broken.set(fault, () => {
        flips.delete(flipped);
        host.disk.flipBit(place.path, place.byte, bit);
      });
      return flipped;
    },
    mend: async (fault) => mend(fault),
    counters: async (name) => nodeOf(name).host.disk.counters(),
    lastWords: async (name) => nodeOf(name).log.trimEnd().split('\n').at(-1) ?? '',
    mendAll: () => {
      for (const fault of [...broken.keys()]) mend(fault);
    },
  };
}
