import { describe, expect, test } from 'vitest';
import { checkTotalOrder } from '../../src/checker/total-order.ts';
import type { Anomaly } from '../../src/checker/verdict.ts';
import { Script } from './planted.ts';

/** Four acknowledged messages; indices of the acknowledgements are 1, 3, 5 and 7. */
function fourMessages(): Script {
  const script = new Script();
  ['a', 'b', 'c', 'd'].forEach((message, at) => void script.ack(message, at + 1));
  return script;
}

function anomaliesOf(script: Script, kind: string): readonly Anomaly[] {
  const result = checkTotalOrder(script.history);
  expect(result.valid).toBe(false);
  return result.anomalies.filter((anomaly) => anomaly.kind === kind);
}

function kindsOf(script: Script): string[] {
  return [...new Set(checkTotalOrder(script.history).anomalies.map(({ kind }) => kind))].sort();
}

describe('valid', () => {
  test('every acknowledged message everywhere, over a restart that delivers again', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    script.read('n2', ['a', 'b']);
    script.read('n2', ['a', 'b', 'c', 'd'], { boot: 2, final: true });
    const result = checkTotalOrder(script.history);
    expect(result.valid).toBe(true);
    expect(result.reason).toBe(
      'all 4 acknowledged messages were delivered everywhere, in one order over 2 nodes and 3 boots',
    );
    expect(result.stats).toMatchObject({ acknowledged: 4, deliveries: 10, reads: 3, unjudged: 0 });
  });

  test('a broadcast of unknown outcome may be delivered or not', () => {
    const script = fourMessages();
    script.end(script.begin('e'), { type: 'info' });
    script.end(script.begin('f'), { type: 'info' });
    script.begin('g');
    script.read('n1', ['a', 'b', 'c', 'd', 'f']);
    expect(checkTotalOrder(script.history).valid).toBe(true);
  });

  test('concurrent broadcasts may stand in either order', () => {
    const script = new Script();
    const [first, second] = [script.begin('a'), script.begin('b')];
    script.end(first, { type: 'ok', value: { message: 'a', position: 2 } });
    script.end(second, { type: 'ok', value: { message: 'b', position: 1 } });
    script.read('n1', ['b', 'a']);
    expect(checkTotalOrder(script.history).valid).toBe(true);
  });

  test('a restarted node need not show again what it delivered before, as long as what follows fits', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c']);
    script.read('n1', ['d'], { from: 4, boot: 2 });
    expect(checkTotalOrder(script.history).valid).toBe(true);
  });
});

describe('lost', () => {
  test('no node delivered it', () => {
    const script = fourMessages();
    for (const node of ['n1', 'n2', 'n3']) script.read(node, ['a', 'c', 'd']);
    expect(anomaliesOf(script, 'lost')).toEqual([
      {
        kind: 'lost',
        sentence:
          'Message "b" was acknowledged by n1 at position 2 (operation 3), but no node was seen to deliver it: n1, n2 and n3 delivered "c" at position 2.',
        operations: [3, 9, 11, 13],
        nodes: ['n1', 'n2', 'n3'],
        details: { message: 'b', position: 2 },
      },
    ]);
  });

  test('one node has another message in its place', () => {
    const script = fourMessages();
    const good = script.read('n1', ['a', 'b', 'c', 'd']);
    const bad = script.read('n2', ['a', 'c', 'd']);
    const [lost, ...others] = anomaliesOf(script, 'lost');
    expect(others).toEqual([]);
    expect(lost).toMatchObject({ operations: [3, good, bad], nodes: ['n2'] });
    expect(lost?.sentence).toContain(
      `but n2 does not have it in the end, though n1 delivered it at position 2 (operation ${good}): n2 delivered "c" at position 2.`,
    );
  });

  test('a final read of the last boot ends before it', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    const bad = script.read('n2', ['a', 'b', 'c'], { final: true });
    expect(anomaliesOf(script, 'lost')).toMatchObject([{ operations: [7, 9, bad], nodes: ['n2'] }]);
    expect(kindsOf(script)).toEqual(['lost']);
  });

  test('a restart forgot what was delivered before', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    script.read('n1', ['a', 'b', 'c'], { boot: 2, final: true });
    expect(kindsOf(script)).toEqual(['lost']);
  });

  test('an empty final read ends where it begins', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b']);
    script.read('n1', [], { from: 3, final: true });
    expect(anomaliesOf(script, 'lost').map(({ details }) => details?.['message'])).toEqual(['c', 'd']);
  });

  test('a final read that began before the acknowledgement proves nothing', () => {
    const script = new Script();
    script.ack('a', 1);
    const late = script.begin('b');
    const read = script.record({ type: 'invoke', process: 99, f: 'deliveries', value: { from: 1, final: true } });
    script.end(late, { type: 'ok', value: { message: 'b', position: 2 } });
    script.end(read, { type: 'ok', value: { node: 'n1', boot: 1, from: 1, messages: ['a'] } });
    expect(checkTotalOrder(script.history).valid).toBe('unknown');
  });
});

