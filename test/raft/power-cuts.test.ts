import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { DurableState } from '../../src/raft/protocol/state.ts';
import { type DiskChange, PlainDisk } from './plain-disk.ts';
import { type Cut, type CutSettings, PowerCuts } from './power-cuts.ts';
import { appending, bytes, type Life, message, textOf } from './storage-life.ts';
import { lifeOn, Script } from './storage-script.ts';

/** RAFT_CHAOS_POWER_CUTS=full tries all subsets of up to 8 unsynced parts, and 1,000 where there are more. */
const full = process.env['RAFT_CHAOS_POWER_CUTS'] === 'full';
const settings: CutSettings = full ? { allSubsetsOf: 8, drawnSubsets: 1000 } : { allSubsetsOf: 5, drawnSubsets: 40 };
/** Each so many-th cut is followed by a start that is cut as well. */
const cutAgainEvery = full ? 50 : 100;
const whileStarting: CutSettings = { allSubsetsOf: 3, drawnSubsets: 8 };

describe('a power cut at any moment', () => {
  it.each(Array.from({ length: full ? 12 : 6 }, (_, at) => at + 1))(
    'loses nothing that was promised, and finds nothing that was not written, life %i',
    async (seed) => {
      const random = seededRandom(seed);
      const moments: { readonly change: DiskChange; readonly possible: ReadonlySet<string> }[] = [];
      const script: Script = new Script(random, (change) => moments.push({ change, possible: script.possible() }));
      await script.run(40);

      const cuts = new PowerCuts();
      let count = 0;
      for (const [at, { change, possible }] of moments.entries()) {
        cuts.add(change);
        for (const cut of cuts.cuts(random, settings)) {
          count += 1;
          const where = `life ${seed}, change ${at} (${change.kind}), ${cut.kept}`;
          if (count % cutAgainEvery !== 0) await startAfter(cut, possible, where);
          else count += await startAndCut(cut, possible, where, random);
        }
      }
      process.stdout.write(`power cuts, life ${seed}: ${count} at ${moments.length} changes of the disk\n`);
    },
    full ? 3_600_000 : 120_000,
  );
});

/** Starts on what a cut has left, which must be one of the possible states, and its newest snapshot whole. */
async function startAfter(
  cut: Cut,
  possible: ReadonlySet<string>,
  where: string,
  changed?: (change: DiskChange) => void,
): Promise<{ readonly life: Life; readonly found: DurableState }> {
  const life = lifeOn(new PlainDisk(cut.files, changed));
  const { durable: found } = await life.open().catch((error) => {
    throw new Error(`${where}: ${error.message}`);
  });
  if (!possible.has(textOf(found)))
    expect.unreachable(`${where}: found ${textOf(found)}, possible: ${[...possible].join('\n')}`);
  if (found.snapshot !== null) {
    const { index } = found.snapshot;
    const data = (await life.readAll(index, 500)) ?? [];
    if (Buffer.compare(Uint8Array.from(data), bytes(data.length, index)) !== 0) expect.unreachable(`${where}: data`);
  }
  return { life, found };
}

/** Starts, writes once, and starts after every cut in between. Returns how many cuts that were. */
async function startAndCut(cut: Cut, possible: ReadonlySet<string>, where: string, random: Random): Promise<number> {
  const again = new PowerCuts(cut.files);
  const moments: { readonly change: DiskChange; readonly writes: 0 | 1; readonly durable: boolean }[] = [];
  let [writes, durable]: [0 | 1, boolean] = [0, false];
  const record = (change: DiskChange): void => void moments.push({ change, writes, durable });
  const { life, found } = await startAfter(cut, possible, where, record);
  writes = 1;
  const entry = message(found.term, 'written after the cut');
  await life.commit(appending(1, entry));
  durable = true;
  await life.close();

  const before = textOf(found);
  const after = textOf({ ...found, votedFor: 'a', entries: [...found.entries, entry] });
  let count = 0;
  for (const moment of moments) {
    again.add(moment.change);
    for (const second of again.cuts(random, whileStarting)) {
      count += 1;
      const states = new Set([...(moment.durable ? [] : [before]), ...(moment.writes === 1 ? [after] : [])]);
      await startAfter(second, states, `${where}, and then ${second.kept}`);
    }
  }
  return count;
}
