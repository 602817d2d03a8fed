import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf } from '../../examples/redis-kv/commands.ts';
import { StoreMachine } from '../../examples/redis-kv/machine.ts';
import { encodeMessage } from '../../examples/redis-kv/message.ts';
import { Store } from '../../examples/redis-kv/store.ts';

/** The reply to a line, as a store gives it whose time is `timeMs` if that is later than before. */
function ask(store: Store, line: string, timeMs = 0): string {
  store.advance(timeMs);
  const command = commandOf(line.split(' '));
  if (command.kind === 'write') return store.execute(command.write).slice(0, -2);
  if (command.kind === 'read') return store.answer(command.read, timeMs).slice(0, -2);
  return command.kind === 'reply' ? command.reply.slice(0, -2) : command.kind;
}

const nil = '$-1';
const value = (text: string) => `$${text.length}\r\n${text}`;

describe('the commands', () => {
  it.each<[string, readonly (readonly [line: string, reply: string])[]]>([
    [
      'SET and GET',
      [
        ['GET a', nil],
        ['SET a 1', '+OK'],
        ['GET a', value('1')],
        ['get a', value('1')],
      ],
    ],
    [
      'NX',
      [
        ['SET a 1 NX', '+OK'],
        ['SET a 2 NX', nil],
        ['GET a', value('1')],
      ],
    ],
    [
      'XX',
      [
        ['SET a 1 XX', nil],
        ['SET a 1', '+OK'],
        ['SET a 2 xx', '+OK'],
        ['GET a', value('2')],
      ],
    ],
    [
      'IFEQ',
      [
        ['SET a 2 IFEQ 1', nil],
        ['SET a 1', '+OK'],
        ['SET a 2 IFEQ 1', '+OK'],
        ['SET a 3 IFEQ 1', nil],
        ['GET a', value('2')],
      ],
    ],
    [
      'GET of SET',
      [
        ['SET a 1 GET', nil],
        ['SET a 2 GET', value('1')],
        ['SET a 3 IFEQ 9 GET', value('2')],
        ['GET a', value('2')],
      ],
    ],
    [
      'counters',
      [
        ['INCR n', ':1'],
        ['INCRBY n 9', ':10'],
        ['DECR n', ':9'],
        ['DECRBY n 10', ':-1'],
        ['GET n', value('-1')],
      ],
    ],
    [
      'what is no counter',
      [
        ['SET a x', '+OK'],
        ['INCR a', '-ERR value is not an integer or out of range'],
        ['INCRBY n 1.5', '-ERR value is not an integer or out of range'],
      ],
    ],
    [
      '64 bits',
      [
        ['SET n 9223372036854775806', '+OK'],
        ['INCR n', ':9223372036854775807'],
        ['INCR n', '-ERR increment or decrement would overflow'],
      ],
    ],
    [
      'several keys',
      [
        ['MSET a 1 b 2', '+OK'],
        ['MGET a x b', `*3\r\n${value('1')}\r\n${nil}\r\n${value('2')}`],
        ['EXISTS a a x', ':2'],
        ['DBSIZE', ':2'],
        ['DEL a b x', ':2'],
        ['DBSIZE', ':0'],
      ],
    ],
    [
      'what is not well formed',
      [
        ['SET a', "-ERR wrong number of arguments for 'set' command"],
        ['MSET a 1 b', "-ERR wrong number of arguments for 'mset' command"],
        ['SET a 1 NX XX', '-ERR syntax error'],
        ['SET a 1 EX', '-ERR syntax error'],
        ['SET a 1 EX 1 PX 1', '-ERR syntax error'],
        ['SET a 1 EX 0', "-ERR invalid expire time in 'set' command"],
        ['SET a 1 EX x', '-ERR value is not an integer or out of range'],
        ['EXPIRE a 9223372036854775807', "-ERR invalid expire time in 'expire' command"],
        ['LPUSH a 1', "-ERR unknown command 'LPUSH', with args beginning with: 'a' '1' "],
        ['toString a', "-ERR unknown command 'toString', with args beginning with: 'a' "],
      ],
    ],
    [
      'around the data',
      [
        ['PING', '+PONG'],
        ['ECHO x', value('x')],
        ['SELECT 0', '+OK'],
        ['SELECT 1', '-ERR DB index is out of range'],
        ['HELLO 3', '-NOPROTO unsupported protocol version'],
        ['COMMAND DOCS', '*0'],
        ['CONFIG GET save', `*2\r\n${value('save')}\r\n${value('')}`],
      ],
    ],
  ])('%s', (_, lines) => {
    const store = new Store();
    expect(lines.map(([line]) => [line, ask(store, line)])).toEqual(lines);
  });
});

