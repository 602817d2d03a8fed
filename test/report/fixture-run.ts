import { present } from '../../src/base/assert.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { FaultRecord, Results } from '../../src/checker/verdict.ts';
import type { TestRecord } from '../../src/controller/run-folder.ts';
import type { NewOperation, Operation } from '../../src/history/operation.ts';
import type { RunData } from '../../src/report/input.ts';

/** Runs as the harness would record them, made by code: enough like real ones to look at, and always the same. */
export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

export const SECOND = 1e9;

const FAULTS: readonly FaultRecord[] = [
  fault('partition', 'n1 n2 | n3 n4 n5', 4, 9.2, true, [
    'n1 and n2 exchanged no message with n3, n4 and n5 from 4.1 s to 9.2 s, 312 before.',
  ]),
  fault('kill', 'n3', 8, 11.5, true, ['n3 answered 137 to its wait.', 'n3 came back with boot 2 at 11.6 s.']),
  fault('pause', 'n4', 14, 16.5, true, ['n4’s state was T in /proc at 14.05 s.']),
  fault('partition', 'bridge over n3', 18, 23, true, ['n1 and n5 heard nothing of each other.']),
  fault('pause', 'n2', 24, 24.4, false, []),
];

/** A run without anomalies: 30 seconds, `perSecond` operations each second, five nodes, five faults. */
export function validRun(perSecond = 100, durationS = 30): RunData {
  const operations = history(seededRandom(7), perSecond, durationS);
  return { test: testRecord(), operations, results: validResults(operations) };
}

/** The same run with an acknowledged message that no node delivered, and a stale read. */
export function lostRun(perSecond = 100, durationS = 30): RunData {
  const { test, operations, results } = validRun(perSecond, durationS);
  const ok = operations.find((op) => op.type === 'ok' && op.f === 'broadcast' && (op.time ?? 0) > 8.5 * SECOND);
  const reads = operations.filter((op) => op.type === 'ok' && op.f === 'deliveries').slice(-5);
  const { message } = present(ok, 'an acknowledged message').value as { message: string };
  const lost = {
    kind: 'lost',
    sentence: `The broadcast of "${message}" was acknowledged at position 412, but no node has delivered it, not even in the final reads after the cluster had recovered.`,
    operations: [ok?.index ?? 0, ...reads.map((read) => read.index)],
    nodes: NODES,
    details: { message, position: 412, acknowledgedBy: 'n1' },
  };
  const split = {
    kind: 'split-brain',
    sentence: 'n1 and n4 delivered different messages at position 411.',
    operations: reads.slice(0, 2).map((read) => read.index),
    nodes: ['n1', 'n4'],
  };
  const checker = {
    valid: false as const,
    reason: 'Two promises were broken.',
    anomalies: [lost, split],
    unlisted: { lost: 3 },
  };
  return {
    test: { ...test, options: { ...test.options, bug: 'ack-before-commit' } },
    operations,
    results: {
      ...results,
      valid: false,
      summary: 'An acknowledged message was lost during the partition, and two nodes disagree about their order.',
      checkers: { ...results.checkers, 'total-order': { ...checker, stats: { messages: 2411, acknowledged: 2200 } } },
      anomalies: [lost, split],
    },
  };
}

/** Nothing happened: an empty history, one checker that crashed, no fault. */
export function emptyRun(): RunData {
  const test = testRecord();
  return {
    test: { ...test, options: { ...test.options, nemeses: [] }, traceOffsetsNs: {}, cluster: {} },
    operations: [],
    results: {
      valid: 'unknown',
      summary: 'Nothing could be judged: no operation ended ok.',
      checkers: {
        'total-order': { valid: 'unknown', reason: 'The checker crashed: TypeError: x is undefined', anomalies: [] },
      },
      anomalies: [],
      faults: [],
      stats: {},
    },
  };
}

/** A run in which every text that is not ours is hostile. */
export function hostileRun(hostile: string): RunData {
  const run = lostRun();
  const replaceTexts = (value: unknown): unknown => {
    if (typeof value === 'string') return hostile;
    if (Array.isArray(value)) return value.map(replaceTexts);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceTexts(inner)]));
  };
  const operations = run.operations.map((operation) => {
    const { index, time, type, process } = operation;
    return {
      index,
      type,
      process,
      ...(time === undefined ? {} : { time }),
      f: hostile,
      key: hostile,
      value: { [hostile]: hostile },
      node: hostile,
      error: { code: hostile, message: hostile },
    };
  });
  return {
    test: { ...(replaceTexts(run.test) as RunData['test']), versions: { [hostile]: hostile } },
    results: { ...(replaceTexts(run.results) as RunData['results']), valid: false, stats: { [hostile]: hostile } },
    operations,
  };
}

