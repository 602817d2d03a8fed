import { citing, type Findings } from '../findings.ts';
import { enumeration } from '../words.ts';
import type { Log } from './log.ts';
import type { Ack, Observations, Read } from './observations.ts';
import { PositionTable } from './position-table.ts';

/** What could not be judged of the acknowledged messages. */
export interface Acknowledged {
  /** Messages of which it is unknown for some node whether it delivered them. */
  readonly unjudged: number;
  readonly unjudgedNodes: readonly string[];
  /** The first of those messages. */
  readonly example: Ack | null;
  /** How often a node has a message by a snapshot only. */
  readonly restored: number;
}

/** Why a node is known not to have delivered a message. */
interface Loss {
  readonly node: string;
  readonly read: Read;
  /** The message that the node delivered in its place; null where the node's final read ends before. */
  readonly instead: string | null;
}

/** Durability: every node delivers every acknowledged message (`lost`), where the acknowledgement says (`wrong-ack`). */
export function judgeAcknowledged(observations: Observations, log: Log, findings: Findings): Acknowledged {
  const { acks } = observations;
  const losses = new Map<Ack, Loss[]>();
  const unjudged = new Set<Ack>();
  const unjudgedNodes: string[] = [];
  let restored = 0;
  const members = readsOfMembers(observations);
  if (members.size === 0) for (const ack of acks) unjudged.add(ack);
  for (const [node, numbers] of members) {
    const state = new FinalState(node, observations, numbers);
    let gaps = false;
    for (const ack of acks) {
      const verdict = state.judge(ack);
      if (verdict === 'delivered') continue;
      // What a snapshot brought is not seen: it is taken for the message where any node was seen to deliver that.
      if (verdict === 'restored' && log.sightingOf(ack.id) !== null) {
        restored++;
        continue;
      }
      if (verdict === 'unknown' || verdict === 'restored') {
        gaps = true;
        unjudged.add(ack);
      } else {
        const known = losses.get(ack);
        if (known === undefined) losses.set(ack, [verdict]);
        else known.push(verdict);
      }
    }
    if (gaps) unjudgedNodes.push(node);
  }
  for (const [ack, found] of losses) findings.add('lost', () => lost(observations, log, ack, found));
  judgePositions(observations, log, findings);
  const example = acks.find((ack) => unjudged.has(ack)) ?? null;
  return { unjudged: unjudged.size, unjudgedNodes, example, restored };
}

/** The reads of each node that is to have all messages in the end, by their numbers: by boots, else in the order of time. */
function readsOfMembers({ nodes, reads, departed }: Observations): Map<string, number[]> {
  const members = new Map<string, number[]>();
  for (const node of nodes) if (!departed.has(node)) members.set(node, []);
  reads.forEach(({ node }, number) => void members.get(node)?.push(number));
  for (const numbers of members.values())
    numbers.sort((a, b) => (reads[a] as Read).boot - (reads[b] as Read).boot || a - b);
  return members;
}

/**
 * What a node has delivered in the end: all that its last boot was seen to deliver, and below that, where it was not read
 * again, what earlier boots were. What earlier boots delivered beyond the reach of the last may have been lost since. What a
 * snapshot brought, the node has as well, by its own word.
 */
class FinalState {
  readonly #node: string;
  readonly #observations: Observations;
  readonly #finals: FinalReads;
  /** By position, the number of the last read that shows it. */
  readonly #shownBy: PositionTable;
  readonly #numbers: readonly number[];
  readonly #reach: number;
  /** The highest position that the last boot had by a snapshot; 0 for none. */
  readonly #restored: number;
  #delivered: Uint8Array | null = null;

