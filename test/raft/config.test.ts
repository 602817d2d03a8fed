import { describe, expect, it } from 'vitest';
import { ChaosError, Raft, type RaftConfig, RaftError } from '../../src/raft/index.ts';
import { recorder } from './rafts.ts';

const config: RaftConfig = { peers: { n1: '10.0.0.1:7000', n2: '10.0.0.2:7000' }, self: 'n1', path: 'never-made' };

/** As somebody may write it whom no type checker has told. */
function made(change: Record<string, unknown>): Raft {
  return new Raft({ ...config, ...change } as RaftConfig);
}

function refusal(change: Record<string, unknown>): ChaosError {
  try {
    made(change);
  } catch (error) {
    if (error instanceof ChaosError) return error;
    throw error;
  }
  return expect.unreachable('it is not refused');
}

const { machine } = recorder();
const lease = (drift: number, heartbeatIntervalMs: number) => ({
  leaseClockDrift: drift,
  params: { electionTimeoutMs: [300, 600], heartbeatIntervalMs },
});

describe('a configuration', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['without peers', { peers: {} }, 'peers is empty'],
    ['with an empty list of peers', { peers: [], self: 'a' }, 'peers is empty'],
    ['whose peers are no such thing', { peers: 'n1' }, 'peers is'],
    ['whose peers are null', { peers: null }, 'peers is'],
    ['with a peer twice', { peers: ['h:1', 'h:2', 'h:1'], self: 'h:1' }, 'peers is "h:1" twice'],
    ['with two peers at one address', { peers: { n1: 'h:1', n2: 'h:1' } }, 'h:1 for n1 and for n2'],
    ['with a peer without a name', { peers: { n1: 'h:1', '': 'h:2' } }, 'a name in peers is ""'],
    ['with a peer without an address', { peers: { n1: 'h:1', n2: 'h' } }, 'the address of n2 in peers'],
    ['with an address that is no text', { peers: { n1: 'h:1', n2: 7000 } }, 'the address of n2 in peers is 7000'],
    ['with a control character in a name', { peers: { n1: 'h:1', 'n\n2': 'h:2' } }, 'a name in peers is "n\\n2"'],
    ['of a node that is no peer', { self: 'n3' }, 'self is "n3", which is not one of peers: n1, n2'],
    ['of a node that only every object knows', { self: 'toString' }, 'self is "toString"'],
    ['of nobody', { self: undefined }, 'self is undefined'],
    ['without a path', { path: '' }, 'path is ""'],
    ['whose path is no text', { path: undefined }, 'path is undefined'],
    ['of a cluster without a name', { clusterId: '' }, 'clusterId is ""'],
    ['that listens nowhere', { listen: '0.0.0.0' }, 'listen is'],
    ['that joins "no"', { join: 'no' }, 'join is "no"'],
    ['with no time for requests', { requestTimeoutMs: 0 }, 'requestTimeoutMs is 0'],
    ['with all time for requests', { requestTimeoutMs: Number.POSITIVE_INFINITY }, 'requestTimeoutMs is Infinity'],
    ['with one election time-out', { params: { electionTimeoutMs: 300 } }, 'electionTimeoutMs is 300'],
    ['with election time-outs upside down', { params: { electionTimeoutMs: [600, 300] } }, 'is [600, 300]'],
    ['with none at all', { params: { electionTimeoutMs: [0, 0] } }, 'is [0, 0]'],
    ['with halves of milliseconds', { params: { electionTimeoutMs: [300.5, 600] } }, 'is [300.5, 600]'],
    ['with NaN', { params: { heartbeatIntervalMs: Number.NaN } }, 'heartbeatIntervalMs is NaN'],
    ['without heartbeats', { params: { heartbeatIntervalMs: 0 } }, 'heartbeatIntervalMs is 0'],
    ['with rare heartbeats', { params: { heartbeatIntervalMs: 151 } }, 'is 151 where elections begin after 300 ms'],
    [
      'whose elections are too early',
      { params: { electionTimeoutMs: [100, 200], heartbeatIntervalMs: 75 } },
      'is 75 where elections begin after',
    ],
    ['whose clocks run backwards', { leaseClockDrift: -0.1 }, 'leaseClockDrift is -0.1'],
    ['whose clocks drift by all', { leaseClockDrift: 1 }, 'leaseClockDrift is 1'],
    ['whose leases end before they are renewed', lease(0.5, 150), 'leases of 150 ms'],
    ['with a compaction of nothing', { compaction: { snapshotEvery: 5, keptEntries: 0 } }, 'without a stateMachine'],
    ['that compacts all the time', compacting({ snapshotEvery: 0 }), 'compaction.snapshotEvery is 0'],
    ['that keeps less than nothing', compacting({ keptEntries: -1 }), 'compaction.keptEntries is -1'],
    ['with half a compaction', { stateMachine: machine, compaction: { snapshotEvery: 5 } }, 'keptEntries is undefined'],
    ['that compacts after no bytes', compacting({ snapshotBytes: 0 }), 'compaction.snapshotBytes is 0'],
    ['that keeps half a byte', compacting({ keptBytes: 0.5 }), 'compaction.keptBytes is 0.5'],
    ['whose state machine cannot restore', { stateMachine: { ...machine, restore: 1 } }, 'stateMachine.restore is 1'],
    ['whose state machine is null', { stateMachine: null }, 'stateMachine.apply is undefined'],
    ['with half a certificate', { tls: { certificate: '', key: '' } }, 'tls.authority is undefined'],
    ['that notices into nothing', { onNotice: 'console.log' }, 'onNotice is "console.log"'],
    ['that fails into nothing', { onFailure: {} }, 'onFailure is an object'],
    ['that tells nobody who leads', { onLeaderChange: 'log' }, 'onLeaderChange is "log"'],
    ['with null for params', { params: null }, 'params is null'],
    ['with a list of params', { params: [300, 600] }, 'params is [300, 600]'],
    ['with a word that it has not', { statemachine: machine }, 'with "statemachine", which it has not'],
    ['with a word for nothing', { retries: 5 }, 'with "retries", which it has not'],
    ['with a misspelled time-out', { params: { electionTimeoutMS: [300, 600] } }, 'params is with "electionTimeoutMS"'],
    ['that compacts otherwise', compacting({ keepEntries: 5 }), 'compaction is with "keepEntries"'],
  ])('%s is refused, with what, where and what to do', (_, change, message) => {
    const error = refusal(change);
    expect(error).toMatchObject({ code: 'bad-config', definite: true });
    expect(error.message).toContain(message);
    expect(error.remedy).toMatch(/\w/);
  });

  it.each([
    [{ statemachine: machine }, 'Perhaps stateMachine is meant.'],
    [{ params: { heartbeatInterval: 75 } }, 'Perhaps heartbeatIntervalMs is meant.'],
    [compacting({ keepEntries: 5 }), 'Perhaps keptEntries is meant.'],
    [{ retries: 5 }, 'It may have peers, self, path,'],
  ])('that is misspelled is told the nearest word', (change, remedy) => {
    expect(refusal(change).remedy).toContain(remedy);
  });

  it.each([undefined, null, 'n1', []])('is no such thing: %s', (given) => {
    expect(() => new Raft(given as never)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it.each<[string, Record<string, unknown>]>([
    ['of one node that is known by its address', { peers: ['[fd00::1]:7000'], self: '[fd00::1]:7000' }],
    ['of a node with an odd name', { peers: { constructor: 'h:1' }, self: 'constructor' }],
    ['whose heartbeats just fit', { params: { heartbeatIntervalMs: 150 } }],
    ['with leases', lease(0.1, 75)],
    ['with one fixed election time-out', { params: { electionTimeoutMs: [300, 300] } }],
    ['with a state machine that is a class, and no compaction', { stateMachine: machine, compaction: null }],
  ])('%s is taken', (_, change) => {
    expect(made(change)).toBeInstanceOf(Raft);
  });
});

describe('an argument of a call', () => {
  it('that cannot work is refused before anything is asked, as certainly without effect', async () => {
    const raft = made({});
    const voters = { n1: 'h:1', n2: 'h:2' };
    const calls: [() => unknown, string][] = [
      [() => raft.changeMembership({ voters: { '': 'h:1' } }), 'a name in voters is ""'],
      [() => raft.changeMembership({ voters: { n1: 'h' } }), 'the address of n1 in voters'],
      [() => raft.changeMembership({ voters, learners: { n2: 'h:3' } }), 'learners is with n2'],
      [() => raft.changeMembership({ voters, learners: { n3: 'h:2' } }), 'h:2 for n2 and for n3'],
      [() => raft.changeMembership({} as never), 'voters is undefined'],
      [() => raft.changeMembership(undefined as never), 'the membership is undefined'],
      [() => raft.changeMembership({ voters, learner: {} } as never), 'the membership is with "learner"'],
      [() => raft.changeMembership({ voters, learners: null } as never), 'learners is null'],
      [() => raft.stop({ handover: true } as never), 'the options of stop is with "handover"'],
      [() => raft.stop({ handOver: 1 } as never), 'handOver is 1'],
      [() => raft.stop(null as never), 'the options of stop is null'],
      [() => raft.apply(new Uint8Array(1), 0), 'timeoutMs is 0'],
      [() => raft.applied(0), 'position is 0'],
      [() => raft.transferLeadership(''), 'to is ""'],
      [() => raft.transferLeadership(undefined as never), 'to is undefined'],
      [() => raft.broadcast(new Uint8Array(1), Number.NaN), 'timeoutMs is NaN'],
      [() => raft.read(-1), 'timeoutMs is -1'],
      [() => raft.openSession(0), 'timeoutMs is 0'],
      [async () => raft.deliveries(0), 'from is 0'],
      [async () => raft.deliveries(1.5), 'from is 1.5'],
      [async () => raft.deliveries(1, null as never), 'the options of deliveries is null'],
    ];
    for (const [call, message] of calls) {
      const error = await Promise.resolve()
        .then(call)
        .then(
          () => expect.unreachable(message),
          (thrown) => thrown,
        );
      expect(error, message).toBeInstanceOf(RaftError);
      expect(error).toMatchObject({ code: 'bad-config', definite: true });
      expect(error.message).toContain(message);
    }
  });
});

function compacting(change: Record<string, unknown>): Record<string, unknown> {
  return { stateMachine: machine, compaction: { snapshotEvery: 100, keptEntries: 10, ...change } };
}
