import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdnReader, parseEdn } from '../../src/history/edn.ts';
import { EdnError, type EdnValue } from '../../src/history/edn-values.ts';

/** All forms of a text, given in pieces of a size. */
function forms(text: string, pieceLength = Number.POSITIVE_INFINITY, what: 'elements' | 'whole forms' = 'whole forms') {
  const found: EdnValue[] = [];
  const reader = new EdnReader((form) => found.push(form), what);
  for (let at = 0; at < text.length; at += pieceLength) reader.push(text.slice(at, at + pieceLength));
  return { found, open: reader.end() };
}

describe('values', () => {
  it.each([
    ['nil', null],
    ['true', true],
    ['-12', -12],
    ['+7', 7],
    ['12N', 12],
    ['0x1F', 31],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808N', 9223372036854775808n],
    ['1.5', 1.5],
    ['-2.5e-3', -0.0025],
    ['1.25M', 1.25],
    ['##Inf', Number.POSITIVE_INFINITY],
    ['2/3', '2/3'],
    [':read', 'read'],
    [':jepsen.history/op', 'jepsen.history/op'],
    ['symbol', 'symbol'],
    ['"a \\"b\\"\\n\\u00e9"', 'a "b"\né'],
    ['"two\nlines ; [no comment"', 'two\nlines ; [no comment'],
    ['\\a', 'a'],
    ['\\newline', '\n'],
    ['\\u0041', 'A'],
    ['\\(', '('],
    ['[1 (2 3) #{4}]', [1, [2, 3], [4]]],
    ['{:a 1, "b" nil 3 [4]}', { a: 1, b: null, 3: [4] }],
    ['{}', {}],
    ['#jepsen.history.Op{:index 0, :type :ok}', { index: 0, type: 'ok' }],
    ['#inst "2024-01-01"', '2024-01-01'],
    ['[1 #_ [2 3] 4 #_#_ 5 6 7]', [1, 4, 7]],
    ['^{:doc "x"} [1]', [1]],
    ['[1 ; comment ]\n 2]', [1, 2]],
    ['{:__proto__ 1}', Object.fromEntries([['__proto__', 1]])],
  ])('%s', (text, value) => {
    expect(parseEdn(text)).toEqual(value);
  });

  it('are the same however the text is cut', () => {
    const text = '#a.B{:k [1 "x\\"y" \\newline 9007199254740993] #_ no :z #{nil}} ; end\n(-1.5e3 :q) "" sym';
    const { found } = forms(text);
    expect(found).toHaveLength(4);
    for (let length = 1; length < text.length; length++) expect(forms(text, length).found).toEqual(found);
  });

  it('survive being written and read', () => {
    const write = (value: unknown): string => {
      if (value === null) return 'nil';
      if (typeof value === 'string') return JSON.stringify(value);
      if (Array.isArray(value)) return `[${value.map(write).join(' ')}]`;
      if (typeof value !== 'object') return String(value);
      return `{${Object.entries(value)
        .map(([key, field]) => `${JSON.stringify(key)} ${write(field)}`)
        .join(', ')}}`;
    };
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger(),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
        fc.string(),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 20 }), (tree, length) => {
        expect(forms(write(tree), length).found).toEqual([tree]);
      }),
    );
  });

  it('are refused where they are nested deeper than any value of a history', () => {
    expect(parseEdn(`${'['.repeat(1000)}${']'.repeat(1000)}`)).toHaveLength(1);
    for (const open of ['[', '{', '#_', '#tag ', '#{']) {
      expect(() => forms(open.repeat(200_000))).toThrow('nested more than 1000 deep');
    }
  });

  it('are refused where a quote is missing, or a word has no end', () => {
    expect(() => forms(`"${'x'.repeat(2 ** 24 + 1)}`, 2 ** 20)).toThrow('whose closing quote may be missing');
    expect(() => forms('x'.repeat(2 ** 20), 1000)).toThrow('a word of more than 4096 characters');
  });

  it('lose nothing that a map holds twice', () => {
    expect(() => parseEdn('{:a 1 :b 2 "a" 3}')).toThrow('the key a stands twice in a map');
  });

  it('are pairs where they are tuples of jepsen.independent, however written', () => {
    expect(parseEdn('#jepsen.independent.Tuple [5 [1 2]]')).toEqual([5, [1, 2]]);
    expect(parseEdn('#jepsen.independent.Tuple{:key 5, :value nil}')).toEqual([5, null]);
    expect(parseEdn('#jepsen.independent.Tuple{:k "x", :v 1}')).toEqual(['x', 1]);
  });
});

describe('elements', () => {
  it('of an outermost vector or list come one by one', () => {
    expect(forms('; ops\n[{:a 1} {:b [2]}]\n({:c 3})', 3, 'elements').found).toEqual([{ a: 1 }, { b: [2] }, { c: 3 }]);
    expect(forms('#jepsen.History [{:a 1}]', 3, 'elements').found).toEqual([{ a: 1 }]);
  });

  it('come before the end of the text is known', () => {
    const found: EdnValue[] = [];
    const reader = new EdnReader((form) => found.push(form), 'elements');
    reader.push('[{:a 1} {:b');
    expect(found).toEqual([{ a: 1 }]);
    expect(reader.end()).toEqual({ line: 1, column: 9 });
  });
});

describe('what is wrong, and where', () => {
  it.each([
    ['[1 2\n 3}', 'expected the end of the vector that begins at line 1, column 1, found }', 2, 3],
    ['{:a 1 :b}', 'a map needs a value for each key', 1, 1],
    ['\n  ]', 'a ] that nothing opened', 2, 3],
    ['[12abc]', 'not a number: 12abc', 1, 2],
    ['[1 #_]', 'expected a form that begins at line 1, column 4', 1, 6],
    ['[# a]', 'expected a tag after #', 1, 2],
    ['"one\ntwo" ]', 'a ] that nothing opened', 2, 6],
    ['[1', 'the text ends within a form', 1, 1],
    ['"abc', 'the text ends within a form', 1, 1],
    ['1 2', 'expected one form, found 2', 1, 1],
    ['', 'expected one form, found 0', 1, 1],
  ])('%j', (text, message, line, column) => {
    try {
      parseEdn(text);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(EdnError);
      expect((thrown as EdnError).message).toContain(message);
      expect((thrown as EdnError).place).toEqual({ line, column });
    }
  });
});
