import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';

const MS = 1e6;

describe('virtualClock', () => {
  it('runs events by time, and those of one time in the order they were scheduled in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20)), async (delays) => {
        const clock = virtualClock();
        const ran: { at: number; number: number }[] = [];
        delays.forEach((delay, number) => {
          clock.schedule(delay, () => ran.push({ at: clock.nowNs(), number }));
        });
        await clock.run();
        const expected = delays
          .map((at, number) => ({ at, number }))
          .sort((a, b) => a.at - b.at || a.number - b.number);
        expect(ran).toEqual(expected);
      }),
    );
  });

  it('runs up to a time, and then it is that time', async () => {
    const clock = virtualClock();
    const ran: number[] = [];
    for (const at of [5, 10, 11]) clock.schedule(at, () => ran.push(at));
    await clock.run(10);
    expect([ran, clock.nowNs()]).toEqual([[5, 10], 10]);
    await clock.run(20);
    expect([ran, clock.nowNs()]).toEqual([[5, 10, 11], 20]);
  });

  it('lets every continuation run before the next event, also of promises that are not its own', async () => {
    const clock = virtualClock();
    const log: string[] = [];
    const phase = async (name: string): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await sleep(clock, 1);
        log.push(`${name}${i} awake`);
        for (let j = 0; j < 20; j++) await Promise.resolve();
        log.push(`${name}${i} on`);
      }
    };
    clock.schedule(1 * MS, () => log.push('event 1'));
    clock.schedule(2 * MS + 1, () => log.push('event 2'));
    await clock.drive(Promise.all([phase('a'), phase('b')]));
    expect(log.slice(0, 9)).toEqual([
      'event 1',
      ...['a0 awake', 'a0 on', 'b0 awake', 'b0 on'],
      ...['a1 awake', 'a1 on', 'b1 awake', 'b1 on'],
    ]);
    expect(log[9]).toBe('event 2');
  });

  it('calls back soon at the same time, after the events that are there already', async () => {
    const clock = virtualClock();
    const ran: string[] = [];
    const note = (what: string) => ran.push(`${what} at ${clock.nowNs()}`);
    clock.schedule(5, () => {
      clock.soon(() => note('soon'));
      note('one');
    });
    clock.schedule(5, () => note('two'));
    clock.schedule(6, () => note('later'));
    await clock.run();
    expect(ran).toEqual(['one at 5', 'two at 5', 'soon at 5', 'later at 6']);
  });

  it('drives a promise to its value or error, and tells a deadlock from a time that is over', async () => {
    const clock = virtualClock();
    expect(await clock.drive(sleep(clock, 10).then(() => 'slept'))).toBe('slept');
    expect(clock.nowNs()).toBe(10 * MS);
    await expect(clock.drive(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(clock.drive(new Promise(() => {}))).rejects.toMatchObject({ code: 'deadlock' });
    const tick = (): void => void clock.setTimer(1, tick);
    tick();
    await expect(clock.drive(new Promise(() => {}), 100 * MS)).rejects.toMatchObject({ code: 'virtual-timeout' });
  });

  it('passes on what an event throws, and can be run on', async () => {
    const clock = virtualClock();
    const ran: number[] = [];
    clock.schedule(1, () => {
      throw new Error('a bug');
    });
    clock.schedule(2, () => ran.push(2));
    await expect(clock.run()).rejects.toThrow('a bug');
    await clock.run();
    expect(ran).toEqual([2]);
  });

  it('never looks at the real time nor sets a real timer', async () => {
    const real = [
      vi.spyOn(globalThis, 'setTimeout'),
      vi.spyOn(globalThis, 'setInterval'),
      vi.spyOn(Date, 'now'),
      vi.spyOn(performance, 'now'),
      vi.spyOn(process.hrtime, 'bigint'),
      vi.spyOn(Math, 'random'),
    ];
    const world = memoryWorld(1);
    const { clock, disk, requestServer, network } = world.host('n1').start();
    const client = world.host('client').start();
    const answered = clock.promise((resolve) => {
      const address = { host: 'n1', port: 8000 };
      const answer = { status: 200, body: clock.wallMs() };
      requestServer.serve(
        address,
        (_request, respond) => void clock.setTimer(1, () => respond(answer)),
        () => {
          client.requestClient.call(address, { method: 'GET', path: '/' }, 1000, resolve);
        },
      );
      disk.open('a', () => {});
      network.connect({ host: 'nowhere', port: 1 }, { opened: () => {}, received: () => {}, closed: () => {} });
    });
    await world.clock.drive(answered);
    const calls = real.map((spy) => spy.mock.calls.length);
    vi.restoreAllMocks();
    expect(calls).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('a virtual process', () => {
  it('hears while it is paused nothing, and afterwards everything in order, before anything newer', async () => {
    const clock = virtualClock();
    const { process, clock: own } = clock.startProcess('n1');
    const fired: string[] = [];
    for (const delayMs of [10, 20, 30, 40])
      own.setTimer(delayMs, () => fired.push(`${delayMs} at ${own.nowNs() / MS}`));
    clock.schedule(15 * MS, () => process.pause());
    // The resumption comes first of what happens at 40 ms, and so what was held comes before the timer of that time.
    clock.schedule(35 * MS, () => process.resume());
    await clock.run();
    expect(fired).toEqual(['10 at 10', '20 at 35', '30 at 35', '40 at 40']);
  });

  it('keeps the order when it is resumed at the very time of an event, and paused again while it catches up', async () => {
    const clock = virtualClock();
    const { process, clock: own } = clock.startProcess('n1');
    const fired: number[] = [];
    clock.schedule(5 * MS, () => process.pause());
    clock.schedule(40 * MS, () => process.resume());
    for (const delayMs of [10, 20, 30, 40]) {
      own.setTimer(delayMs, () => {
        fired.push(delayMs);
        if (delayMs === 20) process.pause();
      });
    }
    await clock.run();
    expect(fired).toEqual([10, 20]);
    process.resume();
    await clock.run();
    expect(fired).toEqual([10, 20, 30, 40]);
  });

  it('can still cancel, when it goes on, a timer that ran out meanwhile', async () => {
    const clock = virtualClock();
    const { process, clock: own } = clock.startProcess('n1');
    const fired: string[] = [];
    own.setTimer(10, () => election.cancel());
    const election = own.setTimer(20, () => fired.push('election'));
    process.pause();
    clock.schedule(30 * MS, () => process.resume());
    await clock.run();
    expect(fired).toEqual([]);
  });

  it('hears nothing once it is dead, also not what was held back', async () => {
    const clock = virtualClock();
    const { process, clock: own } = clock.startProcess('n1');
    const fired: string[] = [];
    own.setTimer(1, () => fired.push('held'));
    own.setTimer(5, () => fired.push('after'));
    own.soon(() => fired.push('soon'));
    process.pause();
    await clock.run(2 * MS);
    process.kill();
    process.resume();
    await clock.run();
    expect(fired).toEqual([]);
  });
});
