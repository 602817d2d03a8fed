import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/base/memory/clock.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import { RaftError } from '../../src/raft/errors.ts';
import { type Place, WaitingRequests } from '../../src/raft/waiting-requests.ts';

const place = { ok: true, index: 7, position: 5 } as const;

function setUp() {
  const clock = virtualClock();
  const givenUp: number[] = [];
  const waiting = new WaitingRequests(clock, 2, (requestId) => givenUp.push(requestId));
  const heard: string[] = [];
  const hears = (name: string) => (outcome: Outcome<Place>) => {
    const code = outcome.ok ? `at ${outcome.value.position}` : outcome.error.code;
    heard.push(`${name} ${code}`);
  };
  return { clock, waiting, givenUp, heard, hears };
}

describe('reads that were asked for in one turn', () => {
  it('are one, and all are answered', () => {
    const { waiting, heard, hears } = setUp();
    expect(waiting.takeReads()).toBeNull();
    for (const name of ['a', 'b']) waiting.addRead(100, hears(name));
    const requestId = waiting.takeReads() as number;
    waiting.addRead(100, hears('c'));
    waiting.answer(requestId, place);
    expect(heard).toEqual(['a at 5', 'b at 5']);
    expect(waiting.takeReads()).not.toBe(requestId);
  });

  it('each have a time-out of their own, and are given up with the last', async () => {
    const { clock, waiting, givenUp, heard, hears } = setUp();
    waiting.addRead(100, hears('a'));
    waiting.addRead(300, hears('b'));
    const requestId = waiting.takeReads() as number;
    await clock.run(200e6);
    expect([heard, givenUp]).toEqual([['a timeout'], []]);
    await clock.run(400e6);
    expect([heard, givenUp]).toEqual([['a timeout', 'b timeout'], [requestId]]);
    waiting.answer(requestId, place);
    expect(heard).toHaveLength(2);
  });

  it('may end before they are asked for', async () => {
    const { clock, waiting, givenUp, heard, hears } = setUp();
    waiting.addRead(100, hears('a'));
    await clock.run(200e6);
    expect([heard, givenUp, waiting.takeReads()]).toEqual([['a timeout'], [], null]);
  });
});

describe('requests', () => {
  it('are answered once, or given up, and all are told when the node ends', async () => {
    const { clock, waiting, givenUp, heard, hears } = setUp();
    const [first, second] = [waiting.add(100, hears('first')), waiting.add(100, hears('second'))];
    waiting.answer(first, place);
    waiting.answer(first, place);
    await clock.run(200e6);
    expect([heard, givenUp]).toEqual([['first at 5', 'second timeout'], [second]]);
    waiting.add(100, hears('third'));
    waiting.addRead(100, hears('read'));
    waiting.endAll(new RaftError('stopped', 'it was stopped', false));
    await clock.run();
    expect(heard.slice(2)).toEqual(['third stopped', 'read stopped']);
  });
});
