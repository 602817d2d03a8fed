import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComponentStore } from '../../src/model/actors/component-store.ts';
import { PairTable } from '../../src/model/actors/pair-table.ts';
import { newFingerprint } from '../../src/model/fingerprint.ts';
import { FrontierReader, FrontierWriter } from '../../src/model/frontier.ts';
import { equalPlain, hashPlain } from '../../src/model/plain-hash.ts';
import { plainBytes, plainOfBytes, plainOfWords, plainWords } from '../../src/model/plain-values.ts';
import { VisitedSet } from '../../src/model/visited-set.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0, 0, 239, 240, 2 ** 40, -1, 0.5, Number.NaN, ''),
    fc.integer(),
    fc.string(),
    fc.uint8Array({ maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 3 }).filter((key) => key !== '__proto__'),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
})).value;

function hashOf(value: unknown): string {
  const hash = newFingerprint();
  hashPlain(value, hash);
  return hash.join();
}

describe('plain values', () => {
  it('are the same again from bytes and from words', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(plainOfBytes(plainBytes(value))).toEqual(value);
        expect(plainOfWords(plainWords(value))).toEqual(value);
      }),
    );
  });

  it('are equal, and hash alike, exactly where their bytes are the same', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const same = Buffer.compare(plainBytes(a), plainBytes(b)) === 0;
        expect(equalPlain(a, b)).toBe(same);
        expect(hashOf(a) === hashOf(b)).toBe(same);
      }),
    );
  });

  it('do not depend on the order of keys, nor on keys without a value', () => {
    expect(equalPlain({ a: 1, b: 2 }, { b: 2, c: undefined, a: 1 })).toBe(true);
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, c: undefined, a: 1 }));
    expect(plainBytes({ a: 1, b: 2 })).toEqual(plainBytes({ b: 2, c: undefined, a: 1 }));
  });

  it('are told from each other by order and by nesting', () => {
    const values = [[1, 2], [2, 1], [[1], 2], [1, [2]], { a: 1, b: 2 }, { a: 2, b: 1 }, [0], [null], [false], []];
    expect(new Set(values.map(hashOf)).size).toBe(values.length);
  });
});

describe('the visited set', () => {
  it('knows what was inserted and from where, also after it has grown, within 40 bytes a state', () => {
    const set = VisitedSet.empty();
    const key = newFingerprint();
    const count = 300_000;
    let most = 0;
    let added = 0;
    for (let i = 0; i < count; i++) {
      hashPlain(i, key);
      if (set.insert(key, i, -i)) added++;
      if (set.isFull) {
        set.grow();
        most = Math.max(most, set.bytes / (i + 1));
      }
    }
    expect([added, set.size]).toEqual([count, count]);
    expect(most).toBeLessThanOrEqual(40);
    const parent = newFingerprint();
    for (let i = 0; i < count; i += 997) {
      hashPlain(i, key);
      expect(set.insert(key, 1, 1)).toBe(false);
      expect(set.parentOf(key, parent)).toBe(true);
      expect([...parent]).toEqual([i, 0 - i]);
    }
    hashPlain(count, key);
    expect(set.parentOf(key, parent)).toBe(false);
  });

  it('takes fingerprints with halves of zero', () => {
    const set = VisitedSet.empty();
    expect(set.insert(Int32Array.of(0, 0), 0, 0)).toBe(true);
    expect(set.insert(Int32Array.of(0, 0), 0, 0)).toBe(false);
    expect(set.insert(Int32Array.of(0, 5), 0, 0)).toBe(true);
  });
});

describe('the frontier', () => {
  it('gives back what was written, over as many blocks as it takes', () => {
    const blocks: SharedArrayBuffer[] = [];
    const writer = new FrontierWriter((block) => blocks.push(block));
    const entries = Array.from({ length: 2000 }, (_, i) => ({
      words: Array.from({ length: i % 100 }, (_, at) => at - i),
      high: -i,
      low: i,
      depth: i + 1,
      waiting: i % 256,
    }));
    for (const entry of entries) writer.push(entry);
    writer.flush();
    const read = blocks.flatMap((block) => {
      const found = [];
      for (const reader = new FrontierReader(block); !reader.done; ) found.push(reader.next());
      return found;
    });
    expect(blocks.length).toBeGreaterThan(1);
    expect(read).toEqual(entries.map((entry) => ({ ...entry, high: 0 - entry.low })));
  });
});

describe('the tables of actor models', () => {
  it('keep each part once, and give it to whoever shares the memory', () => {
    const store = ComponentStore.empty();
    const ids = ['a', { b: [1] }, 'a', { b: [2] }].map((value) => store.idOf(value));
    expect(ids).toEqual([1, 2, 1, 3]);
    const other = new ComponentStore(store.memory);
    expect(other.value(2)).toEqual({ b: [1] });
    expect(other.idOf({ b: [2] })).toBe(3);
    expect(other.idOf('new')).toBe(4);
    expect(store.value(4)).toBe('new');
  });

  it('find pairs again after growing', () => {
    const table = new PairTable();
    for (let i = 1; i <= 50_000; i++) table.add(i, -i, i);
    for (let i = 1; i <= 50_000; i += 7) expect(table.get(i, -i)).toBe(i);
    expect(table.get(1, 1)).toBe(0);
    expect(table.size).toBe(50_000);
  });
});
