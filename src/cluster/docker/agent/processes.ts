import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from '../../../base/assert.ts';
import { ChaosError } from '../../../base/errors.ts';
import { type ProcessStat, parseStat } from './process-stat.ts';
import type { NodeSignal, ProcessSighting } from './protocol.ts';

/** The processes of the node, as this agent sees them in the process namespace that it shares with the node. */
export interface NodeProcesses {
  /**
   * Signals every process of the node. Resolves with how many there were, once the kernel shows them stopped or running
   * on; what is frozen shows that only after its thaw and is not waited for, nor is anybody's death. Rejects with
   * `signal-without-effect`.
   */
  signal(signal: NodeSignal): Promise<number>;
  /** The process that the node's container was started with; null where there is none. */
  sight(): Promise<ProcessSighting | null>;
}

interface NodeProcess extends ProcessStat {
  readonly pid: number;
}

const pollMs = 2;
/** A process that waits for a slow disk takes a signal only afterwards. */
const effectWithinMs = 8_000;
/** A node that runs is scheduled many times in this time: its heartbeats alone see to that. */
const activitySampleMs = 150;

/** `send` and `proc` are the system's own unless given. */
export function nodeProcesses(proc = '/proc', send: (pid: number, signal: NodeSignal) => void = kill): NodeProcesses {
  return {
    signal: async (signal) => {
      const signalled = new Set<number>();
      // Again and again, since a process may have forked before the signal reached it.
      for (const deadline = Date.now() + effectWithinMs; ; await sleep(pollMs)) {
        const found = living(proc);
        const fresh = found.filter(({ pid }) => !signalled.has(pid));
        for (const { pid } of fresh) {
          send(pid, signal);
          signalled.add(pid);
        }
        const unmoved = found.filter((process) => !shows(process, signal) && frozenIn(proc, process) === null);
        if (fresh.length === 0 && unmoved.length === 0) return signalled.size;
        if (Date.now() > deadline) throw withoutEffect(signal, unmoved);
      }
    },

    sight: async () => {
      const main = mainProcess(living(proc));
      if (main === null) return null;
      const { pid, state } = main;
      const named = stateName(state);
      if (state === 'T') return { pid, paused: true, detail: named };
      const where = frozenIn(proc, main);
      if (where !== null) return { pid, paused: true, detail: `frozen: ${named} in ${where}` };
      if (state === 'R' || readWaitChannel(proc, pid) !== null) return { pid, paused: false, detail: named };
      // A kernel that does not tell where a process waits: then by whether it is ever scheduled.
      const before = switches(proc, pid);
      await sleep(activitySampleMs);
      return switches(proc, pid) === before
        ? { pid, paused: true, detail: `frozen: ${named}, not scheduled for ${activitySampleMs} ms` }
        : { pid, paused: false, detail: named };
    },
  };
}

/**
 * Every process of the namespace that lives in another mount namespace than the agent: neither the agent, nor what it
 * starts, nor what somebody executes in its container.
 */
function living(proc: string): NodeProcess[] {
  const mine = readlinkSync(`${proc}/self/ns/mnt`);
  return readdirSync(proc).flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = parseStat(readFileSync(`${proc}/${name}/stat`, 'utf8'));
      if (stat === null || stat.state === 'Z' || stat.state === 'X') return [];
      return readlinkSync(`${proc}/${name}/ns/mnt`) === mine ? [] : [{ pid: Number(name), ...stat }];
    } catch {
      return []; // It ended while it was being looked at.
    }
  });
}

/** The container's first process has its parent outside; so has what is executed in the container, but later. */
function mainProcess(found: readonly NodeProcess[]): NodeProcess | null {
  const roots = found.filter(({ parent }) => parent === 0);
  roots.sort((a, b) => Number(a.startedTicks) - Number(b.startedTicks) || a.pid - b.pid);
  return roots[0] ?? null;
}

function shows({ state }: NodeProcess, signal: NodeSignal): boolean {
  switch (signal) {
    case 'SIGSTOP':
      return state === 'T';
    case 'SIGCONT':
      return state !== 'T';
    case 'SIGKILL':
      return true; // Its effect is for the engine to report.
    default:
      return unreachable(signal);
  }
}

/**
 * The function of the kernel in which the cgroup freezer holds a process, or null. The first version of cgroups keeps it
 * in `__refrigerator` (state D) or, where it was stopped before, in `do_signal_stop`; the second in `do_freezer_trap`
 * (state S), which compilers may inline.
 */
function frozenIn(proc: string, { pid, state }: NodeProcess): string | null {
  if (state !== 'D' && state !== 'S') return null;
  const where = readWaitChannel(proc, pid);
  return where !== null && /^(__refrigerator|do_signal_stop|do_freezer_trap|get_signal)\b/.test(where) ? where : null;
}

/** Where in the kernel a process waits, or null where the kernel does not tell. */
function readWaitChannel(proc: string, pid: number): string | null {
  const where = readOrEmpty(`${proc}/${pid}/wchan`).trim();
  return where === '' || where === '0' ? null : where;
}

/** How often all threads of a process together have left the processor; told as a text, to be compared only. */
function switches(proc: string, pid: number): string {
  try {
    return readdirSync(`${proc}/${pid}/task`)
      .map((thread) => readOrEmpty(`${proc}/${pid}/task/${thread}/status`).match(/ctxt_switches:\s*\d+/g))
      .join();
  } catch {
    return '';
  }
}

function stateName(letter: string): string {
  const name = { R: 'running', S: 'sleeping', D: 'disk sleep', T: 'stopped', t: 'tracing stop', I: 'idle' }[letter];
  return name === undefined ? letter : `${letter} (${name})`;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number, signal: NodeSignal): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function withoutEffect(signal: NodeSignal, unmoved: readonly NodeProcess[]): ChaosError {
  const processes = unmoved.map(({ pid, state }) => `${pid} ${stateName(state)}`).join(', ');
  return new ChaosError('signal-without-effect', `${signal} shows no effect after ${effectWithinMs} ms: ${processes}`);
}
