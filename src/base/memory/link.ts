import { assert } from '../assert.ts';
import type { Random } from '../random.ts';
import { type Delays, drawDelayNs } from './delays.ts';

/** What a fault does to one direction between two hosts. A message is what one `write` has written. */
export interface LinkCondition {
  /** Beside the network's own latency. */
  readonly delay?: Delays;
  /** The share of messages, 0 to 1, that vanish. */
  readonly lossRatio?: number;
  /** The share that come twice, the second time a little later. */
  readonly duplicateRatio?: number;
  /** The share that are held back for up to 100 ms, while later ones pass. */
  readonly reorderRatio?: number;
  /** A queue before the link. A message that would wait in it for more than half a second is lost. */
  readonly bandwidthBytesPerS?: number;
}

/** What has become of the transmissions of a link so far. */
export interface LinkTraffic {
  /** Transmissions of every kind: those that open, acknowledge and end connections, and retransmissions, too. */
  readonly sent: number;
  /** Of these: lost to cuts. */
  readonly dropped: number;
  /** Of these: messages that left while the link was degraded, which alone can be lost, duplicated or reordered. */
  readonly messages: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Messages that a later one of their connection has overtaken. */
  readonly reordered: number;
  /** Transmissions of every kind that were given extra delay, and how much, in sum. */
  readonly delayed: number;
  readonly delayedNs: number;
}

const QUEUE_LIMIT_NS = 500e6;
const REORDER_MAX_NS = 100e6;
const DUPLICATE_MAX_NS = 10e6;

/** One direction between two hosts. */
export class VirtualLink {
  readonly from: string;
  readonly to: string;
  /** How many cuts are in force; the link carries nothing while it is more than 0. */
  cuts = 0;
  /** What makes the link worse now: null where nothing does, which costs a transmission no more than this look. */
  degradation: Degradation | null = null;
  readonly traffic = {
    sent: 0,
    dropped: 0,
    messages: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    delayed: 0,
    delayedNs: 0,
  } satisfies LinkTraffic;
  /** When the last of those that wait for a bandwidth will have left. */
  queueEndNs = 0;
  private readonly conditions = new Map<string, LinkCondition>();
  private readonly random: Random;

  /** `random` is drawn from only while the link is degraded. */
  constructor(from: string, to: string, random: Random) {
    this.from = from;
    this.to = to;
    this.random = random;
  }

  degrade(fault: string, condition: LinkCondition): void {
    assert(!this.conditions.has(fault), () => `a fault degrades a link once: ${fault}, ${this.from} to ${this.to}`);
    assertMeaningful(condition);
    this.conditions.set(fault, condition);
    this.combine();
  }

  restore(fault: string): void {
    const there = this.conditions.delete(fault);
    assert(there, () => `only what degrades a link can be undone: ${fault}, ${this.from} to ${this.to}`);
    this.combine();
  }

  private combine(): void {
    const conditions = [...this.conditions.values()];
    if (conditions.every((condition) => condition.bandwidthBytesPerS === undefined)) this.queueEndNs = 0;
    this.degradation = conditions.length === 0 ? null : new Degradation(conditions, this, this.random);
  }
}

/** What becomes of a message that is not lost. */
interface Fate {
  /** For how long it is held back when it has come; 0 where it is on time. */
  readonly lateNs: number;
  /** How much later it comes again; 0 where it comes once. */
  readonly againNs: number;
}

/**
 * All conditions of a link together: delays add up, a message must get past the losses of each, the narrowest bandwidth
 * rules. Faults on top of each other thus do what they would do in turn.
 */
export class Degradation {
  private readonly delays: readonly Delays[];
  private readonly lossRatio: number;
  private readonly duplicateRatio: number;
  private readonly reorderRatio: number;
  private readonly bytesPerS: number;
  private readonly link: VirtualLink;
  private readonly random: Random;

  constructor(conditions: readonly LinkCondition[], link: VirtualLink, random: Random) {
    this.delays = conditions.flatMap(({ delay }) => (delay === undefined ? [] : [delay]));
    this.lossRatio = either(conditions.map((condition) => condition.lossRatio));
    this.duplicateRatio = either(conditions.map((condition) => condition.duplicateRatio));
    this.reorderRatio = either(conditions.map((condition) => condition.reorderRatio));
    this.bytesPerS = Math.min(...conditions.map((condition) => condition.bandwidthBytesPerS ?? Infinity));
    this.link = link;
    this.random = random;
  }

  /** What a transmission that leaves now takes beside the network's latency: it takes its place in the queue. */
  extraDelayNs(nowNs: number, byteCount: number): number {
    let extraNs = this.queueNs(nowNs, byteCount);
    for (const delays of this.delays) extraNs += drawDelayNs(delays, this.random);
    if (extraNs > 0) {
      this.link.traffic.delayed += 1;
      this.link.traffic.delayedNs += extraNs;
    }
    return extraNs;
  }

  /** Draws what becomes of a message that is about to leave; null where it is lost. */
  fate(nowNs: number): Fate | null {
    const { traffic } = this.link;
    traffic.messages += 1;
    if (this.link.queueEndNs - nowNs > QUEUE_LIMIT_NS || this.draw(this.lossRatio)) {
      traffic.sent += 1;
      traffic.lost += 1;
      return null;
    }
    const againNs = this.draw(this.duplicateRatio) ? this.random.integer(1, DUPLICATE_MAX_NS) : 0;
    if (againNs > 0) traffic.duplicated += 1;
    return { lateNs: this.draw(this.reorderRatio) ? this.random.integer(1, REORDER_MAX_NS) : 0, againNs };
  }

  private queueNs(nowNs: number, byteCount: number): number {
    if (this.bytesPerS === Infinity) return 0;
    const { link } = this;
    link.queueEndNs = Math.max(nowNs, link.queueEndNs) + Math.ceil((byteCount * 1e9) / this.bytesPerS);
    return link.queueEndNs - nowNs;
  }

  private draw(ratio: number): boolean {
    return ratio > 0 && this.random.fraction() < ratio;
  }
}

function assertMeaningful({ lossRatio, duplicateRatio, reorderRatio, bandwidthBytesPerS }: LinkCondition): void {
  for (const ratio of [lossRatio, duplicateRatio, reorderRatio]) {
    assert(ratio === undefined || (ratio >= 0 && ratio <= 1), () => `a share is from 0 to 1, not ${ratio}`);
  }
  assert(bandwidthBytesPerS === undefined || bandwidthBytesPerS > 0, 'a bandwidth of nothing is a cut');
}

/** How often at least one of these happens, each by itself. */
function either(ratios: readonly (number | undefined)[]): number {
  let neither = 1;
  for (const ratio of ratios) {
    if (ratio !== undefined) neither *= 1 - ratio;
  }
  return 1 - neither;
}
