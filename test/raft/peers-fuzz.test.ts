import { describe, expect, it } from 'vitest';
import { type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import type { Connection } from '../../src/base/network.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { encodeFrame, type Frame } from '../../src/raft/transport/frames.ts';
import { flipped, fuzzCount, joined, mutated, pieces, randomBytes, validFrames } from './fuzz.ts';
import { addressOf, forward, hello, numbersOf, pass, port, range, start } from './peers.ts';

const rounds = Math.ceil(fuzzCount / 500);
const noise = validFrames(1000, 7);

/** What c, a peer of b, says on one connection: true messages of these numbers, and a bad frame before good ones. */
function speech(random: Random, firstNumber: number): { readonly stream: Uint8Array; readonly numbers: number[] } {
  const numbers = range(firstNumber, firstNumber + random.integer(0, 5));
  const words = numbers.map((number): Frame => ({ kind: 'message', number, message: forward(number) }));
  const whole = [{ ...hello, from: 'c', address: addressOf('c') }, ...words].map(encodeFrame);
  return { stream: joined(...whole, flipped(random.pick(noise), random), random.pick(noise)), numbers };
}

/** Any bytes, frames out of turn, and a bad frame behind the good hello of d, and before good ones. */
function babble(random: Random): Uint8Array {
  const kind = random.integer(1, 3);
  if (kind === 1) return randomBytes(random, random.integer(1, 300));
  if (kind === 2) return joined(mutated(random.pick(noise), random), ...range(1, 5).map(() => random.pick(noise)));
  const greeting = encodeFrame({ ...hello, from: 'd', address: addressOf('d') });
  return joined(greeting, flipped(random.pick(noise), random), random.pick(noise));
}

function writeInPieces(connection: Connection, stream: Uint8Array, random: Random): void {
  for (const piece of pieces(stream, random)) connection.write(piece);
}

/** c, which answers whoever connects with babble, and says these streams to b. */
function badPeer(world: MemoryWorld, random: Random) {
  const { network } = world.host('c').start();
  const silent = { opened: () => {}, received: () => {}, closed: () => {} };
  network.listen(
    { host: 'c', port },
    (connection) => {
      connection.observe({ ...silent, received: () => writeInPieces(connection, babble(random), random) });
    },
    () => {},
  );
  return (stream: Uint8Array): { closed: boolean } => {
    const visit = { closed: false };
    const connection = network.connect(
      { host: 'b', port },
      {
        ...silent,
        opened: () => writeInPieces(connection, stream, random),
        closed: () => {
          visit.closed = true;
        },
      },
    );
    return visit;
  };
}

describe('a transport that is told nonsense', () => {
  it('ends each such connection, hears all that was said before it and nothing else, and serves the others', async () => {
    const world = memoryWorld(1);
    const random = seededRandom(1);
    const a = start(world, 'a', ['b']);
    const b = start(world, 'b', ['a', 'c', 'd']);
    const say = badPeer(world, random.fork('answers'));
    await pass(world, 500);
    const said: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(babble(random));
      await pass(world, 5);
      const { stream, numbers } = speech(random, (said.at(-1) ?? 0) + 1);
      said.push(...numbers);
      const visit = say(stream);
      a.transport.send('b', forward(round));
      b.transport.send('a', forward(round));
      b.transport.send('c', forward(round));
      await pass(world, 5);
      expect(visit.closed, `round ${round}`).toBe(true);
    }
    const from = (id: string) => b.received.filter((one) => one.from === id).map(({ requestId }) => requestId);
    expect(from('a')).toEqual(range(1, rounds));
    expect(numbersOf(a)).toEqual(range(1, rounds));
    expect(from('c')).toEqual(said);
    expect(b.received).toHaveLength(rounds + said.length);
  });
});
