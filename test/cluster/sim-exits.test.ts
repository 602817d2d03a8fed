import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { ChaosError } from '../../src/base/errors.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import type { DiskFaults, NodeCrash } from '../../src/cluster/cluster.ts';
import { simDisks } from '../../src/cluster/sim/disk-faults.ts';
import { SimNode } from '../../src/cluster/sim/sim-node.ts';
import { defaultTiming } from '../../src/raft/driver.ts';

const eio = { kind: 'error', code: 'EIO', ratio: 1, operations: ['fdatasync'] } as const;
const slow = { kind: 'slow', operations: ['fdatasync'], extra: { kind: 'constant', ns: 500e6 } } as const;

/** One node that is a cluster, and writes to its log when it starts to lead. */
function alone() {
  const world = memoryWorld(5);
  const host = world.host('n1');
  const members = [{ name: 'n1', host: 'n1' }];
  const settings = { node: 'n1', members, clusterId: 'c', seed: 1, bug: null, timing: defaultTiming };
  const crashes: NodeCrash[] = [];
  const prober = world.network.host('n1');
  const node = new SimNode({ ...settings, dataDirectory: 'data' }, host, prober, false, (crash) => crashes.push(crash));
  const disks: DiskFaults = simDisks(() => node);
  const drive = <T>(scenario: () => Promise<T>): Promise<T> => world.clock.drive(scenario());
  const pass = (ms: number): Promise<void> => sleep(world.clock, ms);
  /** Starts it, lets it lead and write, and kills it. */
  const live = async (): Promise<void> => {
    await node.start();
    await pass(2000);
    node.end('killed');
  };
  const starts = (): Promise<void> => node.start().catch(() => undefined);
  return { node, disks, host, crashes, drive, pass, live, starts };
}

describe('a call that a fault of the disk failed', () => {
  it('explains the end of the node also after the fault, and the node is started again', async () => {
    const { node, disks, crashes, drive, pass } = alone();
    await drive(async () => {
      await node.start();
      await disks.impair('slow', 'n1', slow);
      await disks.impair('fault', 'n1', eio);
      await pass(700);
      await disks.mend('fault');
      await disks.mend('slow');
      expect(node.state).toBe('running');
      await pass(2000);
    });
    expect(node.log).toContain('EIO');
    expect([crashes, node.state, node.starts]).toEqual([[], 'running', 2]);
  });

  it('explains it also where the node was paused when it failed', async () => {
    const { node, disks, host, crashes, drive, pass } = alone();
    await drive(async () => {
      await node.start();
      await disks.impair('slow', 'n1', slow);
      await disks.impair('fault', 'n1', eio);
      await pass(700);
      host.pause();
      await pass(2000);
      await disks.mend('fault');
      await disks.mend('slow');
      host.resume();
      await pass(2000);
    });
    expect([crashes, node.state, node.starts]).toEqual([[], 'running', 2]);
  });

  it('leaves the node dead while anything is wrong with its disk', async () => {
    const { node, disks, crashes, drive, pass } = alone();
    await drive(async () => {
      await node.start();
      await disks.impair('fault', 'n1', eio);
      await pass(3000);
    });
    expect([crashes, node.state, node.starts]).toEqual([[], 'dead', 1]);
  });
});

describe('a fault of the disk explains only what it does:', () => {
  it.each([
    ['full', { kind: 'full' }, 'EIO'],
    ['full', { kind: 'full' }, 'ENOSPC'],
    ['errors', eio, 'ENOSPC'],
    ['errors', eio, 'EIO'],
  ] as const)('%s, no error of another make (%j, %s)', async (_name, impairment, code) => {
    const { node, disks, crashes, drive } = alone();
    await drive(async () => {
      await node.start();
      await disks.impair('fault', 'n1', impairment);
      node.endedBy(new ChaosError(code, 'not from the disk'));
    });
    expect(crashes).toHaveLength(1);
  });

  it('errors, no log that is damaged', async () => {
    const { node, disks, host, crashes, drive, live, starts } = alone();
    await drive(async () => {
      await live();
      host.disk.flipBit('data/raft.log', 20, 0);
      await disks.impair('fault', 'n1', { ...eio, operations: ['truncate'], ratio: 0 });
      await starts();
    });
    expect(node.log).toContain('offset');
    expect(crashes.map(({ output }) => output)).toEqual([expect.stringContaining('cannot start')]);
  });
});

describe('a flipped bit', () => {
  it('explains that the log is damaged there', async () => {
    const { disks, node, crashes, drive, live, starts } = alone();
    await drive(async () => {
      await live();
      expect(await disks.flipBit('rot', 'n1', 0.5, 1)).not.toBeNull();
      await starts();
    });
    expect([crashes, node.state]).toEqual([[], 'dead']);
  });

  it('explains it also where it is turned back once the program has read it', async () => {
    const { disks, host, node, crashes, drive, live, pass, starts } = alone();
    await drive(async () => {
      await live();
      await disks.flipBit('rot', 'n1', 0.5, 1);
      // The boot count is read within the first second, the log within the next: while the process stands still.
      await disks.impair('slow', 'n1', { ...slow, operations: ['read'], extra: { kind: 'constant', ns: 1e9 } });
      const starting = starts();
      await pass(1500);
      host.pause();
      await pass(1000);
      await disks.mend('rot');
      await disks.mend('slow');
      host.resume();
      await starting;
      await pass(2000);
    });
    expect(node.log).toContain('offset');
    expect([crashes, node.state, node.starts]).toEqual([[], 'running', 3]);
  });

  it('explains no other damage', async () => {
    const { disks, host, crashes, drive, live, starts } = alone();
    await drive(async () => {
      await live();
      await disks.flipBit('rot', 'n1', 0.9, 1);
      host.disk.flipBit('data/raft.log', 9, 0);
      await starts();
    });
    expect(crashes).toHaveLength(1);
  });

  it('explains nothing that is not said of its place, nor a call that failed', async () => {
    for (const error of [
      new ChaosError('corrupt-log', 'data/raft.log has a bad record before good ones (offset 999999)'),
      new ChaosError('corrupt-log', 'data/other.log has a bad record before good ones (offset 0)'),
      new ChaosError('EIO', 'read data/raft.log: EIO'),
    ]) {
      const { disks, node, crashes, drive, live } = alone();
      await drive(async () => {
        await live();
        const started = node.start();
        await disks.flipBit('rot', 'n1', 0.5, 1);
        node.endedBy(error);
        await disks.mend('rot');
        void started.catch(() => undefined);
      });
      expect(crashes, error.message).toHaveLength(1);
    }
  });

  it('explains nothing once it was turned back before the program was started', async () => {
    const { disks, host, crashes, drive, live, starts } = alone();
    await drive(async () => {
      await live();
      await disks.flipBit('rot', 'n1', 0.5, 1);
      await disks.mend('rot');
      host.disk.flipBit('data/raft.log', 9, 0);
      await starts();
    });
    expect(crashes).toHaveLength(1);
  });
});
