import type { Entry } from '../../raft/protocol/types.ts';
import type { ActorProperty, NodeView, SystemView } from '../actors/actor.ts';
import { sameEntry } from './entries.ts';
import type { RaftLocal } from './local-state.ts';
import type { Fault, Past } from './past.ts';
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
      { name: 'Election Safety', expectation: 'always', holds: oneLeaderATerm },
      { name: 'State Machine Safety', expectation: 'always', holds: sameDeliveries },
    ];
  }
  return [
    ...liveness,
    ...(scope.maxTerm > 1 ? [overwritten] : []),
    never('Election Safety'),
    never('Leader Append-Only'),
    { name: 'Log Matching', expectation: 'always', holds: logsMatch },
    { name: 'Leader Completeness', expectation: 'always', holds: leadersAreComplete },
    never('State Machine Safety'),
    never('Acknowledged Is Committed'),
    ...(scope.reads > 0 ? [never('Linearizable Reads')] : []),
    { name: 'No Broken Invariant', expectation: 'always', holds: ({ nodes }) => nodes.every(goesOn) },
  ];
}

/** A deposed leader's entries are dropped: that takes two leaders. */
const overwritten: RaftProperty = {
  name: 'Deposed Leader Overwritten',
  expectation: 'sometimes',
  holds: ({ nodes }) => nodes.some(hasTruncated),
};

function never(fault: Fault): RaftProperty {
  return { name: fault, expectation: 'always', holds: ({ past }) => !past.faults.includes(fault) };
}

function leads({ local }: NodeView<RaftLocal>): boolean {
  return local.state.role.name === 'leader';
}

function hasDelivered({ local }: NodeView<RaftLocal>): boolean {
  return (local.state.log[local.state.commitIndex - 1]?.position ?? 0) > 0;
}

function hasTruncated({ local }: NodeView<RaftLocal>): boolean {
  return local.truncated;
}

function goesOn({ local }: NodeView<RaftLocal>): boolean {
  return local.failed === null;
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