describe('one order', () => {
  test('two messages swapped on one node', () => {
    const script = fourMessages();
    const good = script.read('n1', ['a', 'b', 'c', 'd']);
    const bad = script.read('n2', ['a', 'c', 'b', 'd']);
    expect(anomaliesOf(script, 'reordered')).toEqual([
      {
        kind: 'reordered',
        sentence: 'n2 delivered "c" at position 2 and then "b" at 3, but n1 delivered "b" at 2 and then "c" at 3.',
        operations: [good, bad],
        nodes: ['n2', 'n1'],
        details: { message: 'b', overtaken: 'c' },
      },
    ]);
    expect(kindsOf(script)).toEqual(['reordered', 'split-brain']);
  });

  test('a restart delivers in another order', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    script.read('n1', ['b', 'a', 'c', 'd'], { boot: 2 });
    expect(kindsOf(script)).toEqual(['reordered', 'split-brain']);
    expect(anomaliesOf(script, 'reordered')[0]?.sentence).toContain('n1 (boot 2) delivered "b" at position 1');
    expect(anomaliesOf(script, 'split-brain')[0]?.sentence).toBe(
      'At position 1 n1 delivered "a" (boot 1, operation 9), and then "b" (boot 2, operation 11); nodes differ at every position from there to 2.',
    );
  });

  test('two nodes deliver different messages at one position', () => {
    const script = fourMessages();
    script.begin('x');
    script.begin('y');
    const first = script.read('n1', ['a', 'b', 'c', 'd', 'x']);
    const second = script.read('n2', ['a', 'b', 'c', 'd', 'y']);
    expect(anomaliesOf(script, 'split-brain')).toMatchObject([
      { operations: [first, second], nodes: ['n1', 'n2'], details: { position: 5, messages: ['x', 'y'] } },
    ]);
    expect(kindsOf(script)).toEqual(['split-brain']);
  });

  test('two messages are acknowledged at one position', () => {
    const script = fourMessages();
    const [first, second] = [script.begin('x', 'n1'), script.begin('y', 'n2')];
    script.end(first, { type: 'ok', value: { message: 'x', position: 5 } });
    script.end(second, { type: 'ok', value: { message: 'y', position: 5 } });
    expect(anomaliesOf(script, 'split-brain')[0]?.sentence).toBe(
      'Two messages were acknowledged at position 5: "x" by n1 (operation 10) and "y" by n2 (operation 11).',
    );
  });

  test('a message is delivered twice by one node', () => {
    const script = fourMessages();
    const read = script.read('n1', ['a', 'b', 'c', 'd', 'b']);
    expect(anomaliesOf(script, 'duplicated')).toMatchObject([
      { operations: [read], nodes: ['n1'], details: { message: 'b', positions: [2, 5] } },
    ]);
    expect(kindsOf(script)).toEqual(['duplicated']);
  });

  test('a message stands twice in the log, seen by different nodes', () => {
    const script = fourMessages();
    const first = script.read('n1', ['a', 'b', 'c', 'd']);
    const second = script.read('n2', ['d', 'b'], { from: 4 });
    expect(anomaliesOf(script, 'duplicated')).toMatchObject([{ operations: [first, second], nodes: ['n1', 'n2'] }]);
  });

  test('an answer begins later than it was asked to', () => {
    const script = fourMessages();
    const asked = script.record({ type: 'invoke', process: 99, f: 'deliveries', value: { from: 1 }, node: 'n1' });
    const value = { node: 'n1', boot: 1, from: 3, messages: ['c', 'd'] };
    const read = script.end(asked, { type: 'ok', value });
    expect(anomaliesOf(script, 'gap')).toMatchObject([{ operations: [asked, read], nodes: ['n1'] }]);
  });

  test('a position is beyond the number of messages', () => {
    const script = fourMessages();
    const ack = script.ack('e', 7);
    expect(anomaliesOf(script, 'gap')).toMatchObject([{ operations: [ack], details: { broadcast: 5, position: 7 } }]);
  });
});

