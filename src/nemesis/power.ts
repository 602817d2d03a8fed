import { present } from '../base/assert.ts';
import type { NemesisKind } from './nemesis.ts';
import { outage, outages } from './outage.ts';
import { drawTarget, targetOption } from './targets.ts';

/** Machines lose power: as `kill`, and of what had not been synced some is lost, and what was being written is torn. */
export const power: NemesisKind = {
  name: 'power',
  summary:
    'takes the power from nodes: what they had not synced is lost or torn; starts them again when the fault is over',
  options: targetOption,
  create: (options, context) => outages('power', options, context),
  isInjectable: ({ power: faults }) => faults !== null,
  aim: (target, cluster) => {
    const faults = present(cluster.power, 'only what can be injected is aimed');
    const lost = async (node: string): Promise<string> => {
      const { lostWrites, tornWrites } = (await cluster.disks?.counters(node)) ?? { lostWrites: 0, tornWrites: 0 };
      return `${node}: its disk has lost ${lostWrites} unsynced writes so far, and torn ${tornWrites}`;
    };
    return outage(
      target,
      cluster,
      (node) => faults.cut(node),
      (nodes) => Promise.all(nodes.map(lost)),
    );
  },
  draw: drawTarget,
};
