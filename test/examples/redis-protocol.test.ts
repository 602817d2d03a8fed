import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits, type Parsed, RequestParser, request } from '../../examples/redis-kv/resp.ts';

const byteString = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const command = fc.array(byteString, { minLength: 1, maxLength: 5 });

/** What a parser makes of a stream that is cut at these places. */
function parsed(stream: string, cuts: readonly number[] = []): Parsed {
  const bytes = Buffer.from(stream, 'latin1');
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const parser = new RequestParser();
  const commands: (readonly string[])[] = [];
  for (const [at, place] of places.entries()) {
    const piece = parser.take(bytes.subarray(place, places[at + 1] ?? bytes.length));
    commands.push(...piece.commands);
    if (piece.error !== null) return { commands, error: piece.error };
  }
  return { commands, error: null };
}

describe('requests', () => {
  it('are the same however the stream is cut, whatever bytes they have', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (commands, cuts) => {
        expect(parsed(commands.map(request).join(''), cuts)).toEqual({ commands, error: null });
      }),
    );
  });

  it('are read byte by byte', () => {
    const stream = `${request(['SET', 'k', 'two\r\nlines'])}PING\r\n${request(['GET', ''])}`;
    const everywhere = Array.from({ length: stream.length }, (_, place) => place);
    expect(parsed(stream, everywhere).commands).toEqual([['SET', 'k', 'two\r\nlines'], ['PING'], ['GET', '']]);
  });

  it.each([
    ['PING\r\n', [['PING']]],
    [
      '  set  a   b \n\r\n\nget a\n',
      [
        ['set', 'a', 'b'],
        ['get', 'a'],
      ],
    ],
    ['set "a b" \'c d\' "\\x00\\n\\"" \'it\\\'s\'\r\n', [['set', 'a b', 'c d', '\0\n"', "it's"]]],
    ['*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n', [['PING']]],
    ['set "" \'\'\r\n', [['set', '', '']]],
  ])('inline and empty ones: %j', (stream, commands) => {
    expect(parsed(stream)).toEqual({ commands, error: null });
  });

  it.each([
    ['*x\r\n', 'invalid multibulk length'],
    [`*${limits.arguments + 1}\r\n`, 'invalid multibulk length'],
    ['*1\r\n:4\r\n', "expected '$', got ':'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    [`*1\r\n$${limits.argumentBytes + 1}\r\n`, 'invalid bulk length'],
    ['set "a\r\n', 'unbalanced quotes in request'],
    ['set "a"b\r\n', 'unbalanced quotes in request'],
    ['x'.repeat(limits.lineBytes + 1), 'too big inline request'],
    [
      `*4\r\n${`$${limits.argumentBytes}\r\n${'x'.repeat(limits.argumentBytes)}\r\n`.repeat(3)}$1\r\n`,
      'too big command',
    ],
  ])('that are none end the stream in the words of Redis, after those before: %#', (stream, problem) => {
    expect(parsed(`PING\r\n${stream}`, [3, 8, 11])).toEqual({
      commands: [['PING']],
      error: `ERR Protocol error: ${problem}`,
    });
  });

  it('of a megabyte in small pieces cost no more than they have bytes', () => {
    const value = 'v'.repeat(limits.argumentBytes);
    const stream = request(['SET', 'k', value]);
    const pieces = Array.from({ length: Math.ceil(stream.length / 100) }, (_, place) => place * 100);
    expect(parsed(stream, pieces).commands).toEqual([['SET', 'k', value]]);
  });
});
