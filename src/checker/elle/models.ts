import { UsageError } from '../../base/errors.ts';
import { withImplied, withImplying } from './anomalies.ts';

interface Model {
  /** What holds wherever it holds. */
  readonly implies: readonly string[];
  /** Anomalies that it rules out, beyond those that the implied models do. */
  readonly forbids: readonly string[];
}

/**
 * Consistency models, and what is known of them: Adya (1999), Adya, Liskov and O'Neil (2000); Bailis et al. (2014); Cerone,
 * Bernardi and Gotsman (2015), Cerone and Gotsman (2016); Daudjee and Salem (2004, 2006); Zuikeviciute and Pedone (2008);
 * Liu et al. (2018); Kingsbury and Alvaro (2020). Generalized snapshot isolation rules out every cycle without two rw edges in
 * a row. The strong and the strong session variants of the weak models are the obvious ones: the same with the order in time,
 * or within processes.
 */
const models: Readonly<Record<string, Model>> = {
  // No history of Adya's reads what nobody wrote, or the same element twice, or orders versions in a circle.
  'read-uncommitted': { implies: [], forbids: ['G0', 'duplicate-elements', 'cyclic-versions', 'garbage-read'] },
  'read-committed': { implies: ['read-uncommitted'], forbids: ['G1'] },
  'monotonic-view': { implies: ['read-committed'], forbids: [] },
  'monotonic-snapshot-read': { implies: ['read-committed'], forbids: [] },
  'monotonic-atomic-view': { implies: ['read-committed'], forbids: [] },
  'cursor-stability': { implies: ['read-committed'], forbids: ['lost-update'] },
  'consistent-view': { implies: ['cursor-stability', 'monotonic-view'], forbids: ['G-single'] },
  'forward-consistent-view': { implies: ['consistent-view'], forbids: [] },
  'update-serializable': { implies: ['forward-consistent-view'], forbids: [] },
  'repeatable-read': { implies: ['cursor-stability', 'monotonic-atomic-view'], forbids: ['G2-item', 'lost-update'] },
  'read-atomic': { implies: ['monotonic-atomic-view'], forbids: ['internal', 'G1a', 'future-read'] },
  'update-atomic': { implies: ['read-atomic'], forbids: ['lost-update'] },
  'causal-cerone': { implies: ['read-atomic'], forbids: [] },
  prefix: { implies: ['causal-cerone'], forbids: [] },
  'parallel-snapshot-isolation': { implies: ['causal-cerone', 'update-atomic'], forbids: [] },
  'snapshot-isolation': {
    implies: ['forward-consistent-view', 'monotonic-snapshot-read', 'parallel-snapshot-isolation', 'prefix'],
    forbids: ['internal', 'G1', 'G-nonadjacent'],
  },
  serializable: {
    implies: ['repeatable-read', 'snapshot-isolation', 'update-serializable', 'view-serializable'],
    forbids: ['internal', 'G1', 'G2'],
  },
  'strong-session-read-uncommitted': { implies: ['read-uncommitted'], forbids: ['G0-process'] },
  'strong-session-read-committed': {
    implies: ['read-committed', 'strong-session-read-uncommitted'],
    forbids: ['G1c-process'],
  },
  'strong-session-snapshot-isolation': {
    implies: ['snapshot-isolation', 'strong-session-read-committed'],
    forbids: ['G1-process', 'G-nonadjacent-process'],
  },
  'strong-session-serializable': {
    implies: ['serializable', 'strong-session-snapshot-isolation'],
    forbids: ['G1-process', 'G2-process'],
  },
  'strong-read-uncommitted': { implies: ['strong-session-read-uncommitted'], forbids: ['G0-realtime'] },
  'strong-read-committed': {
    implies: ['strong-session-read-committed', 'strong-read-uncommitted'],
    forbids: ['G1c-realtime'],
  },
  'strong-snapshot-isolation': {
    implies: ['strong-session-snapshot-isolation', 'strong-read-committed'],
    forbids: ['G1-realtime', 'G-nonadjacent-realtime'],
  },
  'strong-serializable': {
    implies: ['strong-session-serializable', 'strong-snapshot-isolation', 'session-serializable', 'linearizable'],
    forbids: ['G1-realtime', 'G2-realtime'],
  },
  'view-serializable': { implies: [], forbids: [] },
  'session-serializable': { implies: ['one-copy-serializable'], forbids: [] },
  'one-copy-serializable': { implies: [], forbids: [] },
  linearizable: { implies: ['sequential'], forbids: [] },
  sequential: { implies: ['causal'], forbids: [] },
  causal: { implies: ['writes-follow-reads', 'PRAM'], forbids: [] },
  PRAM: { implies: ['monotonic-reads', 'monotonic-writes', 'read-your-writes'], forbids: [] },
  'writes-follow-reads': { implies: [], forbids: ['missing-read-write-dependency'] },
  'monotonic-reads': { implies: [], forbids: ['non-monotonic-reads'] },
  'monotonic-writes': { implies: [], forbids: ['non-monotonic-writes'] },
  'read-your-writes': { implies: [], forbids: ['missing-your-writes'] },
};

