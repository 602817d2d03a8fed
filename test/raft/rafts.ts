import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { freeAddresses } from '../../examples/addresses.ts';
import { Raft, type RaftConfig, type StateMachine } from '../../src/raft/index.ts';

/** Nodes on real sockets and disks, which are stopped after each test. */
const running: Raft[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((raft) => raft.stop({ handOver: false })));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'raft-chaos-raft-'));
  directories.push(directory);
  return directory;
}

export function node(config: RaftConfig): Raft {
  const raft = new Raft({ params: { electionTimeoutMs: [300, 600] }, ...config });
  running.push(raft);
  return raft;
}

/** Configurations of nodes n1, n2 and so on, on real sockets and disks. */
export async function configs(count: number, more: (place: number) => Partial<RaftConfig> = () => ({})) {
  const addresses = await freeAddresses(count);
  const peers = Object.fromEntries(addresses.map((address, place) => [`n${place + 1}`, address]));
  const directory = newDirectory();
  return Object.keys(peers).map((self, place) => ({ peers, self, path: join(directory, self), ...more(place) }));
}

export async function started(all: readonly RaftConfig[]): Promise<Raft[]> {
  const rafts = all.map(node);
  await Promise.all(rafts.map((raft) => raft.start()));
  return rafts;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

export async function received(raft: Raft, count: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const { payload } of raft.deliveries()) {
    texts.push(new TextDecoder().decode(payload));
    if (texts.length === count) return texts;
  }
  return texts;
}

/** Remembers what it was given, and may be told to fail. */
export function recorder() {
  const texts: string[] = [];
  const machine: StateMachine = {
    apply: ({ payload }) => {
      const text = new TextDecoder().decode(payload);
      if (text === 'poison') throw new Error('this cannot be applied');
      texts.push(text);
    },
    snapshot: () => bytes(JSON.stringify(texts)),
    restore: (snapshot) => void texts.splice(0, texts.length, ...JSON.parse(new TextDecoder().decode(snapshot))),
  };
  return { texts, machine };
}