  /** `numbers`: of the reads of the node, those of later boots after those of earlier, else in the order of time. */
  constructor(node: string, observations: Observations, numbers: readonly number[]) {
    const { reads, messages } = observations;
    this.#node = node;
    this.#observations = observations;
    this.#numbers = numbers;
    const lastBoot = reads[numbers.at(-1) ?? -1]?.boot;
    const last = numbers.map((number) => reads[number] as Read).filter((read) => read.boot === lastBoot);
    this.#finals = new FinalReads(last.filter((read) => read.final));
    this.#restored = last.reduce((restored, read) => Math.max(restored, read.restored), 0);
    this.#reach = last.reduce(
      (reach, read) => (read.ids.length > 0 ? Math.max(reach, read.end) : reach),
      this.#restored,
    );
    this.#shownBy = new PositionTable(messages.length);
    for (const number of numbers) {
      const { from, end } = reads[number] as Read;
      this.#shownBy.fill(from, Math.min(end, this.#reach), number);
    }
  }

  judge({ id, position, completed }: Ack): 'delivered' | 'restored' | 'unknown' | Loss {
    const { reads, messages } = this.#observations;
    const shown = reads[this.#shownBy.get(position)];
    if (position > this.#restored) {
      const last = this.#finals.endingBefore(position, Math.max(completed, shown?.completed ?? 0));
      if (last !== null) return { node: this.#node, read: last, instead: null };
    }
    if (shown === undefined) return position <= this.#restored ? 'restored' : 'unknown';
    const shownId = shown.ids[position - shown.from] as number;
    if (shownId === id || this.#hasAnywhere(id)) return 'delivered';
    return { node: this.#node, read: shown, instead: messages[shownId] as string };
  }

  /** Whether the message is there at all, at whatever position. */
  #hasAnywhere(id: number): boolean {
    this.#delivered ??= this.#deliveredIds();
    return this.#delivered[id] === 1;
  }

  #deliveredIds(): Uint8Array {
    const { reads, messages } = this.#observations;
    const delivered = new Uint8Array(messages.length);
    for (const number of this.#numbers) {
      const { ids, from } = reads[number] as Read;
      ids.forEach((id, at) => {
        if (this.#shownBy.get(from + at) === number) delivered[id] = 1;
      });
    }
    return delivered;
  }
}

/** The final reads of a node: what such a read ends before, and that was acknowledged before it began, is not there. */
class FinalReads {
  /** By when they began. */
  readonly #reads: readonly Read[];
  /** For each, the one that ends first among it and those that began later. */
  readonly #shortest: Read[] = [];

  constructor(reads: readonly Read[]) {
    this.#reads = reads.toSorted((a, b) => a.invoked - b.invoked);
    let shortest: Read | undefined;
    for (const read of this.#reads.toReversed()) {
      if (shortest === undefined || read.end <= shortest.end) shortest = read;
      this.#shortest.push(shortest);
    }
    this.#shortest.reverse();
  }

  /** One that began after a moment and ends before a position, or null. */
  endingBefore(position: number, moment: number): Read | null {
    let low = 0;
    let high = this.#reads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#reads[middle] as Read).invoked > moment) high = middle;
      else low = middle + 1;
    }
    const shortest = this.#shortest[low];
    return shortest !== undefined && shortest.end < position ? shortest : null;
  }
}

function lost({ reads }: Observations, log: Log, ack: Ack, losses: readonly Loss[]) {
  const { message, position } = ack;
  const sighting = log.sightingOf(ack.id);
  const seen = sighting === null ? null : (reads[sighting.read] as Read);
  const losers = enumeration(losses.map((loss) => loss.node));
  const acknowledged = `Message ${JSON.stringify(message)} was acknowledged${by(ack)} at position ${position} (operation ${ack.completed})`;
  const fate =
    seen === null || sighting === null
      ? 'but no node was seen to deliver it'
      : `but ${losers} ${losses.length === 1 ? 'does' : 'do'} not have it in the end, though ${seen.node} delivered it at position ${sighting.position} (operation ${seen.completed})`;
  return {
    sentence: `${acknowledged}, ${fate}: ${inWords(losses, position)}.`,
    operations: citing(ack.completed, ...losses.map((loss) => loss.read.completed), ...(seen ? [seen.completed] : [])),
    nodes: losses.map((loss) => loss.node),
    details: { message, position },
  };
}

/** Nodes with the same fate are named together: `n1 and n3 delivered "m-20" there; the final read of n4 ends before`. */
function inWords(losses: readonly Loss[], position: number): string {
  const nodesByFate = new Map<string, string[]>();
  for (const { node, read, instead } of losses) {
    const fate =
      instead === null
        ? `was read for the last time and had nothing beyond position ${read.end}`
        : `delivered ${JSON.stringify(instead)} at position ${position}`;
    const nodes = nodesByFate.get(fate);
    if (nodes === undefined) nodesByFate.set(fate, [node]);
    else nodes.push(node);
  }
  return [...nodesByFate].map(([fate, nodes]) => `${enumeration(nodes)} ${fate}`).join('; ');
}

function by({ node }: Ack): string {
  return node === null ? '' : ` by ${node}`;
}

/** An acknowledgement names its own message, a position that no other was given, and one at which it was delivered. */
function judgePositions(observations: Observations, log: Log, findings: Findings): void {
  const { acks, mistaken, reads, messages } = observations;
  for (const { broadcast, acknowledged } of mistaken) {
    const { message, invoked, completed } = broadcast;
    findings.add('wrong-ack', () => ({
      sentence: `The broadcast of ${JSON.stringify(message)} was acknowledged as that of ${JSON.stringify(acknowledged)} (operation ${completed}).`,
      operations: citing(invoked, completed ?? invoked),
      details: { message, acknowledged },
    }));
  }
  const ackAt = new PositionTable(messages.length);
  const positions = new Float64Array(messages.length);
  acks.forEach((ack, number) => {
    positions[ack.id] = ack.position;
    const other = ackAt.get(ack.position);
    if (other < 0) ackAt.set(ack.position, number);
    else if (!log.isContested(ack.position)) findings.add('split-brain', () => sharedPosition(acks[other] as Ack, ack));
  });
  const confirmed = confirmedBy(reads, positions);
  for (const ack of acks) {
    if (confirmed[ack.id] === 1) continue;
    const sighting = log.sightingOf(ack.id);
    if (sighting === null) continue;
    const read = reads[sighting.read] as Read;
    findings.add('wrong-ack', () => ({
      sentence: `Message ${JSON.stringify(ack.message)} was acknowledged${by(ack)} at position ${ack.position} (operation ${ack.completed}), but ${read.node} delivered it at position ${sighting.position} (operation ${read.completed}).`,
      operations: citing(ack.completed, read.completed),
      nodes: [read.node],
      details: { message: ack.message, position: ack.position, delivered: sighting.position },
    }));
  }
}

/** For each message, by its number, whether a read shows it at the position where it was acknowledged. */
function confirmedBy(reads: readonly Read[], positions: Float64Array): Uint8Array {
  const confirmed = new Uint8Array(positions.length);
  for (const { ids, from } of reads) {
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] as number;
      if (positions[id] === from + at) confirmed[id] = 1;
    }
  }
  return confirmed;
}

function sharedPosition(first: Ack, second: Ack) {
  const says = (ack: Ack): string => `${JSON.stringify(ack.message)}${by(ack)} (operation ${ack.completed})`;
  return {
    sentence: `Two messages were acknowledged at position ${first.position}: ${says(first)} and ${says(second)}.`,
    operations: citing(first.completed, second.completed),
    nodes: [...new Set([first.node, second.node].filter((node) => node !== null))],
    details: { position: first.position, messages: [first.message, second.message] },
  };
}
