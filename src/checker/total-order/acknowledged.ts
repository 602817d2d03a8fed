import { citing, type Findings } from '../findings.ts';
import { enumeration } from '../words.ts';
import type { Log } from './log.ts';
import type { Ack, Observations, Read } from './observations.ts';

/** What could not be judged of the acknowledged messages. */
export interface Acknowledged {
  /** Messages of which it is unknown for some node whether it delivered them. */
  readonly unjudged: number;
  readonly unjudgedNodes: readonly string[];
  /** The first of those messages. */
  readonly example: Ack | null;
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
  const { acks, nodes, reads } = observations;
  const losses = new Map<Ack, Loss[]>();
  const unjudged = new Set<Ack>();
  const unjudgedNodes: string[] = [];
  for (const node of nodes) {
    const state = new FinalState(node, reads);
    let gaps = false;
    for (const ack of acks) {
      const verdict = state.judge(ack, observations);
      if (verdict === 'delivered') continue;
      if (verdict === 'unknown') {
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
  return { unjudged: unjudged.size, unjudgedNodes, example };
}

/**
 * What a node has delivered in the end: all that its last boot was seen to deliver, and below that, where it was not read
 * again, what earlier boots were. What earlier boots delivered beyond the reach of the last may have been lost since.
 */
class FinalState {
  readonly #node: string;
  readonly #reads: readonly Read[];
  /** Final reads of the last boot. */
  readonly #finals: readonly Read[];
  /** By position, the last read that shows it. */
  readonly #shownBy = new Map<number, Read>();
  readonly #reach: number;
  #ids: Set<number> | null = null;

  constructor(node: string, reads: readonly Read[]) {
    this.#node = node;
    // Stable: within a boot they stay in the order of their completions.
    this.#reads = reads.filter((read) => read.node === node).sort((a, b) => a.boot - b.boot);
    const lastBoot = this.#reads.at(-1)?.boot;
    const last = this.#reads.filter((read) => read.boot === lastBoot);
    this.#finals = last.filter((read) => read.final);
    this.#reach = last.reduce((reach, read) => (read.ids.length > 0 ? Math.max(reach, read.end) : reach), 0);
    for (const read of this.#reads) {
      for (let position = read.from; position <= Math.min(read.end, this.#reach); position++) {
        this.#shownBy.set(position, read);
      }
    }
  }

  judge(ack: Ack, { messages }: Observations): 'delivered' | 'unknown' | Loss {
    const { position } = ack;
    const shown = this.#shownBy.get(position);
    const last = this.#finals.find(
      (read) => position > read.end && ack.completed < read.invoked && (shown?.completed ?? 0) < read.invoked,
    );
    if (last !== undefined) return { node: this.#node, read: last, instead: null };
    if (shown === undefined) return 'unknown';
    const id = shown.ids[position - shown.from] as number;
    if (id === ack.id || this.#delivered(ack.id)) return 'delivered';
    return { node: this.#node, read: shown, instead: messages[id] as string };
  }

  /** Whether the message is there at all, at whatever position. */
  #delivered(id: number): boolean {
    this.#ids ??= new Set([...this.#shownBy].map(([position, read]) => read.ids[position - read.from] as number));
    return this.#ids.has(id);
  }
}

function lost({ reads }: Observations, log: Log, ack: Ack, losses: readonly Loss[]) {
  const { message, position } = ack;
  const sighting = log.sightings[ack.id];
  const seen = sighting === undefined ? null : (reads[sighting.read] as Read);
  const losers = enumeration(losses.map((loss) => loss.node));
  const acknowledged = `Message ${JSON.stringify(message)} was acknowledged${by(ack)} at position ${position} (operation ${ack.completed})`;
  const fate =
    seen === null || sighting === undefined
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
  for (const { invocation, completion, acknowledged } of mistaken) {
    findings.add('wrong-ack', () => ({
      sentence: `The broadcast of ${JSON.stringify(invocation.value)} was acknowledged as that of ${JSON.stringify(acknowledged.message)} (operation ${completion?.index}).`,
      operations: citing(invocation.index, completion?.index ?? invocation.index),
      details: { message: invocation.value, acknowledged: acknowledged.message },
    }));
  }
  const ackAt = new Map<number, Ack>();
  const positions = new Map<number, number>();
  for (const ack of acks) {
    positions.set(ack.id, ack.position);
    const other = ackAt.get(ack.position);
    if (other === undefined) ackAt.set(ack.position, ack);
    else if (!log.contested.has(ack.position)) findings.add('split-brain', () => sharedPosition(other, ack));
  }
  const confirmed = new Uint8Array(messages.length);
  for (const read of reads) {
    read.ids.forEach((id, at) => {
      if (positions.get(id) === read.from + at) confirmed[id] = 1;
    });
  }
  for (const ack of acks) {
    const sighting = log.sightings[ack.id];
    if (sighting === undefined || confirmed[ack.id] === 1) continue;
    const read = reads[sighting.read] as Read;
    findings.add('wrong-ack', () => ({
      sentence: `Message ${JSON.stringify(ack.message)} was acknowledged${by(ack)} at position ${ack.position} (operation ${ack.completed}), but ${read.node} delivered it at position ${sighting.position} (operation ${read.completed}).`,
      operations: citing(ack.completed, read.completed),
      nodes: [read.node],
      details: { message: ack.message, position: ack.position, delivered: sighting.position },
    }));
  }
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