describe('times to live', () => {
  it('are over when the time has come, and are told on the way', () => {
    const store = new Store();
    expect(ask(store, 'SET a 1 PX 1500', 1000)).toBe('+OK');
    expect(ask(store, 'PTTL a', 1000)).toBe(':1500');
    expect(ask(store, 'TTL a', 2000)).toBe(':1');
    expect(ask(store, 'GET a', 2499)).toBe(value('1'));
    expect(ask(store, 'GET a', 2500)).toBe(nil);
    expect(ask(store, 'TTL a', 2500)).toBe(':-2');
    expect(store.size).toBe(0);
  });

  it('end with a new value, unless it keeps them; a counter always does', () => {
    const store = new Store();
    ask(store, 'MSET a 1 b 1 c 1', 1000);
    for (const key of ['a', 'b', 'c']) expect(ask(store, `EXPIRE ${key} 10`)).toBe(':1');
    ask(store, 'SET a 2');
    ask(store, 'SET b 2 KEEPTTL');
    ask(store, 'INCR c');
    expect(['a', 'b', 'c'].map((key) => ask(store, `TTL ${key}`))).toEqual([':-1', ':10', ':10']);
    expect([ask(store, 'PERSIST b'), ask(store, 'PERSIST b'), ask(store, 'TTL b')]).toEqual([':1', ':0', ':-1']);
    expect(ask(store, 'EXPIRE x 1')).toBe(':0');
  });

  it('that are over already delete the key', () => {
    const store = new Store();
    ask(store, 'MSET a 1 b 1', 5000);
    expect([ask(store, 'SET a 2 PXAT 4000'), ask(store, 'EXPIRE b -1'), ask(store, 'EXAT'), store.size]).toEqual([
      '+OK',
      ':1',
      "-ERR unknown command 'EXAT', with args beginning with: ",
      0,
    ]);
  });

  it('do not go back with the time', () => {
    const store = new Store();
    ask(store, 'SET a 1 PX 10', 1000);
    store.advance(500);
    expect(ask(store, 'PTTL a')).toBe(':10');
  });
});

/** Lines that meet each other: few keys, short times. */
const key = fc.constantFrom('a', 'b', 'c');
const line = fc.oneof(
  fc
    .tuple(key, fc.nat(3), fc.constantFrom('', ' PX 2', ' PX 5', ' KEEPTTL', ' NX', ' XX', ' IFEQ 1', ' PXAT 12'))
    .map(([name, number, option]) => `SET ${name} ${number}${option}`),
  key.map((name) => `DEL ${name}`),
  key.map((name) => `INCR ${name}`),
  fc.tuple(key, fc.integer({ min: -1, max: 6 })).map(([name, ms]) => `PEXPIRE ${name} ${ms}`),
  key.map((name) => `PERSIST ${name}`),
);
const steps = fc.array(fc.record({ line, passedMs: fc.nat(3) }), { maxLength: 60 });

describe('the state machine', () => {
  const apply = (machine: StoreMachine, position: number, line: string, wallMs: number) =>
    machine.apply({ position, payload: encodeMessage({ id: idOf(position), wallMs, commands: [line.split(' ')] }) });
  const idOf = (position: number) => String(position).padStart(16, '0');

  it('shows each key until its deadline as a plain model does', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new Store();
        const model = new Map<string, { value: string; deadlineMs: number }>();
        let nowMs = 0;
        for (const { line, passedMs } of all) {
          nowMs += passedMs;
          for (const [name, { deadlineMs }] of model) if (deadlineMs <= nowMs) model.delete(name);
          ask(store, line, nowMs);
          modelled(model, line, nowMs);
          const shown = Object.fromEntries([...store.entries()].map(([name, text, ms]) => [name, [text, ms]]));
          expect(shown).toEqual(
            Object.fromEntries(
              [...model].map(([name, { value, deadlineMs }]) => [
                name,
                [value, deadlineMs === Infinity ? null : deadlineMs],
              ]),
            ),
          );
          expect(store.volatile).toBe([...model.values()].filter(({ deadlineMs }) => deadlineMs !== Infinity).length);
        }
      }),
    );
  });

  it('goes on from a snapshot as if it had been there from the start, with the same replies', () => {
    fc.assert(
      fc.property(steps, fc.nat(60), (all, cut) => {
        const whole = new StoreMachine();
        const late = new StoreMachine();
        const replies = { whole: new Map<string, string>(), late: new Map<string, string>() };
        whole.onReplies = (id, text) => replies.whole.set(id, text);
        late.onReplies = (id, text) => replies.late.set(id, text);
        let wallMs = 0;
        for (const [place, { line, passedMs }] of all.entries()) {
          if (place === cut) late.restore(whole.snapshot(), place);
          wallMs += passedMs;
          apply(whole, place + 1, line, wallMs);
          if (place >= cut) apply(late, place + 1, line, wallMs);
        }
        if (cut >= all.length) late.restore(whole.snapshot(), all.length);
        expect(replies.late).toEqual(replies.whole);
        expect([...late.store.entries()]).toEqual([...whole.store.entries()]);
        expect(late.store.timeMs).toBe(whole.store.timeMs);
        expect(late.position).toBe(whole.position);
        expect(Buffer.from(late.snapshot())).toEqual(Buffer.from(whole.snapshot()));
      }),
    );
  });
});

function modelled(model: Map<string, { value: string; deadlineMs: number }>, line: string, nowMs: number): void {
  const [name = '', key = '', text = '', option = '', time = ''] = line.split(' ');
  const found = model.get(key);
  const put = (value: string, deadlineMs: number) => {
    if (deadlineMs <= nowMs) model.delete(key);
    else model.set(key, { value, deadlineMs });
  };
  if (name === 'DEL') model.delete(key);
  if (name === 'INCR') put(String(Number(found?.value ?? 0) + 1), found?.deadlineMs ?? Infinity);
  if (name === 'PEXPIRE' && found !== undefined) put(found.value, nowMs + Number(text));
  if (name === 'PERSIST' && found !== undefined) put(found.value, Infinity);
  if (name !== 'SET') return;
  if (option === 'NX' && found !== undefined) return;
  if (option === 'XX' && found === undefined) return;
  if (option === 'IFEQ' && found?.value !== time) return;
  if (option === 'KEEPTTL') put(text, found?.deadlineMs ?? Infinity);
  else if (option === 'PX') put(text, nowMs + Number(time));
  else put(text, option === 'PXAT' ? Number(time) : Infinity);
}
