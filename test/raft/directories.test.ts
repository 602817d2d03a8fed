import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { promised } from '../../src/base/clock.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type ChaosError, FileStorage, type RaftConfig, realClock, realDisk } from '../../src/raft/index.ts';
import { votersAt } from '../../src/raft/member.ts';
import { type Boot, countBoot } from '../../src/raft/storage/boot-record.ts';
import { bootFile, writePreamble } from '../../src/raft/storage/file-format.ts';
import { hurriedClock, PlainDisk } from './plain-disk.ts';
import { PowerCuts } from './power-cuts.ts';
import { bytes, configs, node, started } from './rafts.ts';

/** Everything in a directory, and when it was changed. */
function contents(directory: string): Record<string, string> {
  // Not the sockets that a lock is made of.
  const names = readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  );
  return Object.fromEntries(
    names.map((name) => {
      const path = join(directory, name);
      return [name, `${statSync(path).mtimeMs} ${statSync(path).ino} ${readFileSync(path).toString('hex')}`];
    }),
  );
}

async function refusal(starting: Promise<unknown>): Promise<ChaosError> {
  return starting.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

const owner = { id: 'n1', clusterId: 'raft' };
const founders = votersAt({ n1: 'h:1', n2: 'h:2', n3: 'h:3' });
const others = votersAt({ n1: 'h:1' });

describe('a directory', () => {
  it('belongs to its node and its cluster: nobody else starts on it, and nothing of it is changed', async () => {
    const [config] = await configs(1);
    const [other] = await configs(2).then((both) => both.slice(1));
    const [raft] = await started([config as RaftConfig]);
    await raft?.broadcast(bytes('m'));
    await raft?.stop();
    const before = contents(config?.path ?? '');
    const path = config?.path ?? '';
    const wrongNode = await refusal(node({ ...(other as RaftConfig), path }).start());
    const wrongCluster = await refusal(node({ ...(config as RaftConfig), clusterId: 'two' }).start());
    for (const error of [wrongNode, wrongCluster]) expect(error).toMatchObject({ code: 'wrong-directory' });
    expect(wrongNode.message).toContain('node n1 of the cluster raft, not of n2 of raft');
    expect(wrongCluster.message).toContain('not of n1 of two');
    expect(wrongNode.remedy).toMatch(/directory of its own/);
    expect(contents(path)).toEqual(before);
    const [again] = await started([config as RaftConfig]);
    expect(again?.status().boot).toBe(2);
  });

  it('is left alone by a second node that finds it in use', async () => {
    const [config] = await configs(1);
    const [raft] = await started([config as RaftConfig]);
    await raft?.read();
    const before = contents(config?.path ?? '');
    expect(await refusal(node(config as RaftConfig).start())).toMatchObject({ code: 'directory-in-use' });
    expect(contents(config?.path ?? '')).toEqual(before);
    expect(await raft?.broadcast(bytes('m'))).toBe(1);
  });

  it('of an earlier version becomes that of the first node that starts on it, which says so', async () => {
    const notices: string[] = [];
    const [config] = await configs(1, () => ({ onNotice: (what) => void notices.push(what) }));
    const path = config?.path ?? '';
    const [raft] = await started([config as RaftConfig]);
    await raft?.broadcast(bytes('m'));
    await raft?.stop();
    writeFileSync(join(path, 'boot'), '41\n');
    const [again] = await started([config as RaftConfig]);
    expect(again?.status().boot).toBe(42);
    expect(notices.join()).toContain(`did not say whose it is: from now on it is that of n1 of raft`);
    await again?.stop();
    const other = node({ ...(config as RaftConfig), clusterId: 'two' });
    expect(await refusal(other.start())).toMatchObject({ code: 'wrong-directory' });
  });

  it.each([
    ['is not there beside a log', (path: string) => rmSync(path)],
    ['holds a bit that was flipped', (path: string) => flip(path, -1, 1)],
    ['is cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 25))],
    ['is empty', (path: string) => writeFileSync(path, '')],
  ])('whose boot record %s is refused, with the file and a remedy', async (_, damage) => {
    const [config] = await configs(1);
    const [raft] = await started([config as RaftConfig]);
    await raft?.read();
    await raft?.stop();
    const path = join(config?.path ?? '', 'boot');
    damage(path);
    const error = await refusal(node(config as RaftConfig).start());
    expect(error).toMatchObject({ code: 'corrupt-boot' });
    expect(error.message).toContain(path);
    expect(error.remedy).toMatch(/\w/);
  });

  it('of a later version is refused as such', async () => {
    const [config] = await configs(1);
    const [raft] = await started([config as RaftConfig]);
    await raft?.stop();
    const path = join(config?.path ?? '', 'boot');
    const writer = new ByteWriter();
    writePreamble(writer, { ...bootFile, version: 3 });
    writeFileSync(path, writer.text('whatever that says').finish());
    expect(await refusal(node(config as RaftConfig).start())).toMatchObject({ code: 'wrong-version' });
  });

  it('can be claimed and let go again without being opened', async () => {
    const [config] = await configs(1);
    const path = config?.path ?? '';
    for (const count of [1, 2]) {
      const storage = new FileStorage(realClock(), realDisk('/'), path);
      const boot = await promised<Boot>(realClock(), (done) => storage.claim(owner, founders, done));
      expect(boot).toEqual({ count, founders, adopted: null });
      await promised<void>(realClock(), (done) => storage.close(done));
    }
  });
});

describe('the boot record', () => {
  it('never gives a number twice, nor forgets its owner or who started the cluster, wherever a power cut falls', async () => {
    const random = seededRandom(5);
    let cutsTried = 0;
    const formers: readonly (readonly [former: Uint8Array | null, least: number])[] = [
      [null, 0],
      [bytes('7\n'), 7],
      [recordOfVersion1(7), 7],
    ];
    for (const [former, least] of formers) {
      const first = new PlainDisk();
      if (former !== null) first.files.set('boot', { bytes: former });
      const cuts = new PowerCuts(first.files);
      const moments: (() => void)[] = [];
      const disk = new PlainDisk(first.files, (change) => moments.push(() => cuts.add(change)));
      await countBoot(hurriedClock, disk, 'data', owner, founders);
      const firstStart = moments.length;
      await countBoot(hurriedClock, disk, 'data', owner, others);
      for (const [at, moment] of moments.entries()) {
        moment();
        for (const cut of cuts.cuts(random, { allSubsetsOf: 8, drawnSubsets: 0 })) {
          cutsTried += 1;
          const found = await countBoot(hurriedClock, new PlainDisk(cut.files), 'data', owner, others);
          const starts = at === moments.length - 1 ? [2] : at >= firstStart - 1 ? [1, 2] : [0, 1];
          expect(starts, cut.kept).toContain(found.count - least - 1);
          expect(found.founders, cut.kept).toEqual(found.count === least + 1 ? others : founders);
        }
      }
    }
    expect(cutsTried).toBeGreaterThan(60);
  });

  it('is written where the directory is locked, however two nodes start together', async () => {
    const world = memoryWorld(3);
    const { clock, disk } = world.host('n').start();
    const claims = [1, 2].map(() => {
      const storage = new FileStorage(clock, disk, 'data');
      return promised<Boot>(clock, (done) => storage.claim(owner, founders, done));
    });
    const outcomes = await world.clock.drive(Promise.allSettled(claims));
    const codes = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.count : outcome.reason.code,
    );
    expect(codes.sort()).toEqual([1, 'directory-in-use']);
  });
});

/** As version 1 of the file was: without founders. */
function recordOfVersion1(count: number): Uint8Array {
  const body = new ByteWriter().string(owner.id).string(owner.clusterId).u53(count).finish();
  const writer = new ByteWriter();
  writePreamble(writer, { ...bootFile, version: 1 });
  return writer.u32(crc32c(body)).raw(body).finish();
}

function flip(path: string, at: number, mask: number): void {
  const record = readFileSync(path);
  record[(record.length + at) % record.length] = (record.at(at) ?? 0) ^ mask;
  writeFileSync(path, record);
}