describe('integrity', () => {
  test('a message that nobody broadcast', () => {
    const script = fourMessages();
    const read = script.read('n1', ['a', 'b', 'c', 'd', 'ghost']);
    expect(anomaliesOf(script, 'phantom')).toEqual([
      {
        kind: 'phantom',
        sentence: `n1 delivered "ghost" at position 5 (operation ${read}), which nobody broadcast.`,
        operations: [read],
        nodes: ['n1'],
        details: { message: 'ghost', position: 5 },
      },
    ]);
  });

  test('a message that was delivered before it was broadcast', () => {
    const script = fourMessages();
    const read = script.read('n1', ['a', 'b', 'c', 'd', 'e']);
    const begun = script.begin('e');
    expect(anomaliesOf(script, 'phantom')).toMatchObject([{ operations: [read, begun] }]);
    expect(kindsOf(script)).toEqual(['phantom']);
  });

  test('a message whose broadcast failed', () => {
    const script = fourMessages();
    const begun = script.begin('e');
    const failed = script.end(begun, { type: 'fail' });
    const read = script.read('n1', ['a', 'b', 'c', 'd', 'e']);
    expect(anomaliesOf(script, 'failed-but-delivered')).toMatchObject([{ operations: [begun, failed, read] }]);
  });

  test('an acknowledgement with another position, or of another message', () => {
    const script = new Script();
    const [a, b] = [script.begin('a'), script.begin('b')];
    const wrong = script.end(a, { type: 'ok', value: { message: 'a', position: 2 } });
    const other = script.end(b, { type: 'ok', value: { message: 'a', position: 2 } });
    const read = script.read('n1', ['a', 'b']);
    expect(anomaliesOf(script, 'wrong-ack')).toMatchObject([{ operations: [b, other] }, { operations: [wrong, read] }]);
  });
});

describe('real time', () => {
  test('an acknowledged message is overtaken by one that was broadcast later', () => {
    const script = new Script();
    script.end(script.begin('x'), { type: 'info' });
    const ack = script.ack('a', 2);
    const later = script.ack('b', 1);
    expect(anomaliesOf(script, 'realtime')).toEqual([
      {
        kind: 'realtime',
        sentence: `Message "b" was broadcast (operation 4) after "a" had been acknowledged at position 2 (operation ${ack}), and yet it stands at position 1 (operation ${later}).`,
        operations: [ack, 4, later],
        details: { message: 'b', position: 1, before: 'a' },
      },
    ]);
  });

  test('a delivered message is overtaken by one that was broadcast later', () => {
    const script = new Script();
    script.begin('x');
    script.begin('y');
    const seen = script.read('n1', ['y'], { from: 2 });
    const begun = script.begin('z');
    const read = script.read('n2', ['z', 'y']);
    expect(anomaliesOf(script, 'realtime')).toMatchObject([{ operations: [seen, begun, read] }]);
  });
});

describe('unknown', () => {
  test.each([
    ['an empty history', new Script(), 'no broadcast was acknowledged'],
    ['nothing read', fourMessages(), 'no read of deliveries succeeded'],
  ])('%s', (_, script, why) => {
    const result = checkTotalOrder(script.history);
    expect(result.valid).toBe('unknown');
    expect(result.reason).toContain(why);
  });

  test('a node that lags: how many messages, which nodes, and the first', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    script.read('n2', ['a', 'b']);
    const result = checkTotalOrder(script.history);
    expect(result.valid).toBe('unknown');
    expect(result.reason).toBe(
      '2 of 4 acknowledged messages could not be judged: no read shows what n2 delivered there (the first is "c" at position 3)',
    );
  });

  test('a node that was asked, but never answered a read', () => {
    const script = new Script();
    script.ack('a', 1, 'n3');
    script.read('n1', ['a']);
    expect(checkTotalOrder(script.history).valid).toBe('unknown');
  });

  test('a node whose last boot was not read as far as an earlier one', () => {
    const script = fourMessages();
    script.read('n1', ['a', 'b', 'c', 'd']);
    script.read('n1', ['a'], { boot: 2 });
    expect(checkTotalOrder(script.history).valid).toBe('unknown');
  });
});

test('anomalies beyond ten of a kind are counted', () => {
  const script = fourMessages();
  script.read(
    'n1',
    Array.from({ length: 25 }, (_, at) => `ghost-${at}`),
  );
  const result = checkTotalOrder(script.history);
  expect(result.anomalies.filter(({ kind }) => kind === 'phantom')).toHaveLength(10);
  expect(result.unlisted).toEqual({ phantom: 15 });
  expect(result.reason).toContain('25 phantom');
});

test.each([
  ['a broadcast of no string', { f: 'broadcast', value: 7 }, { value: { message: 'a', position: 1 } }, 'operation 0'],
  ['an acknowledgement without position', { f: 'broadcast', value: 'a' }, { value: { message: 'a' } }, 'operation 1'],
  ['a position of 0', { f: 'broadcast', value: 'a' }, { value: { message: 'a', position: 0 } }, 'operation 1'],
  ['deliveries of another shape', { f: 'deliveries', value: { from: 1 } }, { value: ['a'] }, 'operation 1'],
])('%s is malformed', (_, invocation, completion, where) => {
  const script = new Script();
  const { f } = invocation;
  script.record({ type: 'invoke', process: 0, ...invocation });
  script.record({ type: 'ok', process: 0, f, ...completion });
  expect(() => checkTotalOrder(script.history)).toThrow(where);
});

test('a message that is broadcast twice is malformed', () => {
  const script = new Script();
  script.ack('a', 1);
  script.ack('a', 2);
  expect(() => checkTotalOrder(script.history)).toThrow('operation 2: message "a" is broadcast twice');
});