/** Other names: Adya's levels, and what others call the same. */
const aliases: Readonly<Record<string, string>> = {
  'strict-serializable': 'strong-serializable',
  'conflict-serializable': 'serializable',
  '1SR': 'one-copy-serializable',
  'PL-1': 'read-uncommitted',
  'PL-2': 'read-committed',
  'PL-2L': 'monotonic-view',
  'PL-MSR': 'monotonic-snapshot-read',
  'PL-CS': 'cursor-stability',
  'PL-2+': 'consistent-view',
  'PL-FCV': 'forward-consistent-view',
  'PL-2.99': 'repeatable-read',
  'PL-SI': 'snapshot-isolation',
  'PL-3U': 'update-serializable',
  'PL-3': 'serializable',
  'PL-SS': 'strong-serializable',
  'strong-PL-1': 'strong-read-uncommitted',
  'strong-PL-2': 'strong-read-committed',
  'strong-session-PL-1': 'strong-session-read-uncommitted',
  'strong-session-PL-2': 'strong-session-read-committed',
};

/** What sessions are to see: judged key by key, which is all that these show to one who sees no servers. */
export const sessionModels: readonly string[] = ['monotonic-reads', 'monotonic-writes', 'read-your-writes'];

/**
 * Models of which only a part is judged: what is found rules them out, but that nothing is found does not show them. PRAM
 * is among them, as it also orders what one process writes to several keys.
 */
export const modelsJudgedInPart: readonly string[] = [
  'view-serializable',
  'one-copy-serializable',
  'session-serializable',
  'PRAM',
  'linearizable',
  'sequential',
  'causal',
  'writes-follow-reads',
];

/** What `--consistency-models` takes. */
export const consistencyModelNames: readonly string[] = [...Object.keys(models), ...Object.keys(aliases)];

/** The model's name here; as a keyword, too, as Elle's options have it. Throws a UsageError for none. */
export function consistencyModelNamed(name: string): string {
  const plain = name.replace(/^:/, '');
  const known = aliases[plain] ?? plain;
  if (Object.hasOwn(models, known)) return known;
  throw new UsageError('bad-option', `there is no consistency model ${JSON.stringify(name)}`, {
    remedy: `There are: ${consistencyModelNames.join(', ')}.`,
  });
}

/** These models and all that hold where one of them does. */
function withWeaker(names: Iterable<string>): Set<string> {
  const all = new Set(names);
  for (const name of all) for (const other of models[name]?.implies ?? []) all.add(other);
  return all;
}

/** What must not be found where these models hold. */
export function anomaliesRuledOutBy(names: Iterable<string>): Set<string> {
  return withImplying([...withWeaker(names)].flatMap((name) => models[name]?.forbids ?? []));
}

/** The models that cannot hold where these anomalies are, in the order of the table. */
export function modelsRuledOutBy(anomalies: Iterable<string>): string[] {
  const found = withImplied(anomalies);
  return Object.keys(models).filter((name) =>
    [...withWeaker([name])].some((weaker) => models[weaker]?.forbids.some((anomaly) => found.has(anomaly))),
  );
}

/** What anomalies say of a history: `not` the weakest models that cannot hold, `alsoNot` the stronger ones. */
export interface Boundary {
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
}

export function boundaryOf(anomalies: Iterable<string>): Boundary {
  const impossible = modelsRuledOutBy(anomalies);
  const isWeakest = (name: string): boolean =>
    ![...withWeaker([name])].some((weaker) => weaker !== name && impossible.includes(weaker));
  return {
    not: impossible.filter(isWeakest).sort(),
    alsoNot: impossible.filter((name) => !isWeakest(name)).sort(),
  };
}
