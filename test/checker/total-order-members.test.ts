import { describe, expect, it } from 'vitest';
import { checkTotalOrder } from '../../src/checker/total-order.ts';
import type { DeliveriesValue } from '../../src/history/operation.ts';
import { Script } from './planted.ts';

const messages = ['a', 'b', 'c', 'd'];

/** Four messages, acknowledged, and all seen at n1 in the end. */
function delivered(): Script {
  const script = new Script();
  messages.forEach((message, at) => void script.ack(message, at + 1));
  script.read('n1', messages, { final: true });
  return script;
}

/** A read that was asked for everything and is answered from a position on, perhaps with the word of a snapshot. */
function readLate(
  script: Script,
  node: string,
  from: number,
  more: Partial<DeliveriesValue> & { final?: boolean } = {},
): number {
  const { final = true, boot = 1, messages: shown = messages.slice(from - 1), ...rest } = more;
  const process = 500 + script.history.length;
  const invoked = script.record({ type: 'invoke', process, f: 'deliveries', value: { from: 1, final }, node });
  return script.end(invoked, { type: 'ok', value: { node, boot, from, messages: shown, ...rest } });
}

const kindsOf = (script: Script) => checkTotalOrder(script.history).anomalies.map(({ kind }) => kind);

describe('snapshots', () => {
  it('are taken at their word, where somebody was seen to deliver what they cover', () => {
    const script = delivered();
    readLate(script, 'n2', 3, { snapshot: 2 });
    expect(checkTotalOrder(script.history)).toMatchObject({ valid: true, stats: { unjudged: 0, restored: 2 } });
  });

  it('cover only what they say', () => {
    const script = delivered();
    const read = readLate(script, 'n2', 4, { snapshot: 2 });
    expect(checkTotalOrder(script.history).anomalies).toMatchObject([
      { kind: 'gap', operations: [read - 1, read], nodes: ['n2'] },
    ]);
  });

  it('may be where a boot after the first begins, and nowhere else', () => {
    const restarted = delivered();
    readLate(restarted, 'n2', 3, { boot: 2 });
    expect(checkTotalOrder(restarted.history).valid).toBe(true);
    const first = delivered();
    readLate(first, 'n2', 3);
    expect(kindsOf(first)).toEqual(['gap']);
    const holed = delivered();
    readLate(holed, 'n2', 1, { boot: 2, messages: ['a'], final: false });
    readLate(holed, 'n2', 3, { boot: 2 });
    expect(kindsOf(holed)).toContain('gap');
  });

  it('do not hide what was lost beyond them, delivered twice, or delivered otherwise', () => {
    const short = delivered();
    readLate(short, 'n2', 3, { snapshot: 2, messages: ['c'] });
    expect(kindsOf(short)).toEqual(['lost']);
    const twice = delivered();
    readLate(twice, 'n2', 3, { snapshot: 2, messages: ['c', 'c'] });
    expect(kindsOf(twice)).toContain('duplicated');
    const other = delivered();
    readLate(other, 'n2', 3, { snapshot: 2, messages: ['d', 'c'] });
    expect(kindsOf(other)).toEqual(expect.arrayContaining(['split-brain', 'reordered']));
    const phantom = delivered();
    readLate(phantom, 'n2', 3, { snapshot: 2, messages: ['c', 'd', 'ghost'] });
    expect(kindsOf(phantom)).toContain('phantom');
  });

  it('may come after a read that was marked final too early', () => {
    const script = delivered();
    readLate(script, 'n2', 1, { messages: ['a'] });
    readLate(script, 'n2', 5, { snapshot: 4, messages: [] });
    expect(checkTotalOrder(script.history).valid).toBe(true);
  });

  it('prove nothing of what nobody was seen to deliver', () => {
    const script = new Script();
    messages.forEach((message, at) => void script.ack(message, at + 1));
    readLate(script, 'n1', 3, { snapshot: 2 });
    expect(checkTotalOrder(script.history)).toMatchObject({ valid: 'unknown', stats: { unjudged: 2 } });
  });

  it('have a position for their end', () => {
    const script = delivered();
    readLate(script, 'n2', 3, { snapshot: -1 });
    expect(() => checkTotalOrder(script.history)).toThrow('perhaps "snapshot"');
  });
});

describe('members', () => {
  const member = (script: Script, f: 'join' | 'leave', value: unknown): number =>
    script.record({ type: 'info', process: 'nemesis', f, value });

  it.each(['n2', ['n2'], { node: 'n2' }, { nodes: ['n2', 'n3'] }])(
    'that left for good are owed nothing: %j',
    (value) => {
      const script = delivered();
      script.read('n2', ['a']);
      expect(checkTotalOrder(script.history).valid).toBe('unknown');
      member(script, 'leave', value);
      expect(checkTotalOrder(script.history).valid).toBe(true);
    },
  );

  it('that came back are owed everything', () => {
    const script = delivered();
    member(script, 'leave', 'n2');
    member(script, 'join', 'n2');
    script.read('n2', ['a'], { final: true });
    expect(kindsOf(script)).toEqual(['lost', 'lost', 'lost']);
  });

  it('lack what any final read since ends before, whatever others show of later positions', () => {
    const script = delivered();
    script.read('n2', ['c', 'd'], { from: 3, final: true });
    script.read('n2', ['a'], { final: true });
    const lost = checkTotalOrder(script.history).anomalies.map(({ kind, details }) => [kind, details?.['message']]);
    expect(lost).toEqual([
      ['lost', 'b'],
      ['lost', 'c'],
      ['lost', 'd'],
    ]);
  });

  it('that left must have agreed with the others', () => {
    const script = delivered();
    script.read('n2', ['b']);
    member(script, 'leave', 'n2');
    expect(kindsOf(script)).toContain('split-brain');
  });

  it('that join later may begin with a snapshot', () => {
    const script = delivered();
    member(script, 'join', { node: 'n4' });
    readLate(script, 'n4', 3);
    expect(checkTotalOrder(script.history)).toMatchObject({ valid: true, stats: { nodes: 2 } });
  });

  it('that all left leave nobody to judge', () => {
    const script = delivered();
    member(script, 'leave', 'n1');
    expect(checkTotalOrder(script.history)).toMatchObject({ valid: 'unknown', stats: { unjudged: 4 } });
  });
});
