import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { seededRandom } from '../../src/base/random.ts';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import type { ActorAction, SystemState } from '../../src/model/index.ts';
import type { Path, PathStep } from '../../src/model/path.ts';
import { membersOf } from '../../src/model/raft/mutant.ts';
import { mutantNamed } from '../../src/model/raft/mutants.ts';
import { type RaftModel, raftModel } from '../../src/model/raft/raft-model.ts';
import { replayOnDrivers } from '../../src/model/raft/replay.ts';
import { defaultScope, type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { recover, step } from '../../src/raft/protocol/step.ts';

function randomPath(model: RaftModel, seed: number, length: number): Path<SystemState, ActorAction> {
  const random = seededRandom(seed);
  const [initial] = model.initialStates();
  if (initial === undefined) throw new Error('there is an initial state');
  const steps: PathStep<SystemState, ActorAction>[] = [];
  let state = initial;
  while (steps.length < length) {
    const any = random.shuffle(model.actions(state));
    // Most of the time nothing fails: else nothing much would come to its end.
    const isCalm = random.fraction() < 0.9;
    const step = (isCalm ? [...any.filter(isQuiet), ...any] : any)
      .map((action) => ({ action, state: model.next(state, action) }))
      .find((candidate) => candidate.state !== null);
    if (step === undefined || step.state === null) break;
    steps.push({ action: step.action, state: step.state });
    state = step.state;
  }
  return { initial, steps };
}

function isQuiet({ kind }: ActorAction): boolean {
  return kind !== 'timeout' && kind !== 'crash' && kind !== 'drop';
}

describe("the model's nodes are what the library's driver makes of the same events", () => {
  const rich: RaftScope = {
    ...defaultScope,
    broadcasts: 3,
    reads: 2,
    crashes: 3,
    maxTerm: 5,
    heartbeats: 3,
    lossy: true,
  };
  const changing: RaftScope = {
    ...rich,
    nodes: 4,
    members: 2,
    changes: [membersOf('n2', 'n3'), membersOf('n1', 'n2', 'n3', 'n4~'), membersOf('n4')],
    transfers: 2,
    crashes: 1,
  };
  const snapshots: RaftScope = { ...rich, snapshots: 4, crashes: 1, maxTerm: 3 };
  const careful: RaftScope = { ...rich, preVote: true, checkQuorum: true, transfers: 2 };
  it.each<[string, RaftScope, string[]]>([
    ['crashes, lost writes, lost messages', rich, ['Lost Write Recovered']],
    ['disks that take no time', { ...rich, lostWrites: false }, ['Deposed Leader Overwritten']],
    ['an ordered network', { ...rich, network: 'ordered', lossy: false }, ['Log Liveness']],
    ['messages that come again', { ...rich, network: 'unordered-duplicating' }, ['Log Liveness']],
    ['one entry a message', { ...rich, entriesPerMessage: 1 }, ['Log Liveness']],
    ['snapshots in pieces', { ...snapshots, lossy: false }, ['Snapshot Installed']],
    ['snapshots, on disks that take no time', { ...snapshots, lostWrites: false }, ['Snapshot Installed']],
    ['some of the log kept before a snapshot', { ...snapshots, keptEntries: 1 }, ['Snapshot Installed']],
    ['members that come and go', { ...changing, lossy: false }, ['Membership Changed', 'Leadership Transferred']],
    ['members that come and go, snapshots, losses', { ...changing, snapshots: 3 }, ['Snapshot Installed']],
    ['prevotes and looks at the quorum', careful, ['Log Liveness', 'Leadership Transferred']],
    ['sessions', { ...rich, retries: 2, snapshots: 2, lossy: false }, ['Retry Committed']],
    ["raft-lite's nondeterminism", raftLite(3, 'unordered-nonduplicating', false), ['Log Liveness']],
  ])('%s', (_, scope, shown) => {
    const model = raftModel(scope);
    const seen = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const path = randomPath(model, seed, 100);
      replayOnDrivers(model, scope, { step, recover }, path);
      for (const { name, expectation, holds } of model.properties) {
        if (expectation === 'sometimes' && path.steps.some(({ state }) => holds(state))) seen.add(name);
      }
    }
    // Else the walks would show little.
    expect([...seen]).toEqual(expect.arrayContaining(shown));
  });

  it('and a difference is seen', () => {
    const model = raftModel({ ...defaultScope, lostWrites: false });
    const path = randomPath(model, 1, 40);
    const other = mutantNamed('two-votes').protocol;
    const forgetful = {
      ...other,
      step: (...given: Parameters<typeof step>) => {
        const next = step(...given);
        return { ...next, state: { ...next.state, votedFor: null } };
      },
    };
    expect(() => replayOnDrivers(model, defaultScope, forgetful, path)).toThrow(/as the model has it/);
  });

  it.each(['nothing-delivered', 'other-delivered', 'delivered-twice'])('and a difference in deliveries: %s', (name) => {
    const scope: RaftScope = { ...defaultScope, crashes: 0, lostWrites: false, maxTerm: 1 };
    const model = raftModel(scope);
    const delivery = searchBreadthFirst(model).findings.find(({ property }) => property.name === 'Log Liveness');
    const path = present(delivery?.path, 'something is delivered');
    replayOnDrivers(model, scope, { step, recover }, path);
    expect(() => replayOnDrivers(model, scope, mutantNamed(name).protocol, path)).toThrow(
      /delivers as the model has it/,
    );
  });
});
