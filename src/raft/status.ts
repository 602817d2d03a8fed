import { isJoint, latestConfiguration, settledConfiguration } from './protocol/configuration.ts';
import type { Configuration, NodeId, Standing } from './protocol/entries.ts';
import { leaderOf } from './protocol/roles.ts';
import type { Progress, Role, State } from './protocol/state.ts';

/** What a node is and knows now. On a node that has heard from nobody for a while it is not what the cluster is. */
export interface RaftStatus {
  readonly self: NodeId;
  /** How often this node has been started, from 1. */
  readonly boot: number;
  readonly role: Role['name'];
  readonly term: number;
  /** Whom this node takes for the leader. */
  readonly leader: NodeId | null;
  /** The index of the last entry of the log here, committed or not. Indices count all entries, positions messages alone. */
  readonly lastIndex: number;
  /** The index of the last entry that this node knows to be committed. */
  readonly commitIndex: number;
  /** The position of the last message delivered here: what the state machine has applied. */
  readonly position: number;
  /** The index of the last entry that the stored snapshot covers; 0 for none. */
  readonly snapshotIndex: number;
  /** The members by the latest configuration in the log here, which counts from when it is there (section 6 of the paper). */
  readonly members: readonly MemberStatus[];
  /** Whether that configuration is committed, as far as this node knows: no other can take its place then. */
  readonly membersAreCommitted: boolean;
  /** The change of the membership that is under way, as far as this node knows; null: none. */
  readonly change: ChangeStatus | null;
  /** On a leader that is handing its office over: to whom. */
  readonly transferringTo: NodeId | null;
  /** On a leader, what it knows of each other member, in the order of `members`; null on others. */
  readonly followers: readonly FollowerStatus[] | null;
}

export interface MemberStatus {
  readonly id: NodeId;
  readonly address: string;
  readonly standing: Standing;
}

export interface ChangeStatus {
  /**
   * New voters catch up as learners, and nothing has changed about who decides; the old and the new members decide jointly;
   * or the new alone, which is not committed yet. The first and the last only the leader tells that was asked for the change.
   */
  readonly stage: 'catching-up' | 'joint' | 'settling';
  /** Who will be the members. */
  readonly target: readonly MemberStatus[];
}

export interface FollowerStatus {
  readonly id: NodeId;
  readonly standing: Standing;
  /** Whether it has answered this leader within about an election time-out; so it is said at first of each under a new leader. */
  readonly answers: boolean;
  /** The last entry that it is known to have on its disk; 0 where nothing is known yet. */
  readonly match: number;
  /** How many entries of the leader's log are after that. */
  readonly lag: number;
  /** The snapshot that it is being sent because the log does not go back far enough, and how much it has taken. */
  readonly snapshot: { readonly index: number; readonly takenBytes: number } | null;
}

export function statusOf(state: State, boot: number, position: number): RaftStatus {
  const { config, role, term, log, commitIndex, snapshot, configurations } = state;
  return {
    self: config.id,
    boot,
    role: role.name,
    term,
    leader: leaderOf(state),
    lastIndex: log.last,
    commitIndex,
    position,
    snapshotIndex: snapshot?.index ?? 0,
    members: latestConfiguration(state),
    membersAreCommitted: configurations.length === 1,
    change: changeOf(state),
    transferringTo: role.name === 'leader' ? (role.transfer?.to ?? null) : null,
    followers: role.name === 'leader' ? followersOf(state, role.progress) : null,
  };
}

function changeOf(state: State): ChangeStatus | null {
  const latest = latestConfiguration(state);
  if (isJoint(latest)) return { stage: 'joint', target: settledConfiguration(latest) };
  const change = state.role.name === 'leader' ? state.role.change : null;
  if (change === null) return null;
  return { stage: change.finalIndex === null ? 'catching-up' : 'settling', target: change.target };
}

function followersOf(state: State, progress: readonly Progress[]): FollowerStatus[] {
  const members: Configuration = latestConfiguration(state);
  return members.flatMap(({ id, standing }, place) => {
    const known = progress[place];
    if (id === state.config.id || known === undefined) return [];
    const { match, silentLooks, sending } = known;
    const snapshot = sending === null ? null : { index: sending.snapshot.index, takenBytes: sending.offset };
    return [{ id, standing, answers: silentLooks < 2, match, lag: state.log.last - match, snapshot }];
  });
}
