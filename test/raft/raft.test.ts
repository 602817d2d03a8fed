import { describe, expect, it } from 'vitest';
import { defaultCompaction, type Raft, type RaftConfig } from '../../src/raft/index.ts';
import { bytes, configs, newDirectory, node, received, recorder, started } from './rafts.ts';

describe('messages', () => {
  it('are delivered on all nodes in one order, whoever broadcasts them, and again after a restart', async () => {
    const all = await configs(3);
    const rafts = await started(all);
    await Promise.all(rafts.map((raft, place) => raft.broadcast(bytes(`m${place}`))));
    const orders = await Promise.all(rafts.map((raft) => received(raft, 3)));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    await rafts[0]?.stop();
    const [again] = await started(all.slice(0, 1));
    expect(await received(again as Raft, 3)).toEqual(orders[0]);
  });

  it('are what they were when they were broadcast, whatever becomes of the bytes of the caller', async () => {
    const all = await configs(3);
    const [first, second] = await started(all.slice(0, 2));
    const message = bytes('pay 100 to A');
    await first?.broadcast(message);
    message.fill(120);
    const [late] = await started(all.slice(2));
    for (const raft of [first, second, late]) expect(await received(raft as Raft, 1)).toEqual(['pay 100 to A']);
  });

  it('are refused where they are too large or no bytes, also in a session, and the cluster goes on', async () => {
    const [raft] = await started(await configs(1));
    const session = await (raft as Raft).openSession();
    const large = new Uint8Array(4 * 1024 * 1024 + 1);
    await expect(session.broadcast(large)).rejects.toMatchObject({ code: 'too-large', definite: true });
    await expect(raft?.broadcast(large)).rejects.toMatchObject({ code: 'too-large', definite: true });
    await expect(raft?.broadcast('text' as never)).rejects.toMatchObject({ code: 'bad-message', definite: true });
    expect(await session.broadcast(bytes('small'))).toBe(1);
  });

  it('that a snapshot covers are not to be had any more, and the state machine has them', async () => {
    const { texts, machine } = recorder();
    const compaction = { snapshotEvery: 5, keptEntries: 0 };
    const all = await configs(1, () => ({ stateMachine: machine, compaction }));
    const [raft] = await started(all);
    for (let number = 1; number <= 20; number++) await raft?.broadcast(bytes(`m${number}`));
    await expect(received(raft as Raft, 1)).rejects.toMatchObject({ code: 'compacted' });
    expect(raft?.status().snapshotIndex).toBeGreaterThan(0);
    await raft?.stop();
    const before = texts.splice(0);
    await (await started(all))[0]?.read();
    expect(texts).toEqual(before);
  });

  it('are never compacted where that is asked for, however many there are', async () => {
    const { machine } = recorder();
    const [raft] = await started(await configs(1, () => ({ stateMachine: machine, compaction: null })));
    await raft?.read();
    const message = bytes('m');
    const count = defaultCompaction.snapshotEvery + 1000;
    await Promise.all(Array.from({ length: count }, () => raft?.broadcast(message)));
    expect(await received(raft as Raft, 1)).toEqual(['m']);
    expect(raft?.status().snapshotIndex).toBe(0);
  });
});

describe('a node', () => {
  it('is added as a voter, takes the leadership over, and the others are removed', async () => {
    const all = await configs(2, (place) => ({ join: place === 1 }));
    const [first, second] = await started([
      { ...(all[0] as RaftConfig), peers: { n1: (all[0] as { peers: Record<string, string> }).peers['n1'] as string } },
      all[1] as RaftConfig,
    ]);
    await first?.broadcast(bytes('before'));
    const { n1, n2 } = (all[0] as { peers: Record<string, string> }).peers as { n1: string; n2: string };
    await first?.changeMembership({ voters: { n1, n2 } });
    await first?.transferLeadership('n2');
    // Until it has committed something of its own the new leader does not know whether another change is under way.
    await second?.read();
    await second?.changeMembership({ voters: { n2 } });
    await first?.stop();
    expect(await second?.broadcast(bytes('after'))).toBe(2);
    expect(second?.status()).toMatchObject({ role: 'leader', members: [{ id: 'n2', standing: 'voter' }] });
  });

  it('that fails to start lets its directory go', async () => {
    const [config] = await configs(1);
    const [holder] = await started([config as RaftConfig]);
    const other = { ...(config as RaftConfig), path: newDirectory() };
    await expect(node(other).start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await holder?.stop();
    await started([other]);
  });

  it('may be stopped while it starts, twice, and at once again', async () => {
    const [config] = await configs(1);
    const raft = node(config as RaftConfig);
    const starting = raft.start().then(
      () => 'started',
      (error: { code: string }) => error.code,
    );
    await Promise.all([raft.stop(), raft.stop()]);
    expect(await starting).toBe('stopped');
    await raft.stop();
    await started([config as RaftConfig]);
  });

  it('that cannot go on says so, ends what waits, and can be stopped', async () => {
    const failures: string[] = [];
    const onFailure = (error: Error) => void failures.push(error.message);
    const [raft] = await started(await configs(1, () => ({ stateMachine: recorder().machine, onFailure })));
    await expect(raft?.broadcast(bytes('poison'))).rejects.toMatchObject({ code: 'stopped', definite: false });
    expect(failures.join()).toContain('this cannot be applied');
    await expect(raft?.broadcast(bytes('more'))).rejects.toMatchObject({ code: 'stopped', definite: true });
    expect(() => raft?.status()).toThrow('does not run');
    await expect(received(raft as Raft, 1)).rejects.toMatchObject({ code: 'stopped' });
    await raft?.stop();
  });
});
