import type { DiskImpairment } from '../../base/memory/disk.ts';
import { lastRecordStart } from '../../raft/storage/write-ahead-log.ts';
import type { DiskFaults } from '../cluster.ts';
import { dataDirectory } from './settings.ts';
import type { SimNode } from './sim-node.ts';

const logPath = `${dataDirectory}/raft.log`;

interface Broken {
  readonly node: SimNode;
  readonly undo: () => void;
}

/** The disks of a simulated cluster, and what faults have done to them. */
export function simDisks(nodeOf: (name: string) => SimNode): DiskFaults & { mendAll(): void } {
  const broken = new Map<string, Broken>();

  const mend = (fault: string): void => {
    broken.get(fault)?.undo();
    broken.get(fault)?.node.diskFaults.delete(fault);
    broken.delete(fault);
  };
  return {
    impair: async (fault, name, impairment) => {
      const node = nodeOf(name);
      node.host.disk.impair(fault, impairment);
      if (failsNodes(impairment)) node.diskFaults.add(fault);
      broken.set(fault, { node, undo: () => node.host.disk.mend(fault) });
    },
    flipBit: async (fault, name, share, bit) => {
      const node = nodeOf(name);
      const { disk } = node.host;
      const byte = Math.floor(share * lastRecordStart(disk.content(logPath) ?? new Uint8Array(0)));
      if (!disk.flipBit(logPath, byte, bit)) return null;
      node.diskFaults.add(fault);
      broken.set(fault, { node, undo: () => void disk.flipBit(logPath, byte, bit) });
      return { path: logPath, byte, bit };
    },
    mend: async (fault) => mend(fault),
    counters: async (name) => nodeOf(name).host.disk.counters(),
    lastWords: async (name) => nodeOf(name).log.trimEnd().split('\n').at(-1) ?? '',
    mendAll: () => {
      for (const fault of [...broken.keys()]) mend(fault);
    },
  };
}

function failsNodes(impairment: DiskImpairment): boolean {
  return impairment.kind !== 'slow';
}
