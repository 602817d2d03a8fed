import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import type { Clock } from '../../src/base/clock.ts';
import { type VirtualClock, virtualClock } from '../../src/base/memory/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type ClientSettings, Clients } from '../../src/controller/clients.ts';
import type { NewOperation } from '../../src/history/operation.ts';
import type { Completion, Invocation, WorkloadRun } from '../../src/workload/workload.ts';

interface Recorded extends NewOperation {
  readonly atNs: number;
}

/** How long an operation takes, and how it ends. */
type Fate = (invocation: Invocation, node: string) => { readonly afterMs: number; readonly completion: Completion };

const seconds = 1e9;
const okAfter =
  (afterMs: number): Fate =>
  () => ({ afterMs, completion: { type: 'ok' } });

/** Clients of a workload whose operations are numbered and end as `fate` says. */
class Load {
  readonly clock: VirtualClock = virtualClock();
  readonly recorded: Recorded[] = [];
  readonly clients: Clients;
  underWay = 0;

  constructor(settings: Partial<ClientSettings>, fate: Fate, lateMs = 0) {
    const { clock } = this;
    let last = 0;
    const workload: WorkloadRun = {
      next: () => ({ f: 'work', value: ++last }),
      invoke: (node, invocation, done) => {
        this.underWay++;
        const { afterMs, completion } = fate(invocation, node);
        clock.setTimer(afterMs, () => {
          this.underWay--;
          done(completion);
        });
      },
      probe: () => ({ f: 'probe' }),
      finalReads: () => Promise.resolve(),
    };
    const late: Clock = { ...clock, setTimer: (delayMs, fire) => clock.setTimer(delayMs + lateMs, fire) };
    this.clients = new Clients(
      late,
      seededRandom(7),
      (operation) => void this.recorded.push({ ...operation, atNs: clock.nowNs() }),
      workload,
      { nodes: ['n1', 'n2', 'n3'], rate: 100, concurrency: 5, ...settings },
    );
  }

  ofType(type: NewOperation['type']): Recorded[] {
    return this.recorded.filter((operation) => operation.type === type);
  }

  async stopped(): Promise<void> {
    await this.clock.drive(this.clients.stop());
  }
}

/** The operations of each process, in their order. */
function byProcess(recorded: readonly Recorded[]): Map<number, Recorded[]> {
  const processes = new Map<number, Recorded[]>();
  for (const operation of recorded) {
    const process = Number(operation.process);
    processes.set(process, [...(processes.get(process) ?? []), operation]);
  }
  return processes;
}

/** Every third is unknown, every fifth fails, after 1 to 90 ms. */
const mixed: Fate = ({ value }) => {
  const number = Number(value);
  const error = { code: 'timeout', message: 'no answer' };
  const afterMs = 1 + ((number * 37) % 90);
  if (number % 3 === 0) return { afterMs, completion: { type: 'info', error } };
  if (number % 5 === 0) return { afterMs, completion: { type: 'fail', error } };
  return { afterMs, completion: { type: 'ok', value: -number } };
};

describe('process numbers', () => {
  it('go on after ok and fail, and are retired by info: the worker goes on as old + concurrency', async () => {
    const load = new Load({ rate: 200 }, mixed);
    load.clients.start();
    await load.clock.run(20 * seconds);
    await load.stopped();
    const processes = byProcess(load.recorded);
    expect(load.ofType('info').length).toBeGreaterThan(100);
    const used = new Set(processes.keys());
    for (const [process, operations] of processes) {
      const info = operations.findIndex(({ type }) => type === 'info');
      // Nothing follows an info, and without one the number stays in use to the end.
      expect(info === -1 || info === operations.length - 1, `process ${process}`).toBe(true);
      if (info === -1) expect(used.has(process + 5), `process ${process}`).toBe(false);
      if (process >= 5) expect(processes.get(process - 5)?.at(-1)?.type, `process ${process}`).toBe('info');
    }
    for (const type of ['ok', 'fail'] as const) {
      const gone = [...processes.values()].filter((operations) => operations.at(-1)?.type === type);
      expect(gone.length, `at most every worker's last process ends with ${type}`).toBeLessThanOrEqual(5);
    }
  });

  it('are those of a worker, who stays with its node', async () => {
    const load = new Load({}, mixed);
    load.clients.start();
    await load.clock.run(10 * seconds);
    await load.stopped();
    for (const { process, node } of load.recorded) {
      expect(node).toBe(['n1', 'n2', 'n3'][(Number(process) % 5) % 3]);
    }
    expect(new Set(load.recorded.map(({ process }) => Number(process) % 5)).size).toBe(5);
  });

  it('have one operation at a time, and each ends as it began', async () => {
    const load = new Load({ rate: 1000 }, mixed);
    load.clients.start();
    await load.clock.run(10 * seconds);
    await load.stopped();
    expect(load.recorded.length).toBeGreaterThan(500);
    for (const [process, operations] of byProcess(load.recorded)) {
      for (const [place, { type, f, value, node }] of operations.entries()) {
        expect(type === 'invoke', `process ${process}, operation ${place}`).toBe(place % 2 === 0);
        if (type === 'invoke') continue;
        const begun = present(operations[place - 1], 'an invocation before it');
        expect({ f, node }).toEqual({ f: begun.f, node: begun.node });
        // A completion without a value of its own has that of its invocation.
        expect(value).toBe(type === 'ok' ? -Number(begun.value) : begun.value);
      }
      expect(operations.length % 2).toBe(0);
    }
  });
});

