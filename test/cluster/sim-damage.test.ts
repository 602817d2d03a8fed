import { describe, expect, it } from 'vitest';
import { ChaosError } from '../../src/base/errors.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import { flipsExplain, placeInLog } from '../../src/cluster/sim/damage.ts';
import { dataDirectory } from '../../src/cluster/sim/settings.ts';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import { appending, Life, message } from '../raft/storage-life.ts';

/** A dead node's disk with a log of several segments. */
async function deadNode() {
  const world = memoryWorld(1);
  const host = world.host('n');
  const open = async (): Promise<Life> => {
    const { clock, disk } = host.start();
    const life = new Life(clock, new FileStorage(clock, disk, dataDirectory, { segmentBytes: 2048 }));
    await world.clock.drive(life.open());
    return life;
  };
  const life = await open();
  for (let write = 1; write <= 30; write++) {
    await world.clock.drive(life.commit(appending(write, message(1, 'x'.repeat(200)))));
  }
  host.crash();
  const refusal = (): Promise<ChaosError> =>
    open().then(
      () => expect.unreachable(),
      (error) => {
        host.crash();
        return error;
      },
    );
  return { disk: host.disk, refusal };
}

describe('a bit that flips anywhere in a log', () => {
  it('explains that the log is damaged, and nothing else does', async () => {
    const { disk, refusal } = await deadNode();
    const paths = new Set<string>();
    for (let share = 0; share <= 100; share++) {
      const place = placeInLog(disk, share / 100);
      if (place === null) return expect.unreachable();
      paths.add(place.path);
      const flip = { ...place, bit: share % 8 };
      disk.flipBit(flip.path, flip.byte, flip.bit);
      const error = await refusal();
      expect(flipsExplain(error, [flip], [flip], disk), error.message).toBe(true);
      // Turned back once it was read.
      disk.flipBit(flip.path, flip.byte, flip.bit);
      expect(flipsExplain(error, [flip], [], disk)).toBe(true);
      // Of another place, or never met.
      expect(flipsExplain(error, [{ ...flip, byte: (flip.byte + 512) % 1536 }], [], disk)).toBe(false);
      expect(flipsExplain(error, [{ ...flip, path: `${dataDirectory}/other` }], [], disk)).toBe(false);
      expect(flipsExplain(error, [], [], disk)).toBe(false);
    }
    expect(paths.size).toBeGreaterThan(3);
  });

  it('explains no damage beside it, and no other error', async () => {
    const { disk, refusal } = await deadNode();
    const place = placeInLog(disk, 0.3);
    const other = placeInLog(disk, 0.8);
    if (place === null || other === null) return expect.unreachable();
    const flip = { ...place, bit: 1 };
    disk.flipBit(flip.path, flip.byte, flip.bit);
    const error = await refusal();
    expect(flipsExplain(new ChaosError('EIO', error.message), [flip], [flip], disk)).toBe(false);
    disk.flipBit(other.path, other.byte, 3);
    expect(flipsExplain(error, [flip], [flip], disk)).toBe(false);
    disk.flipBit(other.path, other.byte, 3);
    expect(flipsExplain(error, [flip], [flip], disk)).toBe(true);
  });

  it('needs a log', () => {
    expect(placeInLog(memoryWorld(1).host('n').disk, 0.5)).toBeNull();
  });
});
