import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { ChaosError } from '../../base/errors.ts';
import { readEntries, writeEntries } from '../codec/entries.ts';
import { readFlag, writeFlag } from '../codec/values.ts';
import type { NodeId } from '../protocol/entries.ts';
import type { Write } from '../protocol/events.ts';
import type { LogStart } from '../protocol/state.ts';

/**
 * The records of the log. One is a group commit: the writes that become durable together, in order.
 *
 *   flags (u8) | the checkpoint, where there is one | writes, up to the end
 */
export interface Group {
  /** The log goes on in the next segment, which is there. */
  readonly seals: boolean;
  /** What was before, in the first group of a segment: so that the segments before it can go. */
  readonly checkpoint: Checkpoint | null;
  readonly writes: readonly LoggedWrite[];
}

export interface Checkpoint {
  readonly term: number;
  readonly votedFor: NodeId | null;
  readonly lastIndex: number;
}

export type LoggedWrite = Omit<Write, 'write'>;

const sealsFlag = 1;
const checkpointFlag = 2;

/** A group takes no more writes once it is this long: others would wait for it, and its bytes stay in memory together. */
const longGroupBytes = 1024 * 1024;

const groupWriter = new ByteWriter(256 * 1024);

/** The group of the first writes, of which there is at least one, and how many it takes. */
export function encodeGroup(
  writes: readonly Write[],
  checkpoint: Checkpoint | null,
): { readonly bytes: Uint8Array; readonly count: number } {
  const writer = groupWriter.clear();
  writer.u8(checkpoint === null ? 0 : checkpointFlag);
  if (checkpoint !== null) {
    const { term, votedFor, lastIndex } = checkpoint;
    writer
      .u53(term)
      .string(votedFor ?? '')
      .u53(lastIndex);
  }
  let count = 0;
  for (const write of writes) {
    encodeWrite(writer, write);
    count += 1;
    if (writer.length >= longGroupBytes) break;
  }
  return { bytes: writer.finish(), count };
}

export function sealGroup(group: Uint8Array): void {
  group[0] = (group[0] as number) | sealsFlag;
}

/** Reads what `encodeGroup` wrote. Payloads are views of `bytes`. Throws `malformed` for anything else. */
export function decodeGroup(bytes: Uint8Array): Group {
  const reader = new ByteReader(bytes, 0, bytes.length, 'views');
  const flags = reader.u8();
  if (flags > (sealsFlag | checkpointFlag)) throw new ChaosError('malformed', `flags ${flags} of a group`);
  const hasCheckpoint = (flags & checkpointFlag) !== 0;
  const checkpoint = hasCheckpoint
    ? { term: reader.u53(), votedFor: reader.string() || null, lastIndex: reader.u53() }
    : null;
  const writes: LoggedWrite[] = [];
  while (reader.remaining > 0) writes.push(decodeWrite(reader));
  return { seals: (flags & sealsFlag) !== 0, checkpoint, writes };
}

function encodeWrite(writer: ByteWriter, write: Write): void {
  writer.u53(write.term).string(write.votedFor ?? '');
  writeFlag(writer, write.restartAfter !== null);
  if (write.restartAfter !== null) writer.u53(write.restartAfter.index).u53(write.restartAfter.term);
  // Index 0 is before every log: nothing is truncated from there.
  writer.u53(write.truncateFrom ?? 0);
  writeEntries(writer, write.entries);
}

function decodeWrite(reader: ByteReader): LoggedWrite {
  const term = reader.u53();
  const votedFor = reader.string() || null;
  const restartAfter: LogStart | null = readFlag(reader) ? { index: reader.u53(), term: reader.u53() } : null;
  const truncateFrom = reader.u53() || null;
  return { term, votedFor, restartAfter, truncateFrom, entries: readEntries(reader) };
}
