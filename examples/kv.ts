/**
 * A replicated key-value store in one process: three nodes, each with a socket and a directory of its own. It shows a state
 * machine with snapshots and results, linearizable reads on any node, a session whose changes happen once though they are sent again,
 * and that the store outlives its leader, which comes back and catches up:
 *
 *   npm run build && node dist/examples/kv.js
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeliveredMessage, Raft, type StateMachine } from 'raft-chaos/raft';
import { freeAddresses } from './addresses.ts';

type Change = { readonly set: string; readonly to: number } | { readonly add: number; readonly to: string };

/** The state machine: the same changes in the same order make the same values on every node. */
class Values implements StateMachine<number> {
  #values = new Map<string, number>();
  snapshotsRestored = 0;

  get(key: string): number | undefined {
    return this.#values.get(key);
  }

  /** Returns the new value. */
  apply({ payload }: DeliveredMessage): number {
    const change = JSON.parse(new TextDecoder().decode(payload)) as Change;
    const [key, value] =
      'set' in change ? [change.set, change.to] : [change.to, (this.#values.get(change.to) ?? 0) + change.add];
    this.#values.set(key, value);
    return value;
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([...this.#values]));
  }

  restore(snapshot: Uint8Array): void {
    this.#values = new Map(JSON.parse(new TextDecoder().decode(snapshot)) as [string, number][]);
    this.snapshotsRestored++;
  }
}

interface Node {
  readonly name: string;
  readonly raft: Raft<number>;
  readonly values: Values;
}

const names = ['n1', 'n2', 'n3'];
/** So few that the log is compacted while this runs. */
const compaction = { snapshotEvery: 100, keptEntries: 20 };

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kv-'));
  const addresses = await freeAddresses(names.length);
  const peers = Object.fromEntries(names.map((name, place) => [name, addresses[place] ?? '']));
  const start = async (name: string): Promise<Node> => {
    const values = new Values();
    const raft = new Raft({ peers, self: name, path: join(directory, name), stateMachine: values, compaction });
    await raft.start();
    return { name, raft, values };
  };

  const nodes = await Promise.all(names.map(start));
  const leader = await leaderOf(nodes);
  const [one, other] = nodes.filter((node) => node !== leader) as [Node, Node];
  console.log(`${leader.name} leads; ${one.name} and ${other.name} follow`);

  const { result } = await one.raft.apply(encode({ set: 'x', to: 1 }));
  assert.equal(result, 1);
  assert.equal(await read(other, 'x'), 1);
  console.log(`x was set on ${one.name}, and ${other.name} has it`);

  const session = await one.raft.openSession();
  const add = () => session.broadcast(encode({ add: 1, to: 'count' }));
  for (let time = 0; time < 50; time++) await add();
  const meanwhile = Promise.all(Array.from({ length: 50 }, add));
  await leader.raft.stop();
  await meanwhile;
  const successor = await leaderOf([one, other]);
  console.log(`${leader.name} was stopped while 50 changes were under way; ${successor.name} leads now`);
  for (let time = 0; time < 400; time++) await add();
  assert.equal(await read(other, 'count'), 500);
  console.log('500 times 1 was added, each exactly once');

  const returned = await start(leader.name);
  assert.equal(await read(returned, 'count'), 500);
  assert.ok(returned.values.snapshotsRestored > 0);
  console.log(
    `${returned.name} has come back, and caught up by a snapshot: ${returned.raft.status().position} changes`,
  );

  await Promise.all([one, other, returned].map(({ raft }) => raft.stop()));
  rmSync(directory, { recursive: true });
}

/** Linearizable: first the node gets all that was committed anywhere when it was asked. */
async function read({ raft, values }: Node, key: string): Promise<number | undefined> {
  await raft.read();
  return values.get(key);
}

async function leaderOf(nodes: readonly Node[]): Promise<Node> {
  for (;;) {
    const leader = nodes.find(({ raft }) => raft.status().role === 'leader');
    if (leader !== undefined) return leader;
    await sleep(20);
  }
}

function encode(change: Change): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(change));
}

await main();
