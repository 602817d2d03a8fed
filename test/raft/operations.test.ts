import { describe, expect, it } from 'vitest';
import { type Raft, type RaftConfig, RaftError, type StateMachine } from '../../src/raft/index.ts';
import { bytes, configs, eventually, recorder, started } from './rafts.ts';

/** A cluster of n1, n2 and so on, of which n1 leads. */
async function led(count: number, more: (place: number) => Partial<RaftConfig> = () => ({})): Promise<Raft[]> {
  const rafts = await started(await configs(count, more));
  await rafts[0]?.transferLeadership('n1');
  await rafts[0]?.read();
  return rafts;
}

describe('transferLeadership', () => {
  it('resolves once the node that was asked sees it: the leader, the one that is to lead, or another', async () => {
    const rafts = await led(3);
    for (const [asked, to] of [
      [0, 'n2'], // the leader
      [2, 'n3'], // the one that is to lead
      [0, 'n2'], // another
      [1, 'n2'], // the leader, which already is
      [2, 'n2'], // another, where it already is
    ] as const) {
      await rafts[asked]?.transferLeadership(to);
      expect(rafts[asked]?.status().leader, `${to}, asked of ${asked}`).toBe(to);
    }
    expect(rafts[1]?.status()).toMatchObject({ role: 'leader', transferringTo: null });
  });

  it('rejects where nobody of that name votes, where it does not come, and where the node is stopped', async () => {
    const rafts = await led(3);
    for (const raft of rafts)
      await expect(raft.transferLeadership('n9')).rejects.toMatchObject({ code: 'not-a-voter' });
    await rafts[2]?.stop();
    const failed = rafts[0]?.transferLeadership('n3');
    await expect(failed).rejects.toMatchObject({ code: 'transfer-failed' });
    expect(rafts[0]?.status()).toMatchObject({ leader: 'n1', transferringTo: null });
    await rafts[1]?.stop();
    await expect(rafts[0]?.transferLeadership('n2', 1500)).rejects.toBeInstanceOf(RaftError);
    const waiting = expect(rafts[0]?.transferLeadership('n3')).rejects.toMatchObject({
      code: 'stopped',
      definite: false,
    });
    await rafts[0]?.stop();
    await waiting;
  });
});

describe('status', () => {
  it('of a leader tells of its followers, who lags and who does not answer', async () => {
    const rafts = await led(3);
    const [first, , third] = rafts as [Raft, Raft, Raft];
    await first.broadcast(bytes('m'));
    await eventually(() => first.status().followers?.every(({ lag }) => lag === 0) ?? false);
    const { lastIndex, commitIndex } = first.status();
    expect(commitIndex).toBe(lastIndex);
    expect(first.status()).toMatchObject({
      ...{ self: 'n1', leader: 'n1', position: 1, membersAreCommitted: true, change: null, transferringTo: null },
      followers: ['n2', 'n3'].map((id) => ({
        ...{ id, standing: 'voter', answers: true, match: lastIndex, lag: 0, snapshot: null },
      })),
    });
    await eventually(() => third.status().position === 1);
    expect(third.status()).toMatchObject({ role: 'follower', followers: null, lastIndex, position: 1 });
    await third.stop();
    for (let count = 0; count < 5; count++) await first.broadcast(bytes('m'));
    await eventually(() => first.status().followers?.[1]?.answers === false);
    expect(first.status().followers?.[1]).toMatchObject({ id: 'n3', answers: false, match: lastIndex, lag: 5 });
  });

  it('tells of a change that is under way, and of learners', async () => {
    const all = await configs(2, (place) => ({ join: place === 1 }));
    const { n1, n2 } = (all[0] as { peers: Record<string, string> }).peers as { n1: string; n2: string };
    const [first] = (await started([{ ...(all[0] as RaftConfig), peers: { n1 } }])) as [Raft];
    await first.read();
    const changed = first.changeMembership({ voters: { n1, n2 } });
    // n2 has not been started: it cannot catch up yet.
    await eventually(() => first.status().change !== null);
    expect(first.status()).toMatchObject({
      change: { stage: 'catching-up', target: [{ id: 'n1' }, { id: 'n2', standing: 'voter', address: n2 }] },
      members: [{ id: 'n1' }, { id: 'n2', standing: 'learner' }],
      followers: [{ id: 'n2', standing: 'learner', match: 0 }],
    });
    const [second] = (await started(all.slice(1))) as [Raft];
    await changed;
    expect(first.status()).toMatchObject({ change: null, membersAreCommitted: true });
    await eventually(() => second.status().membersAreCommitted && second.status().members.length === 2);
    expect(second.status().members.map(({ standing }) => standing)).toEqual(['voter', 'voter']);
    // What was asked for and is so already does nothing.
    const { lastIndex } = first.status();
    await second.changeMembership({ voters: { n1, n2 } });
    expect(first.status().lastIndex).toBe(lastIndex);
  });
});

