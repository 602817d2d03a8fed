import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Player, schedules } from './happenings.ts';

/** `RAFT_CHAOS_FUZZ=20` plays twenty times as many schedules. */
const scale = Number(process.env['RAFT_CHAOS_FUZZ'] ?? 1);

describe('any schedule', () => {
  it('keeps what the paper and the clients were promised, and comes to rest once everything works again', () => {
    const seen = { elections: 0, committed: 0 };
    fc.assert(
      fc.property(schedules, ({ config, happenings }) => {
        const player = new Player(config);
        for (const happening of happenings) player.play(happening);
        seen.elections += player.cluster.invariants.elections;
        seen.committed += player.cluster.invariants.committed;
        player.demandLiveness();
      }),
      { numRuns: 300 * scale },
    );
    // A property that nothing exercises proves nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(300);
  });
});
