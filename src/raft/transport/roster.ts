import { assert } from '../../base/assert.ts';
import { asChaosError } from '../../base/errors.ts';
import { type Address, parseAddress } from '../../base/network.ts';
import type { NodeId } from '../protocol/entries.ts';
import { maxStrangers } from './limits.ts';
import type { Peer } from './transport.ts';

/** How a node introduces itself to another. */
export interface Introduction {
  readonly clusterId: string;
  readonly from: NodeId;
  readonly to: NodeId;
  /** How often the node has been started. */
  readonly boot: number;
  /** Where the node itself is reached, `host:port`. */
  readonly address: string;
  /** The log index of the configuration that the node knows. */
  readonly configurationIndex: number;
}

/** What a node says of itself to whomever. */
export type Self = Omit<Introduction, 'to' | 'configurationIndex'>;

/**
 * Whom a node hears, and where it answers: its peers, and nodes that know a newer configuration than it does, since they may
 * be members there. These are heard until a configuration as new as theirs decides. So a node that is to join, and knows
 * nothing but its own name, hears whoever adds it; and one that was removed is not heard by those who know that.
 */
export class Roster {
  readonly #self: Self;
  #configurationIndex = 0;
  #peers: ReadonlyMap<NodeId, string> = new Map();
  /** The last introduction of each node that was heard, in the order of these. */
  readonly #introduced = new Map<NodeId, Introduction>();

  constructor(self: Self) {
    parseAddress(self.address);
    this.#self = self;
  }

  /** Replaces the peers. */
  setPeers(peers: readonly Peer[], configurationIndex: number): void {
    assert(!peers.some(({ id }) => id === this.#self.from), 'a node is not its own peer');
    this.#peers = new Map(peers.map(({ id, address }) => [id, address]));
    this.#configurationIndex = configurationIndex;
    this.#forgetStrangers();
  }

  introductionTo(to: NodeId): Introduction {
    return { ...this.#self, to, configurationIndex: this.#configurationIndex };
  }

  /** Takes note of who introduces itself; or says who it is that is not heard, in words that fit behind "refused". */
  admit(introduction: Introduction): string | null {
    const { clusterId, from, to, boot } = introduction;
    const { clusterId: ownCluster, from: ownId } = this.#self;
    if (clusterId !== ownCluster) return `a node of another cluster, ${shown(clusterId)}`;
    if (to !== ownId) return `${shown(from)}, who looks for ${shown(to)}`;
    if (from === ownId) return `another node that says it is ${ownId}`;
    if (!this.#mayBeHeard(introduction)) return strangerNamed(from);
    const known = this.#introduced.get(from);
    if (known !== undefined && known.boot > boot) return `an earlier life of ${shown(from)}`;
    this.#introduced.delete(from);
    this.#introduced.set(from, introduction);
    this.#forgetStrangers();
    return null;
  }

  /** As `admit`, of somebody who was admitted before: null where nothing has changed that. */
  refusalOf(from: NodeId): string | null {
    const known = this.#introduced.get(from);
    return known !== undefined && this.#mayBeHeard(known) ? null : strangerNamed(from);
  }

  /** Whether it would be told from an earlier life of itself. */
  remembers(id: NodeId): boolean {
    return this.#introduced.has(id);
  }

  /** Where a node can be sent to; undefined where it can not. */
  addressOf(id: NodeId): string | undefined {
    const known = this.#introduced.get(id);
    return this.#peers.get(id) ?? (known !== undefined && this.#mayBeHeard(known) ? known.address : undefined);
  }

  /** Everybody who can be sent to, and where. */
  addresses(): ReadonlyMap<NodeId, string> {
    const addresses = new Map(this.#peers);
    for (const id of this.#introduced.keys()) {
      const address = this.addressOf(id);
      if (address !== undefined) addresses.set(id, address);
    }
    return addresses;
  }

  #mayBeHeard({ from, configurationIndex }: Introduction): boolean {
    return this.#peers.has(from) || configurationIndex > this.#configurationIndex;
  }

  #forgetStrangers(): void {
    const strangers = [...this.#introduced.keys()].filter((id) => !this.#peers.has(id));
    for (const id of strangers.slice(0, -maxStrangers)) this.#introduced.delete(id);
  }
}

/** Where a node is reached; or what is wrong with the address, which came from another node and can be anything. */
export function reach(address: string): Address | string {
  try {
    return parseAddress(address);
  } catch (error) {
    return asChaosError(error, 'address').message;
  }
}

function strangerNamed(id: NodeId): string {
  return `a stranger, ${shown(id)}`;
}

/** A name that came from somewhere, for a line of a log. */
export function shown(name: string): string {
  return /^[\w.:-]{1,64}$/.test(name) ? name : quoted(name);
}

/** As `shown`, for any text. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
