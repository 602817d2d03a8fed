import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import type { Raft, RaftConfig } from '../../src/raft/index.ts';
import { bootFile, writePreamble } from '../../src/raft/storage/file-format.ts';
import { bytes, configs, started } from './rafts.ts';

type Named = RaftConfig & { readonly peers: Record<string, string> };

async function nodes(count: number, more: (place: number) => Partial<RaftConfig> = () => ({})) {
  const notices: string[] = [];
  const onNotice = (what: string) => void notices.push(what);
  const all = (await configs(count, (place) => ({ onNotice, ...more(place) }))) as Named[];
  return { all: all as [Named, Named, Named], notices };
}

async function restarted(raft: Raft, config: RaftConfig): Promise<Raft> {
  await raft.stop({ handOver: false });
  const [again] = await started([config]);
  return again as Raft;
}

const idsOf = (raft: Raft) => raft.status().members.map(({ id }) => id);

describe('who starts the cluster', () => {
  it('is stored at the first start: an operator who edits `peers` later makes no second cluster of it', async () => {
    const { all, notices } = await nodes(3);
    const [first, second] = (await started(all)) as [Raft, Raft, Raft];
    expect(await first.broadcast(bytes('of three'))).toBe(1);
    const n1 = all[0].peers['n1'] as string;
    const again = await restarted(first, { ...all[0], peers: { n1 } });
    expect(idsOf(again)).toEqual(['n1', 'n2', 'n3']);
    expect(notices.filter((what) => what.includes('`peers` names'))).toEqual([
      expect.stringMatching(
        /names n1 at \S+, which counts at the first start only: .* n1 at .*n3 at .*changeMembership/,
      ),
    ]);
    expect(await again.broadcast(bytes('of three as well'))).toBe(2);
    await second.read();
    expect(second.status().position).toBe(2);
  });

  it('does not change where one that has joined is started without `join` before it is added', async () => {
    const { all, notices } = await nodes(2, (place) => ({ join: place === 1 }));
    const [joining] = (await started([all[1]])) as [Raft];
    expect(notices).toEqual([]);
    const again = await restarted(joining, { ...all[1], join: false, peers: { n2: all[1].peers['n2'] as string } });
    await expect(again.broadcast(bytes('of one'), 1000)).rejects.toMatchObject({ code: 'no-leader' });
    expect(idsOf(again)).toEqual([]);
    expect(notices).toEqual([expect.stringContaining('waits until `changeMembership` adds it')]);
  });

  it('says nothing where `peers` is as it was, or as the members are by now', async () => {
    const { all, notices } = await nodes(2, (place) => ({ join: place === 1 }));
    const { n1, n2 } = all[0].peers as { n1: string; n2: string };
    const alone = { ...all[0], peers: { n1 } };
    const [first, second] = (await started([alone, all[1]])) as [Raft, Raft];
    await first.changeMembership({ voters: { n1, n2 } });
    const asItWas = await restarted(first, alone);
    const asItIs = await restarted(asItWas, all[0]);
    const joined = await restarted(second, { ...all[1], join: false });
    await joined.read();
    expect(idsOf(asItIs)).toEqual(['n1', 'n2']);
    expect(notices.filter((what) => what.includes('first start'))).toEqual([]);
  });

  it('has the addresses that `peers` gives for as long as no change of the membership is in the log', async () => {
    const { all, notices } = await nodes(2);
    const [, elsewhere] = (await configs(2)) as [Named, Named];
    const rafts = (await started(all.slice(0, 2))) as [Raft, Raft];
    await rafts[0].broadcast(bytes('m'));
    await Promise.all(rafts.map((raft) => raft.stop({ handOver: false })));
    const peers = { n1: all[0].peers['n1'] as string, n2: elsewhere.peers['n2'] as string };
    const moved = (await started(all.slice(0, 2).map((config) => ({ ...config, peers })))) as [Raft, Raft];
    expect(await moved[0].broadcast(bytes('m'))).toBe(2);
    expect(notices.filter((what) => what.includes('first start'))).toEqual([]);
  });

  it('is taken from `peers` once by a directory of version 1, which says so', async () => {
    const { all, notices } = await nodes(1);
    const [raft] = (await started([all[0]])) as [Raft];
    await raft.broadcast(bytes('m'));
    await raft.stop();
    const body = new ByteWriter().string('n1').string('raft').u53(5).finish();
    const writer = new ByteWriter();
    writePreamble(writer, { ...bootFile, version: 1 });
    writeFileSync(join(all[0].path, 'boot'), writer.u32(crc32c(body)).raw(body).finish());
    const again = await restarted(raft, all[0]);
    expect(again.status().boot).toBe(6);
    expect(notices).toEqual([expect.stringMatching(/did not say who started the cluster: from now on it was n1 at/)]);
    await restarted(again, all[0]);
    expect(notices).toHaveLength(1);
  });
});
