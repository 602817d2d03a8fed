import { describe, expect, it } from 'vitest';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import type { Evidence } from '../../src/nemesis/nemesis.ts';
import { kindNamed } from '../../src/nemesis/spec.ts';
import { untilAnswers } from '../cluster/conformance-steps.ts';

/** A simulated cluster of three, and faults of it by name and victims. */
async function hurt(scenario: (fault: (nemesis: string, ...nodes: string[]) => Hurt) => Promise<void>): Promise<void> {
  const cluster = createSimulation(completeOptions({ backend: 'sim', nodeCount: 3 }, 4), { traced: false });
  const fault = (nemesis: string, ...nodes: string[]): Hurt => {
    const { inject, heal } = kindNamed(nemesis).aim({ nodes, method: 'signal' }, cluster);
    return { inject: () => inject('fault'), heal: () => heal('fault') };
  };
  await cluster.drive(cluster.start());
  await cluster.drive(scenario(fault));
  await cluster.drive(cluster.healAll());
  for (const node of cluster.nodes) await cluster.drive(untilAnswers(cluster, node));
}

interface Hurt {
  inject(): Promise<Evidence>;
  heal(): Promise<Evidence>;
}

describe.each(['kill', 'power'])('%s', (nemesis) => {
  it('is effective by the nodes that it ended, and by their new start', () =>
    hurt(async (fault) => {
      const outage = fault(nemesis, 'n1', 'n2');
      const injected = await outage.inject();
      expect(injected.effective).toBe(true);
      expect(injected.evidence).toHaveLength(2);
      expect(await outage.heal()).toMatchObject({ effective: true });
    }));

  it('is effective where one victim of two was dead before', () =>
    hurt(async (fault) => {
      await fault('kill', 'n1').inject();
      const outage = fault(nemesis, 'n1', 'n2');
      expect(await outage.inject()).toMatchObject({ effective: true });
      expect(await outage.heal()).toMatchObject({ effective: true });
    }));

  it.each(['kill', 'power'])('has no effect where all its victims were dead already by %s', (other) =>
    hurt(async (fault) => {
      await fault(other, 'n1', 'n2').inject();
      const outage = fault(nemesis, 'n1', 'n2');
      expect(await outage.inject()).toMatchObject({ effective: false });
      expect(await outage.heal(), 'its heal started them again').toMatchObject({ effective: false });
    }),
  );

  it('has no effect on the dead where the other fault is undone before it', () =>
    hurt(async (fault) => {
      const first = fault('kill', 'n1');
      await first.inject();
      const outage = fault(nemesis, 'n1');
      await outage.inject();
      expect(await first.heal()).toMatchObject({ effective: true });
      expect(await outage.heal()).toMatchObject({ effective: false });
    }));

  it('ends a node that is paused', () =>
    hurt(async (fault) => {
      const pause = fault('pause', 'n3');
      expect(await pause.inject()).toMatchObject({ effective: true });
      expect(await fault(nemesis, 'n3').inject()).toMatchObject({ effective: true });
    }));
});
