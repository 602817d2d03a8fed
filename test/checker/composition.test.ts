import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { checkAvailability } from '../../src/checker/availability.ts';
import { composed } from '../../src/checker/compose.ts';
import { independently, splitByKey } from '../../src/checker/independent.ts';
import { checkCounter } from '../../src/checker/invariants/counter.ts';
import { checkLogs } from '../../src/checker/log-patterns.ts';
import type { CheckerResult, Validity } from '../../src/checker/verdict.ts';
import type { Operation } from '../../src/history/operation.ts';
import { script, sequential } from './invariants/random-histories.ts';

const saying = (valid: Validity, reason = `${valid}`): (() => CheckerResult) => {
  const anomalies = valid === false ? [{ kind: 'bad', sentence: 'It is bad.', operations: [0] }] : [];
  return () => ({ valid, reason, anomalies });
};

describe('composition', () => {
  it.each<[Validity, Validity[]]>([
    [true, [true, true]],
    ['unknown', [true, 'unknown']],
    [false, ['unknown', false, true]],
  ])('says %s of %s', (valid, parts) => {
    const result = composed(Object.fromEntries(parts.map((part, at) => [`part ${at}`, saying(part)])))([]);
    expect(result.valid).toBe(valid);
    expect(Object.keys(result.stats?.['parts'] as object)).toHaveLength(parts.length);
  });

  it('takes a checker that throws for unknown, and lets malformed input be an error', () => {
    const failing = composed({
      fine: saying(true),
      broken: () => {
        throw new RangeError('out of stack');
      },
    });
    expect(failing([])).toMatchObject({ valid: 'unknown', reason: 'broken: the checker failed: out of stack' });
    const refusing = composed({
      refusing: () => {
        throw new UsageError('bad-history', 'no history');
      },
    });
    expect(() => refusing([])).toThrow(UsageError);
  });

  it('keeps the anomalies of all parts, and counts those that are not listed', () => {
    const many = (): CheckerResult => ({ ...saying(false)(), unlisted: { bad: 5 } });
    expect(composed({ one: many, other: many })([])).toMatchObject({
      anomalies: [{ kind: 'bad' }, { kind: 'bad' }],
      unlisted: { bad: 10 },
    });
  });
});

describe('independent keys', () => {
  const history: Operation[] = sequential(
    [0, 'add', 1, 1, 'x'],
    [1, 'add', 5, 5, 'y'],
    [0, 'read', null, 1, 'x'],
    [1, 'read', null, 6, 'y'],
  );

  it('are judged each by itself, with the indices of the whole history', () => {
    const result = independently(checkCounter)(history);
    expect(result).toMatchObject({
      valid: false,
      anomalies: [
        {
          kind: 'out-of-bounds',
          operations: [6, 7],
          details: { key: 'y' },
          sentence: expect.stringMatching(/^Key "y": A read/),
        },
      ],
      stats: { keys: 2, invalid: 1, unknown: 0, parts: { x: { valid: true }, y: { valid: false } } },
    });
    expect(result.reason).toContain('1 of 2 keys are invalid');
  });

  it('leave a history without keys whole', () => {
    expect(independently(checkCounter)(sequential([0, 'add', 1, 1], [0, 'read', null, 1])).valid).toBe(true);
  });

  it('share what has no key, in its place', () => {
    const mixed = script(
      ['info', 'nemesis', 'start'],
      ['invoke', 0, 'read', null, 1],
      ['info', 'nemesis', 'stop'],
      ['ok', 0, 'read', 1, 1],
      ['invoke', 0, 'read', null, 2],
      ['info', 'nemesis', 'end'],
    );
    const parts = [...splitByKey(mixed)].map(([key, part]) => [key, part.map(({ index }) => index)]);
    expect(parts).toEqual([
      [1, [0, 1, 2, 3, 5]],
      [2, [0, 2, 4, 5]],
    ]);
  });
});

describe('availability', () => {
  const at = (
    time: number,
    type: Operation['type'],
    process: Operation['process'],
    f = 'read',
    value: unknown = null,
  ) => ({ time: time * 1e6, type, process, f, value });
  const history: Operation[] = [
    at(0, 'invoke', 0),
    at(10, 'ok', 0),
    at(900, 'invoke', 'nemesis', 'start-kill', { fault: 'k1' }),
    at(1000, 'info', 'nemesis', 'start-kill', { fault: 'k1', effective: true }),
    at(1100, 'invoke', 0),
    at(1300, 'fail', 0),
    at(2000, 'invoke', 'nemesis', 'stop-kill', { fault: 'k1' }),
    at(2100, 'info', 'nemesis', 'stop-kill', { fault: 'k1' }),
    at(2150, 'invoke', 0),
    at(2200, 'ok', 0),
    at(2300, 'invoke', 0),
    at(2310, 'info', 0),
  ].map((operation, index) => ({ index, ...operation }));

  it('measures shares, the longest outage, and the way back from each fault', () => {
    expect(checkAvailability(history)).toMatchObject({
      valid: true,
      stats: {
        operations: 4,
        ok: 2,
        okShare: 0.5,
        longestOutageMs: 2190,
        longestOutageFromMs: 10,
        okShareByWindow: [1, 0, 0.5],
        faults: [{ nemesis: 'kill', firstOkAfterInjectionMs: 1200, firstOkAfterHealMs: 100 }],
      },
    });
  });

  it('is invalid only beyond the bounds that are given', () => {
    expect(checkAvailability(history, { maxOutageMs: 2000 })).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'outage', operations: [1, 9] }],
    });
    expect(checkAvailability(history, { maxOutageMs: 2190, minOkShare: 0.5 }).valid).toBe(true);
    expect(checkAvailability(history, { minOkShare: 0.6 })).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'unavailable' }],
    });
  });

  it('is unknown without times, and where nothing succeeded', () => {
    expect(checkAvailability([]).valid).toBe('unknown');
    expect(checkAvailability(history.map(({ time: _, ...rest }) => rest)).reason).toBe('the operations have no times');
    expect(checkAvailability(history.filter(({ type }) => type !== 'ok')).valid).toBe('unknown');
  });
});

describe('logs', () => {
  const log = (node: string, ...lines: string[]) => ({ node, source: 'stdout', lines });

  it('are searched for what should not be there', () => {
    const result = checkLogs([
      log('n1', 'listening', 'panic: runtime error: index out of range'),
      log('n2', "thread 'main' panicked at src/main.rs:1", 'AssertionError: must hold'),
    ]);
    expect(result).toMatchObject({
      valid: false,
      anomalies: [
        {
          kind: 'crash',
          nodes: ['n1'],
          sentence: 'n1 wrote in line 2 of stdout: panic: runtime error: index out of range',
          operations: [],
        },
        { kind: 'crash', nodes: ['n2'], details: { line: 1 } },
        { kind: 'assertion', nodes: ['n2'] },
      ],
      stats: { logs: 2, lines: 4 },
    });
  });

  it('go by the patterns that are given', () => {
    const patterns = [{ kind: 'slow', pattern: 'took \\d{4,} ms', except: 'compaction' }];
    expect(checkLogs([log('n1', 'panic: x', 'write took 5000 ms')], patterns).anomalies).toMatchObject([
      { kind: 'slow' },
    ]);
    expect(checkLogs([log('n1', 'compaction took 5000 ms')], patterns).valid).toBe(true);
  });

  it('say nothing where there are none', () => {
    expect(checkLogs([log('n1')]).valid).toBe('unknown');
    expect(checkLogs([]).valid).toBe('unknown');
  });
});
