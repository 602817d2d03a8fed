import { expect, test } from 'vitest';
import { insist } from '../../src/cluster/docker/insist.ts';

test('asks again for what failed once and does not hold', async () => {
  const answers = ['unable to freeze', 'unable to freeze', null];
  let frozen = false;
  await insist(
    async () => {
      const refusal = answers.shift();
      if (typeof refusal === 'string') throw new Error(refusal);
      frozen = true;
    },
    async () => frozen,
  );
  expect({ frozen, left: answers.length }).toEqual({ frozen: true, left: 0 });
});

test('is content with a refusal where what was asked for holds, or comes to hold', async () => {
  let asked = 0;
  let looks = 0;
  await insist(
    async () => {
      asked++;
      throw new Error('already paused');
    },
    async () => ++looks === 3,
  );
  expect({ asked, looks }).toEqual({ asked: 1, looks: 3 });
});

test('gives up with what was said last', async () => {
  let asked = 0;
  const given = insist(
    async () => {
      throw new Error(`refused ${++asked}`);
    },
    async () => false,
  );
  await expect(given).rejects.toThrow('refused 6');
});
