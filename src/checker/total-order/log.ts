import { citing, type Findings } from '../findings.ts';
import { broadcastOf, type Observations, type Read } from './observations.ts';

/**
 * The one log that all reads together show: for each position the message that was read there first. Entries stand in the
 * order in which they were first read; positions may be sparse, so they are looked up and never counted through.
 */
export interface Log {
  readonly positions: readonly number[];
  readonly ids: readonly number[];
  /** For each entry, the number of the read that showed it first. */
  readonly reads: readonly number[];
  readonly entryAt: ReadonlyMap<number, number>;
  /** Positions where two different messages were delivered, with the number of the read that differed first. */
  readonly contested: ReadonlyMap<number, number>;
  /** For each message delivered, by its number: where it was seen first. */
  readonly sightings: readonly (Sighting | undefined)[];
}

interface Sighting {
  readonly read: number;
  readonly position: number;
}

export function readLog({ reads, messages }: Observations): Log {
  const positions: number[] = [];
  const ids: number[] = [];
  const firstReads: number[] = [];
  const entryAt = new Map<number, number>();
  const contested = new Map<number, number>();
  const sightings = new Array<Sighting | undefined>(messages.length).fill(undefined);
  reads.forEach((read, number) => {
    read.ids.forEach((id, at) => {
      const position = read.from + at;
      const entry = entryAt.get(position);
      if (entry === undefined) {
        entryAt.set(position, positions.length);
        positions.push(position);
        ids.push(id);
        firstReads.push(number);
      } else if (ids[entry] !== id && !contested.has(position)) {
        contested.set(position, number);
      }
      sightings[id] ??= { read: number, position };
    });
  });
  return { positions, ids, reads: firstReads, entryAt, contested, sightings };
}

/** Agreement (`split-brain`) and integrity (`phantom`, `failed-but-delivered`). */
export function judgeLog(observations: Observations, log: Log, findings: Findings): void {
  for (const [first, last] of runsOf(log.contested.keys())) {
    findings.add('split-brain', () => splitBrain(observations, log, first, last));
  }
  log.sightings.forEach((sighting, id) => {
    if (sighting !== undefined) judgeSighting(observations, id, sighting, findings);
  });
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
export function isPremature(observations: Observations, { sightings }: Log, id: number): boolean {
  const sighting = sightings[id];
  const broadcast = broadcastOf(observations, id);
  if (sighting === undefined || broadcast === null) return false;
  return broadcast.invoked > (observations.reads[sighting.read] as Read).completed;
}

/** Runs of adjacent positions: a log that once is out of step differs everywhere after, for one reason. */
function runsOf(positions: Iterable<number>): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const position of [...positions].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === position - 1) run[1] = position;
    else runs.push([position, position]);
  }
  return runs;
}

function splitBrain({ reads, messages }: Observations, log: Log, position: number, last: number) {
  const first = reads[log.reads[log.entryAt.get(position) as number] as number] as Read;
  const other = reads[log.contested.get(position) as number] as Read;
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
