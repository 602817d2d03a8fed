import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { realDisk } from '../../src/base/real/disk.ts';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import { MemoryStorage, MemoryStore } from '../../src/raft/storage/memory-storage.ts';
import { storageConformance } from './conformance/storage.ts';

/** So small that a log has many. */
const segmentBytes = 2048;
const dispose = async (): Promise<void> => {};

storageConformance('FileStorage on the disk in memory', () => {
  const world = memoryWorld(7);
  const host = world.host('n');
  let ports = host.start();
  return {
    clock: world.clock,
    run: world.clock.drive,
    storage: () => new FileStorage(ports.clock, ports.disk, 'data', { segmentBytes }),
    crash: async () => {
      host.powerLoss();
      ports = host.start();
    },
    dispose,
  };
});

storageConformance('FileStorage on the real disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'raft-chaos-storage-'));
  const clock = realClock();
  return {
    clock,
    run: (scenario) => scenario,
    storage: () => new FileStorage(clock, realDisk(root), 'data', { segmentBytes }),
    crash: (opened) => opened.close(),
    // The storage that was opened last may still be making a segment ready.
    dispose: () => rm(root, { recursive: true, maxRetries: 20 }),
  };
});

storageConformance('MemoryStorage', () => {
  const clock = virtualClock();
  const store = new MemoryStore();
  return {
    clock,
    run: clock.drive,
    storage: () => new MemoryStorage(clock, store),
    crash: async () => store.crash(),
    dispose,
  };
});
