import { citing, type Findings } from '../findings.ts';
import { broadcastOf, type Observations, type Read } from './observations.ts';
import { PositionTable } from './position-table.ts';

/**
 * The one log that all reads together show: for each position the message that was read there first. Entries stand in the
 * order in which they were first read; positions may be sparse, so they are looked up and never counted through.
 */
export class Log {
  readonly positions: number[] = [];
  readonly ids: number[] = [];
  /** For each entry, the number of the read that showed it first. */
  readonly reads: number[] = [];
  /** How many positions there are where two different messages were delivered. */
  contestedCount = 0;
  readonly #entries: PositionTable;
  /** For each entry, the number of the read that differed first; -1 where none does. */
  readonly #rivals: number[] = [];
  /** For each message, by its number, where it was seen first: the read, -1 for none, and the position. */
  readonly #sightingReads: Int32Array;
  readonly #sightingPositions: Float64Array;

  constructor({ reads, messages }: Observations) {
    this.#entries = new PositionTable(messages.length);
    this.#sightingReads = new Int32Array(messages.length).fill(-1);
    this.#sightingPositions = new Float64Array(messages.length);
    for (const [number, read] of reads.entries()) this.#take(read, number);
  }

  #take({ ids, from }: Read, number: number): void {
    for (let at = 0; at < ids.length; at++) {
      const [id, position] = [ids[at] as number, from + at];
      const entry = this.#entries.get(position);
      if (entry < 0) this.#append(position, id, number);
      else if (this.ids[entry] !== id && this.#rivals[entry] === -1) {
        this.#rivals[entry] = number;
        this.contestedCount++;
      }
      if (this.#sightingReads[id] === -1) {
        this.#sightingReads[id] = number;
        this.#sightingPositions[id] = position;
      }
    }
  }

  #append(position: number, id: number, read: number): void {
    this.#entries.set(position, this.positions.length);
    this.positions.push(position);
    this.ids.push(id);
    this.reads.push(read);
    this.#rivals.push(-1);
  }

  /** The entry at a position; -1 where none was read. */
  entryAt(position: number): number {
    return this.#entries.get(position);
  }

  isContested(position: number): boolean {
    const entry = this.#entries.get(position);
    return entry >= 0 && this.#rivals[entry] !== -1;
  }

  contestedPositions(): number[] {
    return this.positions.filter((_, entry) => this.#rivals[entry] !== -1);
  }

  /** Of a position that is contested, the number of the read that differed first. */
  rivalAt(position: number): number {
    return this.#rivals[this.#entries.get(position)] as number;
  }

  /** Where a message was seen first, or null. */
  sightingOf(id: number): Sighting | null {
    const read = this.#sightingReads[id] ?? -1;
    return read === -1 ? null : { read, position: this.#sightingPositions[id] as number };
  }
}

interface Sighting {
  readonly read: number;
  readonly position: number;
}

/** Agreement (`split-brain`) and integrity (`phantom`, `failed-but-delivered`). */
export function judgeLog(observations: Observations, log: Log, findings: Findings): void {
  for (const [first, last] of runsOf(log.contestedPositions())) {
    findings.add('split-brain', () => splitBrain(observations, log, first, last));
  }
  for (let id = 0; id < observations.messages.length; id++) {
    const sighting = log.sightingOf(id);
    if (sighting !== null) judgeSighting(observations, id, sighting, findings);
  }
}

function judgeSighting(observations: Observations, id: number, sighting: Sighting, findings: Findings): void {
  const read = observations.reads[sighting.read] as Read;
  const broadcast = broadcastOf(observations, id);
  const describe = (what: string, operations: number[]) => {
    const message = observations.messages[id] as string;
    const { position } = sighting;
    const delivered = `${read.node} delivered ${JSON.stringify(message)} at position ${position} (operation ${read.completed})`;
    return { sentence: `${delivered}, ${what}.`, operations, nodes: [read.node], details: { message, position } };
  };
  if (broadcast === null) {
    findings.add('phantom', () => describe('which nobody broadcast', [read.completed]));
  } else if (broadcast.invoked > read.completed) {
    const what = `before anybody broadcast it (operation ${broadcast.invoked})`;
    findings.add('phantom', () => describe(what, citing(read.completed, broadcast.invoked)));
  } else if (broadcast.outcome === 'fail' && broadcast.completed !== null) {
    const failed = broadcast.completed;
    const what = `although its broadcast had certainly failed (operation ${failed})`;
    findings.add('failed-but-delivered', () => describe(what, citing(broadcast.invoked, failed, read.completed)));
  }
}

/** Whether a message was seen delivered before it was broadcast. */
export function isPremature(observations: Observations, log: Log, id: number): boolean {
  const sighting = log.sightingOf(id);
  const broadcast = broadcastOf(observations, id);
  if (sighting === null || broadcast === null) return false;
  return broadcast.invoked > (observations.reads[sighting.read] as Read).completed;
}

/** Runs of adjacent positions: a log that once is out of step differs everywhere after, for one reason. */
function runsOf(positions: readonly number[]): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const position of Float64Array.from(positions).sort()) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === position - 1) run[1] = position;
    else runs.push([position, position]);
  }
  return runs;
}

function splitBrain({ reads, messages }: Observations, log: Log, position: number, last: number) {
  const first = reads[log.reads[log.entryAt(position)] as number] as Read;
  const other = reads[log.rivalAt(position)] as Read;
  const messageOf = (read: Read): string => messages[read.ids[position - read.from] as number] as string;
  const says = (read: Read): string =>
    `${JSON.stringify(messageOf(read))} (boot ${read.boot}, operation ${read.completed})`;
  const second = first.node === other.node ? `and then ${says(other)}` : `but ${other.node} delivered ${says(other)}`;
  const more = last === position ? '' : `; nodes differ at every position from there to ${last}`;
  return {
    sentence: `At position ${position} ${first.node} delivered ${says(first)}, ${second}${more}.`,
    operations: citing(first.completed, other.completed),
    nodes: [...new Set([first.node, other.node])],
    details: { position, last, messages: [messageOf(first), messageOf(other)] },
  };
}
