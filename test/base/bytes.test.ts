import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, putU32, u32At } from '../../src/base/bytes.ts';
import { ChaosError } from '../../src/base/errors.ts';

const field = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ kind: fc.constant('u53' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 2000 }) }),
  fc.record({ kind: fc.constant('string' as const), value: fc.string({ unit: 'binary', maxLength: 500 }) }),
);
type Field = typeof field extends fc.Arbitrary<infer T> ? T : never;

function write(writer: ByteWriter, { kind, value }: Field): ByteWriter {
  switch (kind) {
    case 'u8':
      return writer.u8(value);
    case 'u32':
      return writer.u32(value);
    case 'u53':
      return writer.u53(value);
    case 'bytes':
      return writer.bytes(value);
    case 'string':
      return writer.string(value);
  }
}

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'no error';
  } catch (error) {
    return error instanceof ChaosError ? error.code : String(error);
  }
}

describe('bytes', () => {
  it('are read as they were written, whatever the capacity the writer began with', () => {
    fc.assert(
      fc.property(fc.array(field), fc.integer({ min: 0, max: 300 }), (fields, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const each of fields) write(writer, each);
        const length = writer.length;
        const bytes = writer.finish();
        expect(bytes).toHaveLength(length);
        const reader = new ByteReader(bytes);
        expect(fields.map(({ kind }) => reader[kind]())).toEqual(fields.map(({ value }) => value));
        reader.finish();
      }),
    );
  });

  it('that are cut off anywhere are malformed', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), fc.nat(), (fields, cut) => {
        const writer = new ByteWriter();
        for (const each of fields) write(writer, each);
        const whole = writer.finish();
        const reader = new ByteReader(whole.subarray(0, cut % whole.length));
        expect(codeOf(() => fields.map(({ kind }) => reader[kind]()))).toBe('malformed');
      }),
    );
  });

  it('of any content are read or malformed, and nothing else', () => {
    const kinds = fc.array(fc.constantFrom('u8', 'u32', 'u53', 'bytes', 'string', 'finish'), { minLength: 1 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), kinds, (bytes, reads) => {
        const reader = new ByteReader(bytes);
        expect(['no error', 'malformed']).toContain(codeOf(() => reads.map((kind) => reader[kind]())));
      }),
    );
  });

  it('are read inside a larger array too', () => {
    const outer = new Uint8Array([9, 9, 1, 2, 0, 0, 0, 3, 9]);
    const reader = new ByteReader(outer.subarray(2, 8));
    expect([reader.u8(), reader.u32(), reader.u8()]).toEqual([1, 2, 3]);
    reader.finish();
  });

  it('have a layout that is fixed', () => {
    const written = new ByteWriter(1)
      .u8(1)
      .u32(0x01020304)
      .u53(2 ** 40 + 5)
      .string('é')
      .raw(new Uint8Array([7]))
      .finish();
    expect([...written]).toEqual([1, 4, 3, 2, 1, 5, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0xc3, 0xa9, 7]);
  });

  it('let a length or a checksum be set afterwards', () => {
    const bytes = new ByteWriter(0).u32(0).u8(5).finish();
    putU32(bytes, 0, bytes.length);
    expect([...bytes]).toEqual([5, 0, 0, 0, 5]);
    expect(u32At(bytes, 1)).toBe(5 * 2 ** 24);
  });

  it('that a writer handed over stay as they are when it goes on', () => {
    const writer = new ByteWriter();
    const first = writer.string('first').finish();
    writer.string('begun, and given up').clear();
    const second = writer.u8(1).finish();
    expect(new ByteReader(first).string()).toBe('first');
    expect([...second]).toEqual([1]);
  });

  it('left over, integers beyond 2^53 and bad UTF-8 are malformed', () => {
    expect(codeOf(() => new ByteReader(new Uint8Array(1)).finish())).toBe('malformed');
    expect(codeOf(() => new ByteReader(new Uint8Array(8).fill(0xff)).u53())).toBe('malformed');
    expect(codeOf(() => new ByteReader(new Uint8Array([1, 0, 0, 0, 0xff])).string())).toBe('malformed');
  });

  it('of text keep a byte order mark, and refuse what UTF-8 cannot say', () => {
    expect(new ByteReader(new ByteWriter().string('\ufeffx').finish()).string()).toBe('\ufeffx');
    expect(codeOf(() => new ByteWriter().string('a\ud800b'))).toBe('malformed');
  });

  it('refuse a value that does not fit: that is a bug', () => {
    for (const value of [-1, 256, 1.5, Number.NaN]) expect(() => new ByteWriter().u8(value)).toThrow('an integer from');
    expect(() => new ByteWriter().u32(2 ** 32)).toThrow('an integer from');
    expect(() => new ByteWriter().u53(2 ** 53)).toThrow('an integer from');
  });

  it('gives copies of bytes, or views where that is asked for', () => {
    const source = new ByteWriter().bytes(new Uint8Array([1, 2, 3])).finish();
    const [copy, view] = [new ByteReader(source).bytes(), new ByteReader(source, 0, source.length, 'views').bytes()];
    source[4] = 9;
    expect([[...copy], [...view]]).toEqual([
      [1, 2, 3],
      [9, 2, 3],
    ]);
  });
});
