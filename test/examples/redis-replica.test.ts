import { type Raft, RaftError } from 'raft-chaos/raft';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreMachine } from '../../examples/redis-kv/machine.ts';
import { decodeMessage } from '../../examples/redis-kv/message.ts';
import { Replica } from '../../examples/redis-kv/replica.ts';

/** A node of which the test says what becomes of its broadcasts, one after the other. */
class ScriptedRaft {
  readonly broadcasts: { payload: Uint8Array; resolve: (position: number) => void; reject: (error: Error) => void }[] =
    [];
  role = 'follower';

  broadcast(payload: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => this.broadcasts.push({ payload, resolve, reject }));
  }

  read(): Promise<number> {
    return Promise.resolve(0);
  }

  status() {
    return { role: this.role };
  }
}

describe('a node between its clients and Raft', () => {
  let raft: ScriptedRaft;
  let machine: StoreMachine;
  let replica: Replica;
  beforeEach(() => {
    raft = new ScriptedRaft();
    machine = new StoreMachine();
    replica = new Replica(raft as unknown as Raft, machine, { commandTimeoutMs: 60_000, tickMs: 10 });
  });
  afterEach(() => replica.stop());

  const sent = (place: number) => {
    const broadcast = raft.broadcasts[place];
    if (broadcast === undefined) throw new Error('not broadcast');
    return broadcast;
  };
  const apply = (target: StoreMachine, position: number, payload: Uint8Array) => target.apply({ position, payload });
  const twice = [
    ['INCR', 'n'],
    ['INCR', 'n'],
  ];

  it('answers with what the state machine replied here, whichever comes first', async () => {
    const early = replica.write(twice);
    apply(machine, 1, sent(0).payload);
    sent(0).resolve(1);
    expect(await early).toBe(':1\r\n:2\r\n');
    const late = replica.write(twice);
    sent(1).resolve(2);
    apply(machine, 2, sent(1).payload);
    expect(await late).toBe(':3\r\n:4\r\n');
  });

  it('tells each command what is known of a failure', async () => {
    const never = replica.write(twice);
    sent(0).reject(new RaftError('no-leader', 'nobody leads', true));
    expect(await never).toBe('-CLUSTERDOWN the command was not executed: nobody leads\r\n'.repeat(2));
    const perhaps = replica.write(twice);
    sent(1).reject(new RaftError('leadership-lost', 'deposed', false));
    expect(await perhaps).toBe('-UNKNOWN whether the command is executed: deposed\r\n'.repeat(2));
    const done = replica.write(twice);
    apply(machine, 1, sent(2).payload);
    sent(2).reject(new RaftError('leadership-lost', 'deposed', false));
    expect(await done).toBe(':1\r\n:2\r\n');
  });

  it('answers what came in a snapshot, as long as that has the reply', async () => {
    const other = new StoreMachine();
    const kept = replica.write(twice);
    const forgotten = replica.write([['SET', 'long', 'x'.repeat(2000), 'GET']]);
    const loud = replica.write([['SET', 'long', 'y', 'GET']]);
    for (const place of [0, 1, 2]) apply(other, place + 1, sent(place).payload);
    sent(2).resolve(3);
    machine.restore(other.snapshot(), 3);
    expect(await kept).toBe(':1\r\n:2\r\n');
    expect(await forgotten).toBe('$-1\r\n');
    expect(await loud).toMatch(/^-UNKNOWN whether the command is executed: executed, but a snapshot/);
    expect(machine.store.answer({ type: 'get', key: 'long' }, 0)).toBe('$1\r\ny\r\n');
  });

  it('makes a key expire before it would show it', async () => {
    const set = replica.write([['SET', 'short', 'x', 'PX', '20']]);
    apply(machine, 1, sent(0).payload);
    await set;
    const deadlineMs = machine.store.timeMs + 20;
    while (Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 1));
    const read = replica.read([{ type: 'get', key: 'short' }]);
    while (raft.broadcasts.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const { commands, wallMs } = decodeMessage(sent(1).payload);
    expect(commands).toEqual([]);
    expect(wallMs).toBeGreaterThanOrEqual(deadlineMs);
    apply(machine, 2, sent(1).payload);
    expect(await read).toBe('$-1\r\n');
  });

  it('tells the time while it leads and something can expire', async () => {
    const set = replica.write([['SET', 'short', 'x', 'PX', '30']]);
    apply(machine, 1, sent(0).payload);
    await set;
    raft.role = 'leader';
    for (let place = 1; machine.store.size > 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const tick = raft.broadcasts[place];
      if (tick === undefined) continue;
      apply(machine, ++place, tick.payload);
    }
    const ticks = raft.broadcasts.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(raft.broadcasts).toHaveLength(ticks);
  });
});
