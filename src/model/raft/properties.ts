import type { Entry } from '../../raft/protocol/types.ts';
import type { ActorProperty, NodeView, SystemView } from '../actors/actor.ts';
import { sameEntry } from './entries.ts';
import type { RaftLocal } from './local-state.ts';
import { type Fault, type Past, requestsComeOnce } from './past.ts';
import type { RaftScope } from './scope.ts';

type View = SystemView<RaftLocal, Past>;
type RaftProperty = ActorProperty<RaftLocal, Past>;

/** The properties of figure 3 of the Raft paper, those of its clients, and what shows that anything happens at all. */
export function raftProperties(scope: RaftScope): RaftProperty[] {
  const liveness: RaftProperty[] = [
    { name: 'Election Liveness', expectation: 'sometimes', holds: ({ nodes }) => nodes.some(leads) },
  ];
  if (scope.broadcasts > 0) {
    liveness.push({ name: 'Log Liveness', expectation: 'sometimes', holds: ({ nodes }) => nodes.some(hasDelivered) });
  }
  if (scope.compat === 'raft-lite') {
    return [
      ...liveness,
      ...sound,
      { name: 'Election Safety', expectation: 'always', holds: oneLeaderATerm },
      { name: 'State Machine Safety', expectation: 'always', holds: sameDeliveries },
    ];
  }
  return [
    ...liveness,
    ...liveliness(scope),
    never('Election Safety'),
    never('Leader Append-Only'),
    { name: 'Log Matching', expectation: 'always', holds: logsMatch },
    { name: 'Leader Completeness', expectation: 'always', holds: leadersAreComplete },
    never('State Machine Safety'),
    never('Acknowledged Is Committed'),
    ...(requestsComeOnce(scope) ? [never('Definite Errors Hold'), never('No Duplicates')] : []),
    ...(scope.reads > 0 ? [never('Linearizable Reads')] : []),
    ...sound,
  ];
}

/** In every scope: what else is checked means little of nodes that have stopped, or that deliver something else. */
const sound: readonly RaftProperty[] = [
  {
    name: 'Delivered In Order',
    expectation: 'always',
    holds: ({ nodes }) => nodes.every(({ local }) => local.misdelivered === null),
  },
  {
    name: 'No Broken Invariant',
    expectation: 'always',
    holds: ({ nodes }) => nodes.every(({ local }) => local.failed === null),
  },
];

/** What the scope is there to show. Without an example, the properties that must always hold have not been tried there. */
function liveliness({ nodes, maxTerm, reads, crashes, recovers, lostWrites }: RaftScope): RaftProperty[] {
  const restarts = crashes > 0 && recovers;
  return [
    // Two leaders, and a majority without the first.
    ...(maxTerm > 1 && nodes > 2 ? [sometimes('Deposed Leader Overwritten', hasTruncated)] : []),
    ...(maxTerm > 1 && (nodes > 1 || restarts) ? [sometimes('Committed Outlives Leader', leadsWithOlder)] : []),
    ...(restarts && lostWrites ? [sometimes('Lost Write Recovered', hasLostNoop)] : []),
    ...(reads > 0 ? [readServed] : []),
  ];
}

const readServed: RaftProperty = {
  name: 'Read Served',
  expectation: 'sometimes',
  holds: ({ past }) => past.served > 0,
};

function sometimes(name: string, holds: (node: NodeView<RaftLocal>, past: Past) => boolean): RaftProperty {
  return { name, expectation: 'sometimes', holds: ({ nodes, past }) => nodes.some((node) => holds(node, past)) };
}

function never(fault: Fault): RaftProperty {
  return { name: fault, expectation: 'always', holds: ({ past }) => !past.faults.includes(fault) };
}

function leads({ local }: NodeView<RaftLocal>): boolean {
  return local.state.role.name === 'leader';
}

function hasDelivered({ local }: NodeView<RaftLocal>): boolean {
  return local.delivered > 0;
}

function hasTruncated({ local }: NodeView<RaftLocal>): boolean {
  return local.truncated;
}

/** A leader that has what was committed in an earlier term. */
function leadsWithOlder(node: NodeView<RaftLocal>, { committed }: Past): boolean {
  const { term, log } = node.local.state;
  const first = committed[0];
  return leads(node) && first !== undefined && first.by < term && sameEntry(first.entry, log[0]);
}

/** It has led this term, for which it appended a no-op, and runs without it: only a crash does that. */
function hasLostNoop({ id, up, local }: NodeView<RaftLocal>, { leaders }: Past): boolean {
  const { role, term, log } = local.state;
  if (!up || role.name === 'leader' || log.some((entry) => entry.term === term)) return false;
  return leaders.some((leader) => leader.term === term && leader.node === id);
}

/** Two logs that have an entry of the same index and term are the same up to there (section 5.3). */
function logsMatch({ nodes }: View): boolean {
  for (let a = 0; a < nodes.length; a++) {
    for (let b = a + 1; b < nodes.length; b++) {
      if (
        !match((nodes[a] as NodeView<RaftLocal>).local.state.log, (nodes[b] as NodeView<RaftLocal>).local.state.log)
      ) {
        return false;
      }
    }
  }
  return true;
}

function match(a: readonly Entry[], b: readonly Entry[]): boolean {
  if (a === b) return true;
  let at = Math.min(a.length, b.length) - 1;
  while (at >= 0 && a[at]?.term !== b[at]?.term) at--;
  for (; at >= 0; at--) if (!sameEntry(a[at] as Entry, b[at])) return false;
  return true;
}

/** What was committed in one term is in the log of every leader of a later one (section 5.4). */
function leadersAreComplete({ nodes, past }: View): boolean {
  if (past.committed.length === 0) return true;
  return nodes.every((node) => {
    const { role, term, log } = node.local.state;
    if (role.name !== 'leader') return true;
    return past.committed.every(({ entry, by }, at) => by >= term || sameEntry(entry, log[at]));
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
  if (longest.local.state.commitIndex === 0) return true;
  return nodes.every(({ local: { state } }) => {
    for (let at = 0; at < state.commitIndex; at++) {
      if (!sameEntry(state.log[at] as Entry, longest.local.state.log[at])) return false;
    }
    return true;
  });
}
