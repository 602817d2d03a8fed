/**
 * Three guests agree on where to have dinner: each names a place, all are delivered the same places in the same order, and the
 * last one is what they go for. The example of raft-lite, on real sockets and disks:
 *
 *   node --experimental-strip-types examples/dinner.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Raft } from 'raft-chaos/raft';

const dinnerOptions = ['Pizzeria Ristorante Lachoni', 'Kunjip Restaurant', 'Jang Su Jang'];

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'dinner-'));
  const guests = await freeAddresses(dinnerOptions.length);
  const rafts = guests.map((self) => new Raft({ peers: guests, self, path: join(directory, self.replace(':', '-')) }));
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

/** Addresses on this machine that nobody listens on now. */
async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))),
  );
  const addresses = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    return `127.0.0.1:${address.port}`;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return addresses;
}

await main();
