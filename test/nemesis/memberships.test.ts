import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { inWords, membershipShapes, notVoting, stagesOf } from '../../src/nemesis/memberships.ts';

const nodes = (count: number) => Array.from({ length: count }, (_, place) => `n${place + 1}`);

it('always leaves somebody who votes, makes nobody two things, and changes something', () => {
  const drawn = fc.record({
    shape: fc.constantFrom(...membershipShapes),
    count: fc.integer({ min: 2, max: 9 }),
    share: fc.integer({ min: 1, max: 8 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(drawn, ({ shape, count, share, seed }) => {
      const all = nodes(count);
      const stages = stagesOf(shape, all, all.slice(0, Math.min(share, count - 1)), seededRandom(seed));
      for (const { voters, learners } of stages) {
        expect(voters.length).toBeGreaterThan(0);
        expect(voters.length).toBeLessThan(count);
        expect(new Set([...voters, ...learners]).size).toBe(voters.length + learners.length);
      }
      expect(notVoting(all, stages).length).toBeGreaterThan(0);
    }),
  );
});

it('lets others take the place of the victims', () => {
  const [out, swapped] = stagesOf('replace', nodes(5), ['n1', 'n2'], seededRandom(3));
  expect(out?.voters).toEqual(['n3', 'n4', 'n5']);
  expect(swapped?.voters).toHaveLength(3);
  expect(swapped?.voters).toEqual(expect.arrayContaining(['n1', 'n2']));
});

it('says who is what', () => {
  expect(inWords(nodes(5), { voters: ['n1', 'n2'], learners: ['n3'] })).toBe(
    'n1 n2 vote, n3 learns, n4 n5 are left out',
  );
  expect(inWords(nodes(2), { voters: ['n1', 'n2'], learners: [] })).toBe('n1 n2 vote');
});
