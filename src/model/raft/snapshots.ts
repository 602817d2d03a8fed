import type { LogStart } from '../../raft/protocol/state.ts';
import type { NodeView, SystemView } from '../actors/actor.ts';
import { equalPlain } from '../plain-hash.ts';
import { type Committed, configurationAt, meaningOf, sessionsAt } from './committed.ts';
import { messagesIn, type StoredSnapshot } from './disk.ts';
import type { RaftLocal } from './local-state.ts';
import type { Past } from './past.ts';
import { initialMembers, type RaftScope } from './scope.ts';

/** Every snapshot, stored or on its way there, stands for what is committed up to its index, and so does where logs start. */
export function snapshotsAreCommitted(scope: RaftScope): (system: SystemView<RaftLocal, Past>) => boolean {
  return ({ nodes, past: { committed } }) =>
    nodes.every(({ local: { state, disk, snapshotWrites } }) => {
      const isSound = (stored: StoredSnapshot) => standsFor(stored, committed, scope);
      return isAt(state.logStart, committed) && disk.snapshots.every(isSound) && snapshotWrites.every(isSound);
    });
}

function isAt({ index, term }: LogStart, committed: Committed): boolean {
  return index === 0 || committed[index - 1]?.entry.term === term;
}

function standsFor({ snapshot, data }: StoredSnapshot, committed: Committed, scope: RaftScope): boolean {
  const { index, position, configuration, sessions } = snapshot;
  if (!isAt(snapshot, committed)) return false;
  const { messages, upTo } = meaningOf(committed);
  const known = sessions.map(({ id, delivered }) => ({ id, sequences: delivered.map(({ sequence }) => sequence) }));
  return (
    position === upTo[index] &&
    equalPlain(messagesIn(data), messages.slice(0, position)) &&
    equalPlain(configuration, configurationAt(committed, index, initialMembers(scope))) &&
    equalPlain(known, sessionsAt(committed, index))
  );
}

/** What the application has is what is committed up to the commit index, each message once and in order. */
export function appliesCommitted({ local }: NodeView<RaftLocal>, { committed }: Past): boolean {
  const { delivered, state } = local;
  const { messages, upTo } = meaningOf(committed);
  return delivered.length === upTo[state.commitIndex] && delivered.every((number, at) => number === messages[at]);
}
