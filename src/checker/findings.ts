import type { Anomaly, CheckerResult } from './verdict.ts';

const listedPerKind = 10;

/** Collects anomalies: the first of each kind in full, the rest as a count, so that a hopeless history stays readable. */
export class Findings {
  readonly anomalies: Anomaly[] = [];
  readonly #counts = new Map<string, number>();

  /** `describe` is called only where the anomaly is listed. */
  add(kind: string, describe: () => Omit<Anomaly, 'kind'>): void {
    const count = this.count(kind) + 1;
    this.#counts.set(kind, count);
    if (count <= listedPerKind) this.anomalies.push({ kind, ...describe() });
  }

  /** Takes over what another result found, its uncounted rest included. */
  addAll({ anomalies, unlisted = {} }: Pick<CheckerResult, 'anomalies' | 'unlisted'>): void {
    for (const anomaly of anomalies) this.add(anomaly.kind, () => anomaly);
    for (const [kind, more] of Object.entries(unlisted)) this.#counts.set(kind, this.count(kind) + more);
  }

  /** How many of this kind were found, listed or not. */
  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Those that were found, in the order in which they were met. */
  get kinds(): string[] {
    return [...this.#counts.keys()];
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** All counts, by kind. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** What a result says of the anomalies. */
  result(): { readonly anomalies: readonly Anomaly[]; readonly unlisted?: Readonly<Record<string, number>> } {
    const unlisted: Record<string, number> = {};
    for (const [kind, count] of this.#counts) {
      const listed = this.anomalies.filter((anomaly) => anomaly.kind === kind).length;
      if (count > listed) unlisted[kind] = count - listed;
    }
    return Object.keys(unlisted).length === 0 ? { anomalies: this.anomalies } : { anomalies: this.anomalies, unlisted };
  }

  /** All kinds with their counts, in words: `2 lost, 1 reordered`. */
  inWords(): string {
    return [...this.#counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  }
}

/** Indices of operations, ascending and each once. */
export function citing(...indices: readonly number[]): number[] {
  return [...new Set(indices)].sort((a, b) => a - b);
}
