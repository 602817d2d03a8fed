import type { Operation } from '../../history/operation.ts';
import { type Analysis, nameOf, operationsOf, type Report, writerOf } from './analysis.ts';
import { type GraphBuilder, kinds } from './graph.ts';
import { ambiguities } from './list-append.ts';
import { reportRegisterAnomalies } from './register-anomalies.ts';
import { type Grammar, intermediateWrites, readTransactions, type Transactions } from './transactions.ts';
import { shown, toValue, type Value } from './values.ts';
import { type RegisterOrderOptions, type VersionEdge, type VersionOrder, versionOrder } from './version-order.ts';
import { none, type Versions } from './versions.ts';

/**
 * Registers with writes of values that are unique by key. A read names the version that it found, but nothing of the
 * others: of the order of a key's versions there is known that the initial state comes first, and what the options tell.
 */
export function analyzeRegisters(history: Iterable<Operation>, options: RegisterOrderOptions): Analysis {
  const initial = options.initial === undefined || options.initial === null ? undefined : toValue(options.initial);
  const transactions = readTransactions(history, grammarOf);
  if (initial !== undefined) takeForInitial(transactions, initial);
  return new RegisterAnalysis(transactions, versionOrder(transactions, options), initial);
}

/** A read is its version, or none where it found the initial state. */
function grammarOf(versions: Versions): Grammar {
  return {
    write: 'w',
    operandOf: (key, read) => (read === null || read === undefined ? none : versions.idOf(key, toValue(read))),
  };
}

/** Takes reads of this value for reads of the initial state, but where it was written, too. */
function takeForInitial({ operands, writes, versions }: Transactions, initial: Value): void {
  for (let micro = 0; micro < operands.length; micro++) {
    const version = operands[micro] as number;
    if (writes[micro] === 1 || version === none || versions.values[version] !== initial) continue;
    if (versions.writers.at(version) === none) operands[micro] = none;
  }
}

class RegisterAnalysis implements Analysis {
  readonly transactions: Transactions;
  readonly reportSessions = null;
  readonly #order: VersionOrder;
  readonly #intermediate: Uint8Array;
  /** By key: the version that is there at first, where somebody wrote it, too. */
  readonly #rewritten: ReadonlyMap<number, number>;

  constructor(transactions: Transactions, order: VersionOrder, initial: Value | undefined) {
    this.transactions = transactions;
    this.#order = order;
    this.#intermediate = intermediateWrites(transactions);
    const { versions } = transactions;
    const isRewritten = (version: number): boolean =>
      versions.values[version] === initial && versions.writers.at(version) !== none;
    const rewritten = [...versions.values.keys()].filter(isRewritten);
    this.#rewritten = new Map(rewritten.map((version) => [versions.keys.at(version), version]));
  }

