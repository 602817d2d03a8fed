import type { MemoryWorld } from '../../src/base/memory/world.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import type { Message } from '../../src/raft/protocol/messages.ts';
import { encodeFrame, type Frame } from '../../src/raft/transport/frames.ts';
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

/** A node, on the host of its name where nothing else is said; its peers are on those of theirs. */
export function start(world: MemoryWorld, id: string, peers: readonly string[], boot = 1, host = id): Peer {
  const { clock, network } = world.host(host).start();
  const listen = { host, port };
  const address = addressOf(host);
  const transport = new PeerTransport(clock, network, { clusterId: 'cluster', id, boot, listen, address });
  transport.setPeers(
    peers.map((peer) => ({ id: peer, address: addressOf(peer) })),
    0,
  );
  const peer: Peer = { transport, received: [], sent: [], dropped: [], noticed: [], outcome: null };
  const events = {
    received: (from: string, message: Message, messageId: string) => {
      const requestId = message.kind === 'forward' ? (message.asked[0]?.requestId ?? -1) : -1;
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
  const request = { type: 'broadcast', payload: new Uint8Array(byteCount), stamp: null } as const;
  return { kind: 'forward', term: 1, asked: [{ requestId, request }] };
}

/** What node a says to b first. */
export const hello: Frame & { kind: 'hello' } = {
  kind: 'hello',
  clusterId: 'cluster',
  from: 'a',
  to: 'b',
  boot: 1,
  address: 'a:7000',
  configurationIndex: 0,
};

export function addressOf(id: string): string {
  return `${id}:${port}`;
}

export function bytesOf(...frames: readonly Frame[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((frame) => [...encodeFrame(frame)]));
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
