import { describe, expect, it } from 'vitest';
import type { Raft, RaftError } from '../../src/raft/index.ts';
import { bytes, configs, eventually, started } from './rafts.ts';

/** Of which n1 leads. Elections would take half a minute: whoever leads soon has been handed the office. */
async function slowlyElected(count: number): Promise<Raft[]> {
  const params = { electionTimeoutMs: [3000, 3100], heartbeatIntervalMs: 75 } as const;
  const rafts = await started(await configs(count, () => ({ params })));
  await rafts[0]?.transferLeadership('n1', 30_000);
  await rafts[0]?.read();
  return rafts;
}

describe('a leader that is stopped', () => {
  it('hands over first, and what is broadcast on it meanwhile ends with a position or certainly without effect', async () => {
    const [first, second, third] = (await slowlyElected(3)) as [Raft, Raft, Raft];
    const { term } = first.status();
    const outcomes: Promise<string>[] = [];
    const broadcast = () =>
      first.broadcast(bytes('m')).then(
        () => 'done',
        ({ code, definite }: RaftError) => `${code} ${definite}`,
      );
    for (let count = 0; count < 200; count++) outcomes.push(broadcast());
    const stopping = first.stop();
    for (let count = 0; count < 200; count++) outcomes.push(broadcast());
    await stopping;
    const codes = await Promise.all(outcomes);
    expect(codes.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => 'done'));
    expect(codes.slice(200)).toEqual(Array.from({ length: 200 }, () => 'stopped true'));
    // Nobody had to wait for an election time-out, in which case there would have been no leader yet.
    const leaders = [second, third].filter((raft) => raft.status().role === 'leader');
    expect(leaders.map((raft) => raft.status().term)).toEqual([term + 1]);
    await second.read();
    expect(second.status().position).toBe(200);
  }, 40_000);

  it('does not where it is told so, nor waits longer than it may for others that do not answer', async () => {
    const rafts = await started(await configs(2));
    await rafts[0]?.transferLeadership('n1');
    await rafts[0]?.read();
    await rafts[1]?.stop();
    const waiting = rafts[0]?.broadcast(bytes('m')).catch(({ code, definite }: RaftError) => `${code} ${definite}`);
    // It is as a process that ends: nobody knows what becomes of it.
    const leaving = rafts[0]?.stop();
    await rafts[0]?.stop({ handOver: false });
    expect(await waiting).toBe('stopped false');
    await leaving;
  });

  it('is stopped after a while though nobody takes over', async () => {
    const rafts = await started(await configs(2));
    await rafts[0]?.transferLeadership('n1');
    await rafts[0]?.read();
    await rafts[1]?.stop({ handOver: false });
    await rafts[0]?.stop();
    expect(() => rafts[0]?.status()).toThrow('does not run');
  });
});

describe('a follower that is stopped', () => {
  it('waits for the answers to what it has been asked', async () => {
    const rafts = await started(await configs(3));
    await rafts[0]?.transferLeadership('n1');
    await rafts[1]?.read();
    const positions = Array.from({ length: 50 }, () => rafts[1]?.broadcast(bytes('m')));
    await rafts[1]?.stop();
    expect(new Set(await Promise.all(positions)).size).toBe(50);
  });
});

describe('whoever wants to know who leads', () => {
  it('is told of each change, with the term', async () => {
    const heard: string[] = [];
    const all = await configs(2, (place) =>
      place === 0 ? { onLeaderChange: ({ term, leader }) => void heard.push(`${leader} in ${term}`) } : {},
    );
    const [first] = (await started(all)) as [Raft];
    for (const to of ['n1', 'n2', 'n1']) {
      await first.transferLeadership(to);
      const now = `${to} in ${first.status().term}`;
      await eventually(() => heard.at(-1) === now);
    }
    expect(new Set(heard.filter((what) => !what.startsWith('null'))).size).toBeGreaterThanOrEqual(3);
  });
});
