import { describe, expect, it } from 'vitest';
import { ChaosError } from '../../src/base/errors.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { FragmentReader } from '../../src/raft/storage/fragments.ts';
import { PlainDisk, type PlainFile, resized } from './plain-disk.ts';
import { bytes, textOf } from './storage-life.ts';
import { lifeOn, Script } from './storage-script.ts';

/** How many damaged directories are opened, of which each has one to three faults. */
const count = Number(process.env['RAFT_CHAOS_FUZZ'] ?? 20_000);
const sectorBytes = 512;
const seeds = 8;

/** A directory as a node left it, and what is in it. */
interface Sound {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly text: string;
  /** The segments that have records. */
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly name: string;
  readonly fragments: readonly { readonly start: number; readonly end: number }[];
  /** Where its header and each of its groups end, and what is found where the log is cut there: null where that is refused. */
  readonly cuts: readonly { readonly end: number; readonly text: string | null }[];
}

describe('damaged files', () => {
  it.each(Array.from({ length: seeds }, (_, at) => at + 1))(
    'are noticed, or make no difference, directory %i',
    async (seed) => {
      const random = seededRandom(seed);
      const sound = await soundDirectory(random);
      const outcomes = { refused: 0, same: 0, cut: 0 };
      for (let at = 0; at < count / seeds; at++) {
        const files = new Map([...sound.files].map(([name, content]) => [name, content.slice()]));
        const done = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => damage(files, random));
        const outcome = await openDamaged(sound, files);
        if (outcome === 'wrong') expect.unreachable(`directory ${seed}, fault ${at}: opens after ${done.join(', ')}`);
        outcomes[outcome] += 1;
      }
      expect(outcomes.refused).toBeGreaterThan(outcomes.same);
      process.stdout.write(`damaged directories, ${seed}: ${JSON.stringify(outcomes)}\n`);
    },
    120_000 + 2 * count,
  );
});

async function soundDirectory(random: Random): Promise<Sound> {
  const script = new Script(random);
  await script.run(random.integer(10, 30));
  await script.close();
  const files = new Map([...script.disk.files].map(([name, { bytes: content }]) => [name, content.slice()]));
  const segments: Segment[] = [];
  for (const [name, content] of [...files].filter(([one]) => one.startsWith('log-'))) {
    const { fragments, ends } = partsOf(name, content);
    const before = [...files].filter(([other]) => !other.startsWith('log-') || other < name);
    const cuts: { end: number; text: string | null }[] = [];
    for (const end of [sectorBytes, ...ends]) {
      const cut = new Map([...before, [name, resized(content, end)]]);
      cuts.push({ end, text: await open(cut).catch(() => null) });
    }
    if (ends.length > 0) segments.push({ name, fragments, cuts });
  }
  segments.sort((one, other) => (one.name < other.name ? -1 : 1));
  return { files, text: await open(files), segments };
}

function partsOf(name: string, content: Uint8Array): { fragments: { start: number; end: number }[]; ends: number[] } {
  const segment = Number(/[0-9]+/.exec(name)?.[0]);
  const reader = new FragmentReader(content, { segment, offset: sectorBytes });
  const fragments: { start: number; end: number }[] = [];
  const ends: number[] = [];
  while (reader.next() === 'fragment') {
    fragments.push({ start: reader.start, end: reader.dataEnd });
    if (reader.ends) ends.push(reader.dataEnd);
  }
  return { fragments, ends };
}

/** Opens a directory; what is found, as text. What is told of the snapshots must be right, too. */
async function open(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const copies = new Map<string, PlainFile>();
  for (const [name, content] of files) copies.set(name, { bytes: content.slice() });
  const life = lifeOn(new PlainDisk(copies));
  const { durable } = await life.open();
  for (const name of files.keys()) {
    const index = Number(/^snapshot-([0-9]+)\.snap$/.exec(name)?.[1] ?? 0);
    if (index === 0) continue;
    const data = await life.readAll(index, 300).catch((error) => {
      if (error instanceof ChaosError && error.code === 'corrupt-snapshot') return null;
      throw error;
    });
    if (data !== null && Buffer.compare(Uint8Array.from(data), bytes(data.length, index)) !== 0) return `other ${name}`;
  }
  return textOf(durable);
}

