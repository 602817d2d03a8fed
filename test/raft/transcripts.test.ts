import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { play } from './transcripts/transcript.ts';

const folder = new URL('./transcripts/', import.meta.url);

/** `RAFT_CHAOS_REWRITE=1` writes what happens into the transcripts: read the difference before it is kept. */
const rewrites = process.env['RAFT_CHAOS_REWRITE'] === '1';

it.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
  const file = new URL(name, folder);
  const told = readFileSync(file, 'utf8');
  const happened = play(told);
  if (rewrites) writeFileSync(file, happened);
  else expect(happened).toBe(told);
});
