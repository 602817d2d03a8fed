/**
 * Three guests agree on where to have dinner: each names a place, all are delivered the same places in the same order, and
 * the last one is where they go. The example of raft-lite, on real sockets and disks:
 *
 *   npm run build && node dist/examples/dinner.js
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Raft } from 'raft-chaos/raft';
import { freeAddresses } from './addresses.ts';

const dinnerOptions = ['Pizzeria Ristorante Lachoni', 'Kunjip Restaurant', 'Jang Su Jang'];

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'dinner-'));
  const guests = await freeAddresses(dinnerOptions.length);
  const rafts = guests.map((self, guest) => new Raft({ peers: guests, self, path: join(directory, `guest-${guest}`) }));
  await Promise.all(rafts.map((raft) => raft.start()));
  const decisions = await Promise.all(rafts.map((raft, guest) => decide(raft, dinnerOptions[guest] ?? '')));
  for (const [guest, decision] of decisions.entries()) console.log(`Guest ${guest}: we'll have dinner at ${decision}!`);
  await Promise.all(rafts.map((raft) => raft.stop()));
  rmSync(directory, { recursive: true });
}

/** Names a place and waits for everybody's: the last one in the order that all share is the decision. */
async function decide(raft: Raft, place: string): Promise<string> {
  await raft.broadcast(new TextEncoder().encode(place));
  for await (const { position, payload } of raft.deliveries()) {
    if (position === dinnerOptions.length) return new TextDecoder().decode(payload);
  }
  throw new Error('the deliveries have ended');
}

await main();
