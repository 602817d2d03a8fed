import type { Milestone, NodeTrace, RoleChange } from './trace-summary.ts';

/** A stretch of a node's lane. Times are nanoseconds since the run began, within the page's time axis. */
export interface Piece {
  readonly role: RoleChange['role'] | 'mixed';
  readonly term: number | null;
  readonly fromNs: number;
  readonly toNs: number;
  /** How many role or term changes it stands for: more than one only where it is `mixed`. */
  readonly changes: number;
}

export interface Stretch {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What happened at a moment, or, of one kind, within a time too short to be seen apart. */
export interface Mark {
  readonly kind: Milestone['kind'];
  readonly atNs: number;
  /** The last of them. */
  readonly what: string;
  readonly count: number;
}

/** A node became leader of a term. */
export interface Election {
  readonly node: string;
  readonly term: number | null;
  readonly atNs: number;
}

/** Pieces shorter than this share of the axis cannot be seen apart; runs of them are drawn as one `mixed` piece. */
const FINEST = 1 / 800;
/** A mixed piece ends here, so that what it says of its changes still says when. */
const LONGEST_MIXED = 1 / 60;
const COMMIT_SLICES = 400;

/** The roles of a node over the run, each lasting until the next, or to the end of the axis or of what is known. */
export function rolePieces(trace: NodeTrace, offsetNs: number, endNs: number): Piece[] {
  const knownNs = trace.cutAt === null ? endNs : Math.min(endNs, trace.cutAt + offsetNs);
  const pieces: Piece[] = [];
  for (const [at, change] of trace.roles.entries()) {
    const fromNs = Math.max(0, change.time + offsetNs);
    const next = trace.roles[at + 1];
    const toNs = Math.min(knownNs, next === undefined ? knownNs : next.time + offsetNs);
    if (toNs <= fromNs) continue;
    const piece = { role: change.role, term: change.term, fromNs, toNs, changes: 1 };
    const last = pieces.at(-1);
    const same = last !== undefined && last.role === piece.role && last.term === piece.term && last.toNs === fromNs;
    if (same) pieces[pieces.length - 1] = { ...last, toNs };
    else pieces.push(piece);
  }
  return mergeShort(pieces, endNs);
}

/** Bounds the number of pieces, and so the page's size, by the axis and not by how often a node changed its role. */
function mergeShort(pieces: readonly Piece[], endNs: number): Piece[] {
  const open = (piece: Piece): boolean => lasts(piece) < endNs * (piece.role === 'mixed' ? LONGEST_MIXED : FINEST);
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last !== undefined && lasts(piece) < endNs * FINEST && open(last)) {
      const changes = last.changes + piece.changes;
      merged[merged.length - 1] = { role: 'mixed', term: piece.term, fromNs: last.fromNs, toNs: piece.toNs, changes };
    } else {
      merged.push(piece);
    }
  }
  return merged;
}

function lasts(piece: Piece): number {
  return piece.toNs - piece.fromNs;
}

/**
 * When nothing was heard of a node: between two of its starts, and, where messages are traced, so that a live node is
 * never silent for long, whenever it wrote nothing, up to the end.
 */
export function silentStretches(trace: NodeTrace, offsetNs: number, endNs: number): Stretch[] {
  const talks = trace.sent + trace.received > 0;
  const stretches = trace.silences
    .filter((silence) => talks || silence.restarted)
    .map(({ from, to }) => ({ fromNs: from + offsetNs, toNs: to + offsetNs }));
  const last = trace.boots.at(-1);
  if (talks && last !== undefined && endNs - (last.lastTime + offsetNs) >= 1e9) {
    stretches.push({ fromNs: last.lastTime + offsetNs, toNs: endNs });
  }
  return stretches
    .map(({ fromNs, toNs }) => ({ fromNs: Math.max(0, fromNs), toNs: Math.min(endNs, toNs) }))
    .filter(({ fromNs, toNs }) => toNs - fromNs >= endNs * FINEST);
}

/** The commit index at the end of each of some hundred slices of time where it moved. */
export function commitSteps(trace: NodeTrace, offsetNs: number, endNs: number): (readonly [number, number])[] {
  const steps: (readonly [number, number])[] = [];
  let slice = -1;
  for (const { time, commitIndex } of trace.commits) {
    const atNs = Math.min(endNs, Math.max(0, time + offsetNs));
    const its = Math.floor((atNs / endNs) * COMMIT_SLICES);
    if (its === slice) steps.pop();
    slice = its;
    steps.push([atNs, commitIndex]);
  }
  return steps;
}

/** Snapshots and changes of the members, one of each kind at most in each of some hundred slices of time. */
export function laneMarks(trace: NodeTrace, offsetNs: number, endNs: number): Mark[] {
  const marks = new Map<string, Mark>();
  for (const { time, kind, what } of trace.milestones) {
    const atNs = time + offsetNs;
    if (atNs < 0 || atNs > endNs) continue;
    const slice = `${kind} ${Math.floor((atNs / endNs) * COMMIT_SLICES)}`;
    marks.set(slice, { kind, atNs, what, count: (marks.get(slice)?.count ?? 0) + 1 });
  }
  return [...marks.values()];
}

/** Every time that a node became leader, in the order of the run. */
export function elections(traces: Iterable<NodeTrace>, offsetOf: (node: string) => number | undefined): Election[] {
  const found: Election[] = [];
  for (const { node, roles } of traces) {
    const offsetNs = offsetOf(node);
    if (offsetNs === undefined) continue;
    let before: RoleChange | undefined;
    for (const change of roles) {
      const same = before !== undefined && before.role === 'leader' && before.term === change.term;
      if (change.role === 'leader' && !same) found.push({ node, term: change.term, atNs: change.time + offsetNs });
      before = change;
    }
  }
  return found.sort((a, b) => a.atNs - b.atNs || (a.node < b.node ? -1 : 1));
}