describe('the load', () => {
  it.each([0, 4])('has the wanted mean rate, also where every timer is %i ms late', async (lateMs) => {
    const load = new Load({ rate: 100, concurrency: 20 }, okAfter(2), lateMs);
    load.clients.start();
    await load.clock.run(100 * seconds);
    const begun = load.ofType('invoke');
    expect(begun.length).toBeGreaterThan(9700);
    expect(begun.length).toBeLessThan(10_300);
    const gaps = begun.slice(1).map(({ atNs }, place) => (atNs - (begun[place]?.atNs ?? 0)) / 1e6);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(20 + lateMs + 0.001);
    if (lateMs === 0) expect(gaps.filter((gap) => gap < 5).length / gaps.length).toBeCloseTo(0.25, 1);
  });

  it('waits where all workers are busy, and does not make up for it in a burst', async () => {
    let slow = true;
    const load = new Load({ rate: 100, concurrency: 2 }, () => ({
      afterMs: slow ? 10_000 : 1,
      completion: { type: 'ok' },
    }));
    load.clients.start();
    await load.clock.run(9 * seconds);
    expect(load.ofType('invoke')).toHaveLength(2);
    slow = false;
    await load.clock.run(11 * seconds);
    // Two operations may be owed to the time before; about 900 would be a burst.
    expect(load.ofType('invoke').length).toBeGreaterThan(50);
    expect(load.ofType('invoke').length).toBeLessThan(160);
  });

  it('stops: begins nothing more, and waits for the operations under way', async () => {
    const load = new Load({}, okAfter(700));
    load.clients.start();
    await load.clock.run(1 * seconds);
    expect(load.underWay).toBeGreaterThan(1);
    const begun = load.ofType('invoke').length;
    let stopped = false;
    const stopping = load.clients.stop().then(() => {
      stopped = true;
    });
    const lastNs = Math.max(...load.ofType('invoke').map(({ atNs }) => atNs)) + 0.7 * seconds;
    await load.clock.run(lastNs - 1);
    expect(load.underWay).toBeGreaterThan(0);
    expect(stopped).toBe(false);
    await load.clock.drive(stopping);
    expect(load.underWay).toBe(0);
    expect(load.clock.nowNs()).toBe(lastNs);
    await load.clock.run(10 * seconds);
    expect(load.ofType('invoke')).toHaveLength(begun);
    expect(load.recorded).toHaveLength(2 * begun);
  });

  it('stops at once where nothing is under way', async () => {
    const load = new Load({}, okAfter(1));
    await load.stopped();
    expect(load.clock.nowNs()).toBe(0);
  });
});

describe('one operation on request', () => {
  it('is done at once by an idle worker, at the node that is named, and told with its end', async () => {
    const load = new Load({}, () => ({ afterMs: 3, completion: { type: 'ok', value: 'read' } }));
    const completion = await load.clock.drive(load.clients.perform('n2', { f: 'read', key: 'k', value: null }));
    expect(completion).toEqual({ type: 'ok', value: 'read' });
    const { process } = present(load.recorded[0], 'an invocation');
    expect(load.recorded).toEqual([
      { type: 'invoke', process, f: 'read', key: 'k', value: null, node: 'n2', atNs: 0 },
      { type: 'ok', process, f: 'read', key: 'k', value: 'read', node: 'n2', atNs: 3e6 },
    ]);
  });

  it('waits for an idle worker, first come first served, under a new number after an info', async () => {
    const error = { code: 'timeout', message: 'no answer' };
    const load = new Load({ concurrency: 2 }, ({ value }) => ({
      afterMs: Number(value) * 10,
      completion: { type: 'info', error },
    }));
    const all = [3, 5, 1, 1, 1].map((value) => load.clients.perform('n1', { f: 'read', value }));
    expect(load.ofType('invoke').map(({ value }) => value)).toEqual([3, 5]);
    await load.clock.drive(Promise.all(all));
    expect(load.ofType('invoke').map(({ value, atNs }) => [value, atNs / 1e6])).toEqual([
      [3, 0],
      [5, 0],
      [1, 30],
      [1, 40],
      [1, 50],
    ]);
    expect(new Set(load.ofType('invoke').map(({ process }) => process)).size).toBe(5);
  });
});