async function openDamaged(
  sound: Sound,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<'refused' | 'same' | 'cut' | 'wrong'> {
  try {
    const found = await open(files);
    if (found === sound.text) return 'same';
    return mayBeCut(sound, files, found) ? 'cut' : 'wrong';
  } catch (error) {
    if (error instanceof ChaosError && /^(corrupt-log|corrupt-snapshot|wrong-version)$/.test(error.code))
      return 'refused';
    throw error;
  }
}

/**
 * Whether a power cut could have left it so, had the end of the log not been synced: whole groups are gone from there. Where
 * a segment and all after it are gone, that is one from the end, too.
 */
function mayBeCut({ files, segments }: Sound, damaged: ReadonlyMap<string, Uint8Array>, found: string): boolean {
  const tail = segments.findLast(({ name }) => damaged.has(name));
  if (tail === undefined) return false;
  const indices = [...files.keys()].map((name) => Number(/^snapshot-([0-9]+)/.exec(name)?.[1] ?? 0));
  for (const [name, content] of files) {
    // Older snapshots are read when they are asked for, a segment that was only made ready has nothing, and one that is
    // missing had to be noticed unless a snapshot has made it needless.
    const matters = name.startsWith('log-') ? name < tail.name : name === `snapshot-${Math.max(...indices)}.snap`;
    if (matters && Buffer.compare(content, damaged.get(name) ?? content) !== 0) return false;
  }
  const before = files.get(tail.name) ?? bytes(0);
  const after = damaged.get(tail.name) ?? bytes(0);
  return [after, withoutUnknown(tail, before, after)].some((content) => isCut(tail, before, content, found));
}

function isCut(tail: Segment, before: Uint8Array, after: Uint8Array, found: string): boolean {
  const same = before.findIndex((byte, at) => byte !== after[at]);
  // A segment that is whole says that another follows.
  if (same === -1) return false;
  const left = tail.cuts.findLast(({ end }) => end <= same);
  if (left === undefined || found !== left.text) return false;
  // From somewhere on, nothing or zeros.
  if (after.subarray(same).every((byte) => byte === 0)) return true;
  // Some sectors of the last group that is left as they were before it.
  const lastGroup = left.end;
  if (after.length > (tail.cuts.find(({ end }) => end > lastGroup)?.end ?? 0)) return false;
  for (let start = 0; start < before.length; start += sectorBytes) {
    const end = start + sectorBytes;
    const kept = Math.max(start, Math.min(end, lastGroup));
    const isWhole = isSame(before, after, start, end);
    if (!isWhole && !(isSame(before, after, start, kept) && after.subarray(kept, end).every((byte) => byte === 0))) {
      return false;
    }
  }
  return true;
}

/** What there is of a fragment that the file's end cuts off cannot be checked: it is taken for what was written. */
function withoutUnknown({ fragments }: Segment, before: Uint8Array, after: Uint8Array): Uint8Array {
  const last = fragments.find(({ start, end }) => start < after.length && after.length < end);
  if (last === undefined) return after;
  const headerEnd = Math.min(after.length, last.start + 16);
  if (headerEnd === last.start + 16 && !isSame(before, after, last.start, headerEnd)) return after;
  return Uint8Array.from([...after.subarray(0, last.start), ...before.subarray(last.start, after.length)]);
}

function isSame(one: Uint8Array, other: Uint8Array, start: number, end: number): boolean {
  return Buffer.compare(one.subarray(start, end), other.subarray(start, end)) === 0;
}

/** Does one thing to the files, and says what. */
function damage(files: Map<string, Uint8Array>, random: Random): string {
  const names = [...files.keys()];
  const name = random.pick(names);
  const content = files.get(name) ?? bytes(0);
  const place = (): number => random.integer(0, Math.max(0, content.length - 1));
  const range = (): [number, number] => {
    const start = place();
    return [start, Math.min(content.length, start + random.pick([1, 4, 16, 100, 512, 5000]))];
  };
  const sector = (): [number, number] => {
    const start = Math.floor(place() / sectorBytes) * sectorBytes;
    return [start, Math.min(content.length, start + sectorBytes)];
  };
  const kind = random.pick([
    ...(['flip', 'flip', 'flip', 'zero', 'overwrite', 'truncate', 'zero the rest', 'zero a sector'] as const),
    ...(['swap sectors', 'copy a sector', 'extend', 'remove', 'swap files', 'copy a file'] as const),
  ]);
  switch (kind) {
    case 'flip': {
      const at = place();
      content[at] = (content[at] ?? 0) ^ (1 << random.integer(0, 7));
      return `flip in byte ${at} of ${name}`;
    }
    case 'zero': {
      const [start, end] = range();
      content.fill(0, start, end);
      return `zeros from ${start} to ${end} of ${name}`;
    }
    case 'overwrite': {
      const [start, end] = range();
      for (let at = start; at < end; at++) content[at] = random.integer(0, 255);
      return `other bytes from ${start} to ${end} of ${name}`;
    }
    case 'truncate': {
      const at = place();
      files.set(name, content.slice(0, at));
      return `${name} cut at ${at}`;
    }
    case 'zero the rest': {
      const at = place();
      content.fill(0, at);
      return `zeros from ${at} on in ${name}`;
    }
    case 'zero a sector': {
      const [start, end] = sector();
      content.fill(0, start, end);
      return `zeros in the sector at ${start} of ${name}`;
    }
    case 'swap sectors':
    case 'copy a sector': {
      const [[one, oneEnd], [other, otherEnd]] = [sector(), sector()];
      const held = content.slice(one, oneEnd);
      if (kind === 'swap sectors') content.copyWithin(one, other, Math.min(otherEnd, other + held.length));
      content.set(held.subarray(0, otherEnd - other), other);
      return `${kind} ${one} and ${other} of ${name}`;
    }
    case 'extend': {
      const more = random.pick([1, 20, 600]);
      const salt = random.integer(1, 3);
      files.set(name, Uint8Array.from([...content, ...bytes(more, salt)]));
      return `${more} bytes more in ${name}`;
    }
    case 'remove': {
      // An empty directory is a new node's.
      const segments = names.length > 1 ? names.filter((one) => one.startsWith('log-')) : [];
      const removed = segments.length > 0 ? random.pick(segments) : 'nothing';
      files.delete(removed);
      return `without ${removed}`;
    }
    case 'swap files':
    case 'copy a file': {
      const other = random.pick(names);
      const held = files.get(other) ?? bytes(0);
      files.set(other, content.slice());
      if (kind === 'swap files') files.set(name, held);
      return `${kind} ${name} and ${other}`;
    }
  }
}
