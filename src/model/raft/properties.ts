import type { ActorProperty, NodeView, SystemView } from '../actors/actor.ts';
import { isStampedNumber, subjectOf } from './inputs.ts';
import type { RaftLocal } from './local-state.ts';
import { has, match, termsRise } from './logs.ts';
import { type Fault, type Past, requestsComeOnce } from './past.ts';
import type { RaftScope } from './scope.ts';
import { appliesCommitted, snapshotsAreCommitted } from './snapshots.ts';

type View = SystemView<RaftLocal, Past>;
type RaftProperty = ActorProperty<RaftLocal, Past>;

/** The properties of figure 3 of the Raft paper, those of its clients, and what shows that anything happens at all. */
export function raftProperties(scope: RaftScope): RaftProperty[] {
  const liveness: RaftProperty[] = [
    { name: 'Election Liveness', expectation: 'sometimes', holds: ({ nodes }) => nodes.some(leads) },
  ];
  if (scope.broadcasts + scope.retries > 0) {
    liveness.push({ name: 'Log Liveness', expectation: 'sometimes', holds: ({ nodes }) => nodes.some(hasDelivered) });
  }
  if (scope.compat === 'raft-lite') {
    return [
      ...liveness,
      always('Delivered In Order', ({ nodes }) => nodes.every(deliversInOrder)),
      noBrokenInvariant,
      always('Election Safety', oneLeaderATerm),
      always('State Machine Safety', sameDeliveries),
    ];
  }
  return [
    ...liveness,
    ...liveliness(scope),
    never('Election Safety'),
    never('Leader Append-Only'),
    always('Log Matching', logsMatch),
    always('Leader Completeness', leadersAreComplete),
    never('State Machine Safety'),
    ...(hasSnapshots(scope) ? [always('Snapshots Are Committed', snapshotsAreCommitted(scope))] : []),
    never('Acknowledged Is Committed'),
    ...(requestsComeOnce(scope) ? [never('Definite Errors Hold')] : []),
    ...(requestsComeOnce(scope) || scope.retries > 0 ? [noDuplicates] : []),
    ...(scope.reads > 0 ? [never('Linearizable Reads')] : []),
    always('Delivered In Order', ({ nodes, past }) =>
      nodes.every((node) => deliversInOrder(node) && appliesCommitted(node, past)),
    ),
    noBrokenInvariant,
  ];
}

/** In every scope: what else is checked means little of nodes that have stopped. */
const noBrokenInvariant = always('No Broken Invariant', ({ nodes }) =>
  nodes.every(({ local }) => local.failed === null),
);

/** An entry a message; and of what is sent again with its stamp, one delivery on each node. */
const noDuplicates = always('No Duplicates', ({ nodes, past }) => {
  const once = ({ local: { delivered } }: NodeView<RaftLocal>) =>
    delivered.every((number, at) => !isStampedNumber(number) || delivered.indexOf(number) === at);
  return !past.faults.includes('No Duplicates') && nodes.every(once);
});

/** What the scope is there to show. Without an example, the properties that must always hold have not been tried there. */
function liveliness(scope: RaftScope): RaftProperty[] {
  const { nodes, members, maxTerm, reads, crashes, recovers, lostWrites, retries, changes, transfers } = scope;
  const restarts = crashes > 0 && recovers;
  return [
    // Two leaders, and a majority without the first.
    ...(maxTerm > 1 && members > 2 ? [sometimes('Deposed Leader Overwritten', ({ local }) => local.truncated)] : []),
    ...(maxTerm > 1 && (nodes > 1 || restarts) ? [sometimes('Committed Outlives Leader', leadsWithOlder)] : []),
    ...(restarts && lostWrites ? [sometimes('Lost Write Recovered', hasLostNoop)] : []),
    ...(reads > 0 ? [sometimes('Read Served', (_, { served }) => served > 0)] : []),
    ...(retries > 0 ? [sometimes('Retry Committed', (_, { committed }) => hasRetry(committed))] : []),
    ...(hasSnapshots(scope) && nodes > 1 ? [sometimes('Snapshot Installed', ({ local }) => local.installed)] : []),
    ...(changes.length > 0
      ? [sometimes('Membership Changed', (_, { done }) => done.some((id) => subjectOf(id).kind === 'change'))]
      : []),
    ...(transfers > 0
      ? [sometimes('Leadership Transferred', (_, { done }) => done.some((id) => subjectOf(id).kind === 'transfer'))]
      : []),
  ];
}

