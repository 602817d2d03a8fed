import type { NemesisKind } from './nemesis.ts';
import { outage, outages } from './outage.ts';
import { drawTarget, targetOption } from './targets.ts';

/** Processes end with SIGKILL and are started again: memory and connections are lost, what was written to disk stays. */
export const kill: NemesisKind = {
  name: 'kill',
  summary: 'ends nodes with SIGKILL and starts them again when the fault is over',
  options: targetOption,
  create: (options, context) => outages('kill', options, context),
  isInjectable: () => true,
  aim: (target, cluster) =>
    outage(
      target,
      cluster,
      (node) => cluster.kill(node),
      async () => [],
    ),
  draw: drawTarget,
};
