import type { MemoryWorld } from '../../src/base/memory/world.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import type { Message } from '../../src/raft/protocol/types.ts';
import { PeerTransport } from '../../src/raft/transport/peer-transport.ts';

export const port = 7000;
const ms = 1e6;

/** A started transport and what it has told. */
export interface Peer {
  readonly transport: PeerTransport;
  readonly received: { readonly from: string; readonly requestId: number; readonly id: string }[];
  readonly sent: string[];
  readonly dropped: string[];
  readonly noticed: string[];
  outcome: Outcome<void> | null;
}

export function start(world: MemoryWorld, id: string, peers: readonly string[], boot = 1): Peer {
  const { clock, network } = world.host(id).start();
  const transport = new PeerTransport(clock, network, {
    clusterId: 'cluster',
    id,
    boot,
    listen: { host: id, port },
    peers: peers.map((peer) => ({ id: peer, address: { host: peer, port } })),
  });
  const peer: Peer = { transport, received: [], sent: [], dropped: [], noticed: [], outcome: null };
  const events = {
    received: (from: string, message: Message, messageId: string) => {
      const requestId = message.kind === 'forward' ? message.requestId : -1;
      peer.received.push({ from, requestId, id: messageId });
    },
    sent: (_to: string, _message: Message, messageId: string) => void peer.sent.push(messageId),
    dropped: (_to: string, _message: Message, messageId: string) => void peer.dropped.push(messageId),
    noticed: (what: string) => void peer.noticed.push(what),
  };
  transport.start(events, (outcome) => {
    peer.outcome = outcome;
  });
  return peer;
}

export function forward(requestId: number, byteCount = 10): Message {
  return { kind: 'forward', term: 1, requestId, payload: new Uint8Array(byteCount) };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}

export function numbersOf(peer: Peer): number[] {
  return peer.received.map(({ requestId }) => requestId);
}

export async function pass(world: MemoryWorld, forMs: number): Promise<void> {
  await world.clock.run(world.clock.nowNs() + forMs * ms);
}
