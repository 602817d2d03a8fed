import { IntList } from '../int-list.ts';
import { BadValue } from './transactions.ts';
import { toValue, type Value } from './values.ts';
import { none, type Versions } from './versions.ts';

/** A list that some transaction has read, of which other reads are prefixes. */
interface Chain {
  readonly elements: Value[];
  readonly versions: number[];
  /** Where an element stands for the second time, or none. */
  duplicateAt: number;
}

/** A read is compared with no more chains than these: a key that has more is beyond help, and must not cost the square. */
const mostCompared = 8;

/**
 * What was read of each key. Reads of a key whose appends are in one order are prefixes of the longest of them, which
 * alone is kept: of each read there remain its chain and its length. A key whose reads contradict each other has several
 * chains; the longest (of several, the one that first was as long) is its trunk, which is taken for the order of its versions.
 */
export class Lists {
  readonly #versions: Versions;
  readonly #chains: Chain[] = [];
  /** By key. */
  readonly #chainsOf: number[][] = [];
  /** By key. */
  readonly #trunks: number[] = [];
  /** By read. */
  readonly #chainOf = new IntList();
  readonly #lengths = new IntList();
  /** By version: whether any chain holds it. */
  readonly #seen = new IntList();

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  /** Takes what was read, and gives it a number. Throws a BadValue. */
  take(key: number, read: unknown): number {
    const list = read ?? [];
    if (!Array.isArray(list)) throw new BadValue('a read has a list, or null');
    const number = this.#lengths.length;
    this.#lengths.push(list.length);
    this.#chainOf.push(list.length === 0 ? none : this.#place(key, list));
    return number;
  }

  length(read: number): number {
    return this.#lengths.at(read);
  }

  /** The chain of a read, or none where it found nothing. */
  chain(read: number): number {
    return this.#chainOf.at(read);
  }

  /** By place in the list. */
  versionsOf(chain: number): readonly number[] {
    return (this.#chains[chain] as Chain).versions;
  }

  elements(read: number): readonly Value[] {
    const chain = this.#chains[this.chain(read)];
    return chain === undefined ? [] : chain.elements.slice(0, this.length(read));
  }

  /** The version that a read ends with, or none. */
  last(read: number): number {
    const chain = this.#chains[this.chain(read)];
    return chain === undefined ? none : (chain.versions[this.length(read) - 1] as number);
  }

  /** Where an element stands for the second time in what was read, or none. */
  duplicateAt(read: number): number {
    const at = this.#chains[this.chain(read)]?.duplicateAt ?? none;
    return at < this.length(read) ? at : none;
  }

  get chainCount(): number {
    return this.#chains.length;
  }

  /** Whether any read shows the version. */
  isSeen(version: number): boolean {
    return version < this.#seen.length && this.#seen.at(version) === 1;
  }

  chainsOf(key: number): readonly number[] {
    return this.#chainsOf[key] ?? [];
  }

  /** The longest of a key's chains, or none. */
  trunkOf(key: number): number {
    return this.#trunks[key] ?? none;
  }

  /** How many elements two chains begin with alike. */
  common(a: number, b: number): number {
    const [first, second] = [this.versionsOf(a), this.versionsOf(b)];
    const most = Math.min(first.length, second.length);
    for (let at = 0; at < most; at++) if (first[at] !== second[at]) return at;
    return most;
  }

  #place(key: number, list: readonly unknown[]): number {
    let chains = this.#chainsOf[key];
    if (chains === undefined) {
      chains = [];
      this.#chainsOf[key] = chains;
    }
    for (let at = 0; at < chains.length && at < mostCompared; at++) {
      const number = chains[at] as number;
      const chain = this.#chains[number] as Chain;
      if (!agree(chain.elements, list)) continue;
      if (list.length > chain.elements.length) this.#extend(key, number, list);
      return number;
    }
    const chain: Chain = { elements: [], versions: [], duplicateAt: none };
    const number = this.#chains.push(chain) - 1;
    chains.push(number);
    this.#extend(key, number, list);
    return number;
  }

  #extend(key: number, number: number, list: readonly unknown[]): void {
    const chain = this.#chains[number] as Chain;
    const { elements, versions } = chain;
    for (let at = elements.length; at < list.length; at++) {
      const element = toValue(list[at]);
      const version = this.#versions.idOf(key, element);
      if (chain.duplicateAt === none && this.#holds(key, chain, version)) chain.duplicateAt = at;
      while (this.#seen.length <= version) this.#seen.push(0);
      this.#seen.set(version, 1);
      elements.push(element);
      versions.push(version);
    }
    const trunk = this.trunkOf(key);
    if (trunk === none || versions.length > this.versionsOf(trunk).length) this.#trunks[key] = number;
  }

  /** Of a key's only chain, whatever has been seen at all is a part. */
  #holds(key: number, chain: Chain, version: number): boolean {
    return this.isSeen(version) && (this.chainsOf(key).length < 2 || chain.versions.includes(version));
  }
}

/** Whether one of the two is a prefix of the other. */
function agree(elements: readonly Value[], list: readonly unknown[]): boolean {
  const most = Math.min(elements.length, list.length);
  for (let at = 0; at < most; at++) {
    if (elements[at] !== list[at] && elements[at] !== toValue(list[at])) return false;
  }
  return true;
}