describe('a function of the user that throws', () => {
  it('hearing a notice or a failure is reported as a warning, and the node goes on or stops as it would', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', onWarning);
    try {
      const { machine } = recorder();
      const all = await configs(2, () => ({ stateMachine: machine }));
      const [first] = (await started([
        {
          ...(all[0] as RaftConfig),
          peers: { n1: (all[0] as { peers: Record<string, string> }).peers['n1'] as string },
          onNotice: () => {
            throw new Error('the notice board is full');
          },
          onFailure: async () => {
            throw new Error('nobody to tell');
          },
        },
      ])) as [Raft];
      // A stranger is refused, which is a notice.
      await started(all.slice(1));
      await eventually(() => warnings.length > 0);
      expect(warnings[0]).toBe('RaftWarning: onNotice of a Raft node threw: the notice board is full');
      expect(await first.broadcast(bytes('m'))).toBe(1);
      await expect(first.broadcast(bytes('poison'))).rejects.toMatchObject({ code: 'stopped' });
      await eventually(() => warnings.some((warning) => warning.includes('onFailure')));
      expect(warnings.at(-1)).toContain('nobody to tell');
    } finally {
      process.off('warning', onWarning);
    }
  });

  it.each<[string, Partial<StateMachine>, string]>([
    ['apply', { apply: fail }, 'failed to apply the message at position 3: no more'],
    ['a late apply', { apply: fail as () => Promise<void> }, 'failed to apply the message at position 3: no more'],
    ['apply that is not done', { apply: async ({ position }) => void position }, 'position 1: it returned a promise'],
    ['snapshot', { snapshot: () => fail({ position: 3 }) as never }, 'take a snapshot after the message at position'],
    ['snapshot of nothing', { snapshot: () => undefined as never }, 'something else than a Uint8Array'],
  ])('%s stops the node and says where', async (_, change, message) => {
    const failures: (Error & { code?: string; remedy?: string })[] = [];
    const stateMachine = { ...recorder().machine, ...change };
    const compaction = { snapshotEvery: 4, keptEntries: 0 };
    const onFailure = (error: Error) => void failures.push(error);
    const [raft] = (await started(await configs(1, () => ({ stateMachine, compaction, onFailure })))) as [Raft];
    const broadcasts = Array.from({ length: 8 }, (__, at) => raft.broadcast(bytes(`${at}`)));
    await Promise.allSettled(broadcasts);
    await eventually(() => failures.length > 0);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code: 'state-machine-failed', message: expect.stringContaining(message) });
    expect(failures[0]?.remedy).toMatch(/\w/);
    await expect(raft.broadcast(bytes('more'))).rejects.toMatchObject({ code: 'stopped', definite: true });
  });

  it('restoring a snapshot stops the node before it has started, and says where', async () => {
    const compaction = { snapshotEvery: 4, keptEntries: 0 };
    const [config] = await configs(1, () => ({ stateMachine: recorder().machine, compaction }));
    const [raft] = (await started([config as RaftConfig])) as [Raft];
    for (let at = 0; at < 8; at++) await raft.broadcast(bytes(`${at}`));
    await eventually(() => raft.status().snapshotIndex > 0);
    await raft.stop();
    const failures: Error[] = [];
    const restore = () => fail({ position: 3 });
    const onFailure = (error: Error) => void failures.push(error);
    await started([{ ...(config as RaftConfig), stateMachine: { ...recorder().machine, restore }, onFailure }]);
    await eventually(() => failures.length > 0);
    expect(failures[0]?.message).toMatch(
      /restore the snapshot that was taken after the message at position \d: no more/,
    );
  });
});

function fail({ position }: { readonly position: number }): void {
  if (position === 3) throw new Error('no more');
}
