import { assert, present } from '../../base/assert.ts';
import { serveWaitingReads } from './answers.ts';
import { type NodeId, payloadBytesOf, type SnapshotMeta } from './entries.ts';
import { followLeader } from './follower.ts';
import type { Message } from './messages.ts';
import type { Progress, SnapshotReceiving, State } from './state.ts';
import { configurationsIn, type Turn, termAt } from './turn.ts';

/** Log compaction: section 7. How a leader sends snapshots is in replication.ts. */

/**
 * What a snapshot of the application's state, as it is after all that was delivered so far, stands for. Null on a node that is
 * to join, until the log says who the members are: whoever restored its snapshot would not know them either.
 */
export function snapshotOf(state: State): SnapshotMeta | null {
  const { commitIndex, applied, configurations } = state;
  const { configuration } = present(configurations[0], 'the first configuration is committed');
  if (configuration.length === 0) return null;
  return {
    index: commitIndex,
    term: termAt(state, commitIndex),
    position: applied.position,
    configuration,
    sessions: applied.sessions,
  };
}

/**
 * Whether a follower that answers is being sent a snapshot, or lacks more of the log than is kept behind one: if another was
 * taken now, it would have to begin again.
 */
export function isCatchingUp(state: State): boolean {
  const { config, commitIndex } = state;
  const most = Math.max(config.keptEntries, config.keptForFollowers);
  return answeringFollowers(state).some(({ sending, match }) => sending !== null || commitIndex - match > most);
}

/** Of the followers, those that have answered within about an election time-out. */
function answeringFollowers({ role, config, configurations }: State): Progress[] {
  if (role.name !== 'leader') return [];
  const members = configurations.at(-1)?.configuration ?? [];
  return role.progress.filter(({ silentLooks }, place) => members[place]?.id !== config.id && silentLooks < 2);
}

/** A follower takes a piece of a snapshot (figure 13). Pieces come in order: one that does not fit says what is here. */
export function onInstallSnapshot(turn: Turn, from: NodeId, install: Message & { kind: 'install-snapshot' }): void {
  const { term } = turn.state;
  const { snapshot, offset, data, last, round } = install;
  if (install.term < term) {
    turn.send(from, { kind: 'snapshot-taken', term, index: snapshot.index, received: 0, complete: false, round });
    return;
  }
  followLeader(turn, from);
  if (snapshot.index <= turn.state.commitIndex) {
    turn.sendWhenDurable(from, { kind: 'append-accepted', term, matchIndex: snapshot.index, round });
    return;
  }
  const { role } = turn.state;
  assert(role.name === 'follower', 'who hears from a leader follows it');
  let receiving = goesOnWith(role.receiving, from, snapshot);
  if (!receiving.complete && offset === receiving.received) {
    turn.effect({ type: 'store-snapshot', snapshot, offset, data, last });
    receiving = { from, snapshot, received: offset + data.length, complete: last };
  }
  turn.update({ role: { ...role, receiving } });
  const { received, complete } = receiving;
  turn.send(from, { kind: 'snapshot-taken', term, index: snapshot.index, received, complete, round });
}

function goesOnWith(before: SnapshotReceiving | null, from: NodeId, snapshot: SnapshotMeta): SnapshotReceiving {
  const { index, term } = snapshot;
  const isSame = before?.from === from && before.snapshot.index === index && before.snapshot.term === term;
  return isSame ? before : { from, snapshot, received: 0, complete: false };
}

/** A snapshot that was taken here is durable: what it covers of the log may go, but for the last entries. */
export function onSnapshotTakenHere(turn: Turn, snapshot: SnapshotMeta): void {
  const { state } = turn;
  if (isNewer(state, snapshot)) turn.update({ snapshot });
  const last = lastToDrop(state, snapshot.index);
  if (last <= state.logStart.index) return;
  turn.update({ logStart: { index: last, term: termAt(state, last) }, log: state.log.dropBefore(last + 1) });
}

/** What is kept of a log that a snapshot covers: else a follower that is a little behind would need the whole snapshot. */
function lastToDrop(state: State, index: number): number {
  const { logStart, log, config } = state;
  const needed = lowestMatch(state);
  let last = Math.min(index, log.last);
  let bytes = 0;
  while (last > logStart.index) {
    const entry = log.get(last);
    bytes += payloadBytesOf(entry);
    const keptEntries = last > needed ? Math.max(config.keptForFollowers, config.keptEntries) : config.keptEntries;
    if (index - last >= keptEntries || bytes > config.keptBytes) break;
    last--;
  }
  return last;
}

/** What all followers have that answer and are sent the log. */
function lowestMatch(state: State): number {
  const matches = answeringFollowers(state).flatMap(({ sending, match }) => (sending === null ? [match] : []));
  return Math.min(state.log.last, ...matches);
}

/** The snapshot that a leader sent is durable: it takes the place of all the log that it covers (figure 13, steps 6 to 8). */
export function onSnapshotReceived(turn: Turn, snapshot: SnapshotMeta): void {
  const { state } = turn;
  if (isNewer(state, snapshot)) turn.update({ snapshot });
  // Whoever leads or stands by now has its log and its commit index go on from what they are.
  if (state.role.name !== 'follower' && state.role.name !== 'pre-candidate') return;
  const { receiving } = state.role;
  if (receiving?.snapshot.index === snapshot.index) turn.update({ role: { ...state.role, receiving: null } });
  if (snapshot.index > state.commitIndex) install(turn, snapshot);
  const leader = state.role.name === 'follower' ? state.role.leader : null;
  if (leader === null) return;
  turn.sendWhenDurable(leader, { kind: 'append-accepted', term: state.term, matchIndex: snapshot.index, round: 0 });
}

function install(turn: Turn, snapshot: SnapshotMeta): void {
  const { index, term, position, sessions, configuration } = snapshot;
  const { state } = turn;
  const isInLog = index <= state.log.last && termAt(state, index) === term;
  if (isInLog) {
    turn.update({ log: state.log.dropBefore(index + 1), logStart: { index, term } });
    turn.coveredBySnapshot(index);
  } else {
    turn.restartLog({ index, term });
  }
  const { log } = turn.state;
  turn.update({ commitIndex: index, applied: { position, sessions } });
  turn.useConfigurations([{ index, configuration }, ...configurationsIn(log.first, log.slice(log.first, log.last))]);
  turn.effect({ type: 'restore', snapshot });
  serveWaitingReads(turn);
}

function isNewer(state: State, snapshot: SnapshotMeta): boolean {
  return state.snapshot === null || snapshot.index > state.snapshot.index;
}
