import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/raft/protocol/events.ts';
import { Player, type Schedule, schedules } from './happenings.ts';
import { mutants } from './mutants.ts';

/** `RAFT_CHAOS_FUZZ=20` plays twenty times as many schedules. */
const scale = Number(process.env['RAFT_CHAOS_FUZZ'] ?? 1);

/** The cluster's invariants throw at once where they are broken. */
function play({ config, happenings }: Schedule, step?: Step): Player {
  const player = new Player(config, step);
  for (const happening of happenings) player.play(happening);
  player.demandLiveness();
  return player;
}

describe('any schedule', () => {
  it('keeps what the paper and the clients were promised, and comes to rest once everything works again', () => {
    const seen = { elections: 0, committed: 0, installed: 0, changes: 0, transfers: 0, reads: 0 };
    fc.assert(
      fc.property(schedules, (schedule) => {
        const { cluster } = play(schedule);
        seen.elections += cluster.invariants.elections;
        seen.committed += cluster.invariants.committed;
        seen.installed += cluster.invariants.installed;
        seen.changes += cluster.done('change-membership');
        seen.transfers += cluster.done('transfer-leadership');
        seen.reads += cluster.done('read');
      }),
      { numRuns: 300 * scale },
    );
    // A property that nothing exercises proves nothing.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20);
  });

  it.each(mutants)('finds out where $name', ({ step }) => {
    const caught = fc.check(
      fc.property(schedules, (schedule) => void play(schedule, step)),
      { numRuns: 2000, endOnFailure: true },
    );
    expect(caught.failed).toBe(true);
  });
});