  report(report: Report): void {
    reportRegisterAnomalies(this.transactions, this.#intermediate, report);
    for (const { key, edges } of this.#order.circles) {
      report('cyclic-versions', () => this.#describeCircle(key, edges));
    }
  }

  addDependencies(graph: GraphBuilder): void {
    const { owners, writes, operands, keys, versions } = this.transactions;
    const readers = new Map<number, Set<number>>();
    /** The initial states of keys are numbered after the versions. */
    const slotOf = (version: number, key: number): number => (version === none ? versions.count + key : version);
    for (let micro = 0; micro < owners.length; micro++) {
      if (writes[micro] === 1) continue;
      const [reader, version, key] = [owners[micro] as number, operands[micro] as number, keys[micro] as number];
      const writer = version === none ? none : this.#installerOf(version);
      if (this.#isUnclear(key) || writer === reader) continue;
      if (writer !== none) graph.add(writer, reader, kinds.wr);
      // Only what others are known to come after matters.
      if (version !== none && !this.#order.edges.has(key)) continue;
      const slot = slotOf(version, key);
      const others = readers.get(slot);
      if (others === undefined) readers.set(slot, new Set([reader]));
      else others.add(reader);
    }
    for (let key = 0; key < versions.keyCount; key++) {
      if (this.#isUnclear(key)) continue;
      const successors = this.#successorsOf(key);
      for (const [version, next] of successors) {
        const writers = [...new Set(next.map((each) => this.#installerOf(each)).filter((each) => each !== none))];
        const writer = version === none ? none : this.#installerOf(version);
        for (const other of writers) if (writer !== none && other !== writer) graph.add(writer, other, kinds.ww);
        graph.addAntiDependencies([...(readers.get(slotOf(version, key)) ?? [])], writers);
      }
    }
  }

  reason(from: number, to: number, kind: 'ww' | 'wr' | 'rw'): string | null {
    const { begins, writes, keys, operands } = this.transactions;
    for (let first = begins[from] as number; first < (begins[from + 1] as number); first++) {
      if ((writes[first] === 1) !== (kind !== 'rw') || this.#isUnclear(keys[first] as number)) continue;
      for (let second = begins[to] as number; second < (begins[to + 1] as number); second++) {
        if (keys[second] !== keys[first] || (writes[second] === 1) !== (kind !== 'wr')) continue;
        const [version, other] = [operands[first] as number, operands[second] as number];
        const reason =
          kind === 'wr'
            ? this.#reasonToRead(from, to, version, other)
            : this.#reasonToFollow(from, to, keys[first] as number, version, other, kind);
        if (reason !== null) return reason;
      }
    }
    return null;
  }

  unjudged(): string[] {
    const rewritten = [...this.#rewritten.values()].map((version) => {
      const { key, value } = this.#words(version);
      return `${value} was written to ${key}, which held it at first, so that nobody can say which was read`;
    });
    return [...rewritten, ...ambiguities(this.transactions, 'written', 'to')];
  }

  get proviso(): string | null {
    return this.#order.edges.size > 0
      ? null
      : 'of the versions of each register no more is known than that what it held at first came before the rest';
  }

  get stats(): Readonly<Record<string, unknown>> {
    let edges = 0;
    for (const each of this.#order.edges.values()) edges += each.length;
    return { versionOrderEdges: edges };
  }

  /** Versions that come directly after others; after the initial state those that come after no other that is known. */
  #successorsOf(key: number): Map<number, number[]> {
    const edges = this.#order.edges.get(key) ?? [];
    const successors = new Map<number, number[]>();
    const later = new Set<number>();
    for (const { from, to } of edges) {
      const others = successors.get(from);
      if (others === undefined) successors.set(from, [to]);
      else others.push(to);
      if (this.#installerOf(from) !== none) later.add(to);
    }
    successors.set(
      none,
      this.transactions.versions.of(key).filter((version) => !later.has(version)),
    );
    return successors;
  }

  /** The transaction that left the version behind when it ended, or none. */
  #installerOf(version: number): number {
    const micro = this.transactions.versions.writers.at(version);
    return micro === none || this.#intermediate[micro] === 1 ? none : writerOf(this.transactions, version);
  }

  #isUnclear(key: number): boolean {
    const { versions } = this.transactions;
    return versions.ambiguous.has(key) || this.#rewritten.has(key);
  }

  #reasonToRead(from: number, to: number, written: number, read: number): string | null {
    if (read === none || written !== read || this.#installerOf(written) !== from) return null;
    const { key, value } = this.#words(read);
    return `${nameOf(this.transactions, to)} read ${key} = ${value}, which ${nameOf(this.transactions, from)} wrote`;
  }

  #reasonToFollow(
    from: number,
    to: number,
    key: number,
    version: number,
    next: number,
    kind: 'ww' | 'rw',
  ): string | null {
    const [first, second] = [nameOf(this.transactions, from), nameOf(this.transactions, to)];
    if (this.#installerOf(next) !== to) return null;
    const { key: name, value } = this.#words(next);
    if (version === none) {
      return kind === 'ww'
        ? null
        : `${first} read ${name} as it was at first and so did not see ${second}'s write of ${value}`;
    }
    if (kind === 'ww' ? this.#installerOf(version) !== from : this.#installerOf(version) === from) return null;
    const edge = this.#order.edges.get(key)?.find((each) => each.from === version && each.to === next);
    if (edge === undefined) return null;
    const did = kind === 'ww' ? 'wrote' : 'read';
    return `${first} ${did} ${name} = ${this.#words(version).value}, which comes before the ${value} that ${second} wrote, as ${this.#reasonOf(edge)}`;
  }

  /** Why one version comes before another. */
  #reasonOf({ from, to, source, by }: VersionEdge): string {
    const [first, second] = by.map((transaction) => nameOf(this.transactions, transaction));
    const [earlier, later] = [from, to].map((version) => (version === none ? 'nothing' : this.#words(version).value));
    switch (source) {
      case 'writes-follow-reads':
        return `${first} read ${earlier} and then wrote ${later}`;
      case 'sequential-keys':
        return `one process had ${earlier} in ${first} and then ${later} in ${second}`;
      case 'linearizable-keys':
        return `${first} had ${earlier} and completed before ${second} began, which had ${later}`;
    }
  }

  #describeCircle(key: number, edges: readonly VersionEdge[]) {
    const name = shown(this.transactions.versions.keyValues[key] ?? '');
    const reasons = edges.map((edge) => this.#reasonOf(edge));
    return {
      sentence: `The versions of ${name} are in a circle: ${reasons.join('; ')}.`,
      operations: operationsOf(
        this.transactions,
        edges.flatMap(({ by }) => by),
      ),
      details: {
        key: name,
        edges: edges.map(({ from, to, source }, at) => ({
          from: from === none ? null : this.#words(from).value,
          to: to === none ? null : this.#words(to).value,
          source,
          reason: reasons[at],
        })),
      },
    };
  }

  #words(version: number): { readonly key: string; readonly value: string } {
    const { versions } = this.transactions;
    return {
      key: shown(versions.keyValues[versions.keys.at(version)] ?? ''),
      value: shown(versions.values[version] ?? ''),
    };
  }
}
