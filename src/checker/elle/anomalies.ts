import { UsageError } from '../../base/errors.ts';
import { scopes } from './cycle-classes.ts';

/**
 * Which anomaly shows that another is there, too, beyond what their scopes say: G0 is a G1c without reads, and so forth (Adya 1999,
 * Bailis et al. 2014, Kingsbury and Alvaro 2020). As no workload here has predicates, G-single and G-nonadjacent concern
 * items only, and are G2-item.
 */
const implied: Readonly<Record<string, readonly string[]>> = {
  G0: ['G1c'],
  G1a: ['G1'],
  G1b: ['G1'],
  G1c: ['G1'],
  G1: [],
  'G-single': ['G-nonadjacent', 'GSIb'],
  'G-nonadjacent': ['G2-item'],
  'G2-item': ['G2'],
  G2: [],
  GSIa: ['GSI'],
  GSIb: ['GSI'],
  GSI: [],
  'lost-update': ['G2-item', 'write-skew'],
  'write-skew': ['G2'],
  'dirty-update': ['G1a'],
  'incompatible-order': ['G1a'],
  'garbage-read': ['G1a'],
  'future-read': ['G1c'],
  internal: [],
  'duplicate-elements': [],
  'cyclic-versions': [],
  'non-monotonic-reads': [],
  'non-monotonic-writes': [],
  'missing-your-writes': [],
  'missing-read-write-dependency': [],
};

/** Anomalies of sessions, which are looked for only where they or a model that they rule out is named. */
export const sessionAnomalies: readonly string[] = [
  'non-monotonic-reads',
  'non-monotonic-writes',
  'missing-your-writes',
  'missing-read-write-dependency',
];

/**
 * Anomalies of which no more is known than what implies them: when transactions began is not in a history (Adya's G-SIa
 * and G-SIb), nor what they were to keep true (write skew).
 */
export const anomaliesJudgedInPart: readonly string[] = ['GSIa', 'GSIb', 'GSI', 'write-skew'];

/** Those that cycles make, or unions of them, which exist in each scope. */
const scopedAnomalies: readonly string[] = ['G0', 'G1c', 'G1', 'G-single', 'G-nonadjacent', 'G2-item', 'G2'];

/** Other names for what is here the same. */
const aliases: Readonly<Record<string, string>> = {
  'G-single-item': 'G-single',
  'G-nonadjacent-item': 'G-nonadjacent',
  'G-SIa': 'GSIa',
  'G-SIb': 'GSIb',
  'G-SI': 'GSI',
  'N-MR': 'non-monotonic-reads',
  'N-MW': 'non-monotonic-writes',
  MYR: 'missing-your-writes',
  MRWD: 'missing-read-write-dependency',
};

const graph: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(implied),
  ...scopedAnomalies.flatMap((name) =>
    scopes.map((_, depth) => [nameIn(name, depth), impliedIn(name, depth)] as const),
  ),
]);

/** A wider scope has all cycles of a narrower one. */
function impliedIn(name: string, depth: number): string[] {
  const wider = depth + 1 < scopes.length ? [nameIn(name, depth + 1)] : [];
  return [...(implied[name] ?? []).map((other) => nameIn(other, depth)), ...wider];
}

function nameIn(name: string, depth: number): string {
  return depth === 0 ? name : `${name}-${scopes[depth]}`;
}

/** What `--anomalies` takes. */
export const anomalyNames: readonly string[] = [...graph.keys()];

/** The anomaly's name here; as a keyword, too, as Elle's options have it. Throws a UsageError for none. */
export function anomalyNamed(name: string): string {
  const [, base = name, scope = ''] = /^:?(.*?)(-process|-realtime)?$/.exec(name) ?? [];
  const known = `${aliases[base] ?? base}${scope}`;
  if (graph.has(known)) return known;
  throw new UsageError('bad-option', `there is no anomaly ${JSON.stringify(name)}`, {
    remedy: `There are: ${anomalyNames.join(', ')}.`,
  });
}

/** These anomalies and all that are there with them. */
export function withImplied(anomalies: Iterable<string>): Set<string> {
  const all = new Set(anomalies);
  for (const name of all) for (const other of graph.get(name) ?? []) all.add(other);
  return all;
}

/** These anomalies and all that show one of them. */
export function withImplying(anomalies: Iterable<string>): Set<string> {
  const wanted = new Set(anomalies);
  return new Set(anomalyNames.filter((name) => [...withImplied([name])].some((other) => wanted.has(other))));
}
