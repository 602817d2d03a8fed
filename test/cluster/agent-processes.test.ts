import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseStat } from '../../src/cluster/docker/agent/process-stat.ts';
import { nodeProcesses } from '../../src/cluster/docker/agent/processes.ts';

/** What kernels show that are not at hand, in a directory like theirs. */
describe('the processes that an agent finds', () => {
  let proc: string;
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'raft-chaos-proc-'));
    add(1, { mount: 'agent' });
    symlinkSync('1', join(proc, 'self'));
    writeFileSync(join(proc, 'uptime'), '1.0 1.0');
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  interface Shown {
    readonly state?: string;
    readonly parent?: number;
    readonly started?: number;
    readonly mount?: string;
    readonly wchan?: string;
  }
  function add(pid: number, { state = 'S', parent = 0, started = pid, mount = 'node', wchan = 'ep_poll' }: Shown) {
    const directory = join(proc, String(pid));
    mkdirSync(join(directory, 'ns'), { recursive: true });
    mkdirSync(join(directory, 'task', String(pid)), { recursive: true });
    const fields = [state, parent, ...new Array<number>(17).fill(0), started, 0];
    writeFileSync(join(directory, 'stat'), `${pid} (a (strange) name) ${fields.join(' ')}\n`);
    writeFileSync(join(directory, 'wchan'), wchan);
    rmSync(join(directory, 'ns/mnt'), { force: true });
    symlinkSync(`mnt:[${mount}]`, join(directory, 'ns/mnt'));
    switched(pid, 1);
  }
  const switched = (pid: number, times: number) =>
    writeFileSync(join(proc, String(pid), 'task', String(pid), 'status'), `nonvoluntary_ctxt_switches:\t${times}\n`);

  it('takes the first process of the container for the node', async () => {
    add(30, { started: 900 });
    add(40, { started: 500 });
    add(41, { parent: 40, started: 100 });
    add(50, { mount: 'agent', started: 1 });
    add(60, { state: 'Z', started: 2 });
    expect(await nodeProcesses(proc).sight()).toEqual({ pid: 40, paused: false, detail: 'S (sleeping)' });
  });

  it('finds none where only the agent and the dead are left', async () => {
    add(40, { state: 'Z' });
    expect(await nodeProcesses(proc).sight()).toBeNull();
    expect(await nodeProcesses(proc, () => undefined).signal('SIGSTOP')).toBe(0);
  });

  it.each([
    ['T', 'do_signal_stop', 'T (stopped)'],
    ['T', '0', 'T (stopped)'],
    ['D', '__refrigerator', 'frozen: D (disk sleep) in __refrigerator'],
    ['D', 'do_signal_stop', 'frozen: D (disk sleep) in do_signal_stop'],
    ['S', 'do_freezer_trap', 'frozen: S (sleeping) in do_freezer_trap'],
    ['S', '0', 'frozen: S (sleeping), not scheduled for 150 ms'],
  ])('sees that %s in %s is paused', async (state, wchan, detail) => {
    add(40, { state, wchan });
    expect(await nodeProcesses(proc).sight()).toEqual({ pid: 40, paused: true, detail });
  });

  it.each([
    ['R', '0', 'R (running)'],
    ['D', 'jbd2_log_wait_commit', 'D (disk sleep)'],
    ['t', 'ptrace_stop', 't (tracing stop)'],
  ])('sees that %s in %s is not', async (state, wchan, detail) => {
    add(40, { state, wchan });
    expect(await nodeProcesses(proc).sight()).toEqual({ pid: 40, paused: false, detail });
  });

  it('holds a process for running that is scheduled, where the kernel does not tell where it waits', async () => {
    add(40, { wchan: '0' });
    const sighted = nodeProcesses(proc).sight();
    switched(40, 2);
    expect(await sighted).toEqual({ pid: 40, paused: false, detail: 'S (sleeping)' });
  });

  it('signals also what was forked meanwhile, and waits for all but what is frozen', async () => {
    add(40, {});
    add(41, { parent: 40, state: 'D', wchan: '__refrigerator' });
    const signalled: number[] = [];
    const count = await nodeProcesses(proc, (pid) => {
      signalled.push(pid);
      if (pid === 40) add(42, { parent: 40 });
      if (pid !== 41) add(pid, { state: 'T' });
    }).signal('SIGSTOP');
    expect(signalled).toEqual([40, 41, 42]);
    expect(count).toBe(3);
  });
});

describe('the text that the kernel tells of a process', () => {
  it('is read whatever the process is called', () => {
    const text = `7 (a) S) b ( ) T 3 ${new Array(17).fill(0).join(' ')} 4711 0`;
    expect(parseStat(text)).toEqual({ state: 'T', parent: 3, startedTicks: '4711' });
    expect(parseStat('')).toBeNull();
  });
});
