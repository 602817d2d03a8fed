import type { Entry } from '../../raft/protocol/entries.ts';
import type { Committed } from './committed.ts';
import { sameEntry } from './entries.ts';
import { lastIndexOf, type PlainState } from './local-state.ts';

/** Logs beside each other. What a snapshot covers of one is not in it any more: it is what was committed there. */

/** The term of the entry at this index, which the log has or goes on after. */
function termAt({ log, logStart }: PlainState, index: number): number | undefined {
  return index === logStart.index ? logStart.term : log[index - logStart.index - 1]?.term;
}

/** The logs are the same up to wherever they have an entry of the same index and term (section 5.3). */
export function match(a: PlainState, b: PlainState, committed: Committed): boolean {
  if (a.log === b.log && a.logStart.index === b.logStart.index) return true;
  const lowest = Math.max(a.logStart.index, b.logStart.index);
  let at = Math.min(lastIndexOf(a), lastIndexOf(b));
  while (at > lowest && termAt(a, at) !== termAt(b, at)) at--;
  const agrees = at > lowest;
  for (; at > lowest; at--) if (!sameEntry(a.log[at - a.logStart.index - 1] as Entry, entryAt(b, at))) return false;
  if (lowest === 0) return true;
  if (at < lowest) return true;
  if (termAt(a, lowest) !== termAt(b, lowest)) return !agrees;
  return isCommittedUpTo(a, lowest, committed) && isCommittedUpTo(b, lowest, committed);
}

function entryAt({ log, logStart }: PlainState, index: number): Entry | undefined {
  return log[index - logStart.index - 1];
}

/** What the log has of the entries up to `index` is what was committed there. */
function isCommittedUpTo(state: PlainState, index: number, committed: Committed): boolean {
  for (let at = state.logStart.index + 1; at <= index; at++) {
    const entry = committed[at - 1]?.entry;
    if (entry === undefined || !sameEntry(entry, entryAt(state, at))) return false;
  }
  return true;
}

/** Whether the entry is in the log, or covered by its snapshot: of that see `snapshotsAreCommitted`. */
export function has(state: PlainState, index: number, entry: Entry): boolean {
  return index <= state.logStart.index || sameEntry(entry, entryAt(state, index));
}

/** A leader appends entries of its own term, which is the latest: so terms never fall along a log. */
export function termsRise({ log, logStart }: PlainState): boolean {
  let before = logStart.term;
  for (const { term } of log) {
    if (term < before) return false;
    before = term;
  }
  return true;
}