function testRecord(): TestRecord {
  return {
    name: 'broadcast-raft',
    runId: '20260301T101500Z-42',
    startedAt: '2026-03-01T10:15:00.000Z',
    command:
      'raft-chaos run --system raft --workload broadcast --nodes 5 --nemesis partition:every=10:for=5,kill,pause --time-limit 30 --rate 100 --seed 42',
    options: {
      backend: 'docker',
      system: 'raft',
      nodes: NODES,
      workload: 'broadcast',
      nemeses: ['partition:every=10:for=5', 'kill', 'pause'],
      timeLimitMs: 30_000,
      rate: 100,
      concurrency: 10,
      opTimeoutMs: 5000,
      recoveryTimeoutMs: 30_000,
      seed: 42,
      bug: null,
      timing: { electionTimeoutMs: [300, 600], heartbeatIntervalMs: 75 },
      compaction: null,
      world: null,
    },
    versions: { 'raft-chaos': '0.1.0', node: 'v20.20.0', docker: '27.3.1', kernel: '6.8.0' },
    cluster: {
      engine: 'docker',
      images: { node: `sha256:${'ab12'.repeat(16)}`, agent: `sha256:${'cd34'.repeat(16)}` },
      capabilities: ['NET_ADMIN', 'SYS_PTRACE'],
      addresses: { n1: '10.77.0.11', n2: '10.77.0.12', n3: '10.77.0.13', n4: '10.77.0.14', n5: '10.77.0.15' },
    },
    traceOffsetsNs: Object.fromEntries(NODES.map((node, at) => [node, -traceStart(at)])),
  };
}

/** What a node's monotonic clock shows when the run begins. */
export function traceStart(at: number): number {
  return (5000 + 37 * at) * SECOND;
}

function fault(
  nemesis: string,
  description: string,
  startS: number,
  endS: number,
  effective: boolean,
  evidence: readonly string[],
): FaultRecord {
  const times = { startTime: startS * SECOND, endTime: endS * SECOND };
  return { nemesis, description, ...times, effective, leavesQuorum: nemesis !== 'kill', evidence, operations: [] };
}

function validResults(operations: readonly Operation[]): Results {
  return {
    valid: true,
    summary: 'Every acknowledged message was delivered by all nodes, once and in the same order, under five faults.',
    checkers: {
      'total-order': {
        valid: true,
        reason: 'All nodes delivered the same messages in the same order.',
        anomalies: [],
        stats: { messages: 2411, acknowledged: 2200 },
      },
      recovery: { valid: true, reason: 'The cluster answered 0.8 s after the last fault was undone.', anomalies: [] },
    },
    anomalies: [],
    faults: FAULTS,
    stats: { operations: operations.length / 2, rate: 98.7 },
  };
}

interface Pending {
  readonly time: number;
  readonly operation: NewOperation;
}

function history(random: Random, perSecond: number, durationS: number): Operation[] {
  const written: Pending[] = [];
  const processes = Array.from({ length: 10 }, (_, at) => ({ id: at, freeAt: 0 }));
  let position = 0;
  for (let at = 0; at < perSecond * durationS; at++) {
    const slot = processes[at % processes.length];
    if (slot === undefined) continue;
    const time = Math.max(Math.round((at / perSecond) * SECOND), slot.freeAt);
    const node = NODES[at % NODES.length] ?? 'n1';
    const isRead = at % 20 === 0;
    const message = `m-${at}`;
    const f = isRead ? 'deliveries' : 'broadcast';
    const base = { process: slot.id, f, node };
    const { type, latencyNs, code } = ending(random, time / SECOND / (durationS / 30), node);
    written.push({ time, operation: { ...base, type: 'invoke', ...(isRead ? {} : { value: message }) } });
    if (type === 'ok') position++;
    const messages = [`m-${at - 3}`, `m-${at - 2}`, `m-${at - 1}`, message];
    const value = isRead ? { node, boot: 1, from: position, messages } : { message, position };
    const end = time + latencyNs;
    const error = code === null ? {} : { error: { code, message: `${node} said: ${code}` } };
    const completion: NewOperation = {
      ...base,
      type,
      ...(type === 'ok' ? { value } : isRead ? {} : { value: message }),
      ...error,
    };
    written.push({ time: end, operation: completion });
    slot.freeAt = end + 1;
    if (type === 'info') slot.id += processes.length;
  }
  written.sort((a, b) => a.time - b.time);
  return written.map(({ time, operation }, index) => ({ index, time, ...operation }));
}

interface Ending {
  readonly type: 'ok' | 'fail' | 'info';
  readonly latencyNs: number;
  readonly code: string | null;
}

/** How an operation ends: quickly, unless its node is cut off, dead or paused at that moment of a 30 second run. */
function ending(random: Random, atS: number, node: string): Ending {
  const usual = Math.round(2e6 * (1 + 4 * random.fraction() ** 6));
  const cutOff = atS > 4 && atS < 9.2 && (node === 'n1' || node === 'n2');
  const dead = atS > 8 && atS < 11.5 && node === 'n3';
  const paused = atS > 14 && atS < 16.5 && node === 'n4';
  if (dead) return { type: 'fail', latencyNs: 400_000, code: 'connection-refused' };
  if (paused) return { type: 'ok', latencyNs: Math.round((16.5 - atS) * SECOND) + usual, code: null };
  if (cutOff && random.fraction() < 0.4) return { type: 'fail', latencyNs: usual, code: 'no-leader' };
  if (cutOff) return { type: 'info', latencyNs: 5 * SECOND, code: 'timeout' };
  return { type: 'ok', latencyNs: usual * (atS > 18 && atS < 23 ? 4 : 1), code: null };
}