function hasSnapshots({ snapshots, beginning }: RaftScope): boolean {
  return snapshots > 0 || (beginning !== null && beginning.committed.length > 0);
}

function always(name: string, holds: (system: View) => boolean): RaftProperty {
  return { name, expectation: 'always', holds };
}

function sometimes(name: string, holds: (node: NodeView<RaftLocal>, past: Past) => boolean): RaftProperty {
  return { name, expectation: 'sometimes', holds: ({ nodes, past }) => nodes.some((node) => holds(node, past)) };
}

function never(fault: Fault): RaftProperty {
  return always(fault, ({ past }) => !past.faults.includes(fault));
}

function leads({ local }: NodeView<RaftLocal>): boolean {
  return local.state.role.name === 'leader';
}

function hasDelivered({ local }: NodeView<RaftLocal>): boolean {
  return local.delivered.length > 0;
}

function deliversInOrder({ local }: NodeView<RaftLocal>): boolean {
  return local.misdelivered === null;
}

/** A leader that has what was committed in an earlier term. */
function leadsWithOlder(node: NodeView<RaftLocal>, { committed }: Past): boolean {
  const { state } = node.local;
  const first = committed[0];
  return leads(node) && first !== undefined && first.by < state.term && has(state, 1, first.entry);
}

/** It has led this term, for which it appended a no-op, and runs without it: only a crash does that. */
function hasLostNoop({ id, up, local }: NodeView<RaftLocal>, { leaders }: Past): boolean {
  const { role, term, log, logStart } = local.state;
  if (!up || role.name === 'leader' || logStart.term === term || log.some((entry) => entry.term === term)) return false;
  return leaders.some((leader) => leader.term === term && leader.node === id);
}

function hasRetry(committed: Past['committed']): boolean {
  return committed.filter(({ entry }) => entry.kind === 'message' && entry.stamp?.sequence === 1).length > 1;
}

/** Logs agree with each other (section 5.3), and each in itself. */
function logsMatch({ nodes, past: { committed } }: View): boolean {
  for (let a = 0; a < nodes.length; a++) {
    const { state } = (nodes[a] as NodeView<RaftLocal>).local;
    if (!termsRise(state)) return false;
    for (let b = a + 1; b < nodes.length; b++) {
      if (!match(state, (nodes[b] as NodeView<RaftLocal>).local.state, committed)) return false;
    }
  }
  return true;
}

/** What was committed in one term is in the log of every leader of a later one (section 5.4). */
function leadersAreComplete({ nodes, past }: View): boolean {
  if (past.committed.length === 0) return true;
  return nodes.every(({ local: { state } }) => {
    if (state.role.name !== 'leader') return true;
    return past.committed.every(({ entry, by }, at) => by >= state.term || has(state, at + 1, entry));
  });
}

/** As raft-lite's model has it: no two nodes lead the same term at the same time. */
function oneLeaderATerm({ nodes }: View): boolean {
  for (let a = 0; a < nodes.length; a++) {
    for (let b = a + 1; b < nodes.length; b++) {
      const one = nodes[a] as NodeView<RaftLocal>;
      const other = nodes[b] as NodeView<RaftLocal>;
      if (leads(one) && leads(other) && one.local.state.term === other.local.state.term) return false;
    }
  }
  return true;
}

/** As raft-lite's model has it: what nodes have delivered is the same as far as both have delivered anything. */
function sameDeliveries({ nodes }: View): boolean {
  let longest = nodes[0] as NodeView<RaftLocal>;
  for (const node of nodes) if (node.local.state.commitIndex > longest.local.state.commitIndex) longest = node;
  const { log } = longest.local.state;
  return nodes.every(({ local: { state } }) => {
    for (let at = 0; at < state.commitIndex; at++) {
      const entry = log[at];
      if (entry === undefined || !has(state, at + 1, entry)) return false;
    }
    return true;
  });
}
