import { describe, expect, it } from 'vitest';
import { promised, sleep } from '../../src/base/clock.ts';
import { ChaosError } from '../../src/base/errors.ts';
import { type HostPorts, type MemoryHost, memoryWorld } from '../../src/base/memory/world.ts';
import type { DiskFaults, NodeCrash } from '../../src/cluster/cluster.ts';
import { simDisks } from '../../src/cluster/sim/disk-faults.ts';
import { SimNode } from '../../src/cluster/sim/sim-node.ts';
import { defaultTiming } from '../../src/raft/timers.ts';

const eio = { kind: 'error', code: 'EIO', ratio: 1, operations: ['fdatasync'] } as const;
const slow = { kind: 'slow', operations: ['fdatasync'], extra: { kind: 'constant', ns: 500e6 } } as const;

/** One node that is a cluster, and writes to its log when it starts to lead. */
function alone() {
  const world = memoryWorld(5);
  const machine = world.host('n1');
  const ports: HostPorts[] = [];
  const host: MemoryHost = {
    ...machine,
    start: (uncaught) => {
      const given = machine.start(uncaught);
      ports.push(given);
      return given;
    },
  };
  const members = [{ name: 'n1', host: 'n1' }];
  const settings = { node: 'n1', members, clusterId: 'c', seed: 1, bug: null, timing: defaultTiming, compaction: null };
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
  return { world, ports, node, disks, host, crashes, drive, pass, live, starts };
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
      host.disk.flipBit('data/log-00000001.wal', 20, 0);
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
      host.disk.flipBit('data/log-00000001.wal', 20, 0);
      await starts();
    });
    expect(crashes).toHaveLength(1);
  });

  it('explains nothing that is not said of its place, nor a call that failed', async () => {
    for (const error of [
      new ChaosError('corrupt-log', 'data/log-00000001.wal has a bad record before good ones (offset 999999)'),
      new ChaosError('corrupt-log', 'data/other.log has a bad record before good ones (offset 0)'),
      new ChaosError('EIO', 'read data/log-00000001.wal: EIO'),
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
      host.disk.flipBit('data/log-00000001.wal', 20, 0);
      await starts();
    });
    expect(crashes).toHaveLength(1);
  });
});

describe('what the code of a node throws and does not catch', () => {
  const bug = (): never => {
    throw new TypeError('a bug');
  };

  it.each(['a timer', 'a timer that was due while it was paused', 'a callback of the disk', 'a listener'])(
    'in %s ends the node, which is a crash with that as its last words',
    async (where) => {
      const { world, ports, node, host, crashes, drive, pass } = alone();
      await drive(async () => {
        await node.start();
        const [{ clock, disk, network }] = ports as [HostPorts];
        if (where === 'a callback of the disk') disk.list('.', bug);
        else if (where === 'a listener') network.listen({ host: 'n1', port: 5 }, bug, () => {});
        else clock.setTimer(10, bug);
        if (where.includes('paused')) {
          host.pause();
          await pass(20);
          host.resume();
        }
        await pass(20);
        world.network.host('n2').connect({ host: 'n1', port: 5 }, { opened() {}, received() {}, closed() {} });
        await pass(20);
      });
      expect(node).toMatchObject({ state: 'dead', death: 'exited with 1' });
      expect(crashes).toEqual([
        { node: 'n1', exitCode: 1, output: expect.stringMatching(/uncaught TypeError: a bug$/) },
      ]);
    },
  );

  it('in a handler of the client API ends the node as well', async () => {
    const { world, node, crashes, drive } = alone();
    const { requestClient, clock } = world.host('client').start();
    await drive(async () => {
      await node.start();
      const request = { method: 'GET', path: 5 as never } as const;
      const call = promised(clock, (done) => requestClient.call({ host: 'n1', port: 8000 }, request, 1000, done));
      await expect(call).rejects.toMatchObject({ code: 'connection-lost' });
    });
    expect(crashes.map(({ output }) => output)).toEqual([expect.stringMatching(/uncaught TypeError: .*split.*$/)]);
  });

  it('is counted for nothing once the node has ended', async () => {
    const { ports, node, crashes, drive, pass } = alone();
    await drive(async () => {
      await node.start();
      ports[0]?.clock.setTimer(10, () => {
        node.endedBy(new Error('of another cause'));
        bug();
      });
      await pass(20);
    });
    expect([crashes.length, node.log]).toEqual([1, expect.not.stringContaining('a bug')]);
  });

  it('but an invariant of the world that breaks is a failure of the harness', async () => {
    const { world, ports, node, drive, pass } = alone();
    const failing = drive(async () => {
      await node.start();
      ports[0]?.clock.setTimer(10, () => world.clock.schedule(0.5, () => {}));
      await pass(20);
    });
    await expect(failing).rejects.toThrow('whole nanoseconds');
  });

  it('outside a node, by a client of the harness, is a failure of the harness', async () => {
    const { world, drive, pass } = alone();
    world.host('client').start().clock.setTimer(10, bug);
    await expect(drive(() => pass(20))).rejects.toThrow('a bug');
  });
});
