import type { Configuration } from '../../raft/protocol/entries.ts';
import type { Request } from '../../raft/protocol/messages.ts';
import type { ActorSystem } from '../actors/actor.ts';
import { type RaftScope, sessionId } from './scope.ts';

/** What comes to a node from outside. */
export type RaftInput =
  | { readonly kind: 'request'; readonly requestId: number; readonly request: Request }
  | { readonly kind: 'read'; readonly requestId: number }
  /** It takes a snapshot of what it has delivered. */
  | { readonly kind: 'snapshot' };

/** Requests are numbered by their kind. The number of a message is that of the request that sends it first. */
const firstOf = { broadcast: 1, stamped: 30, retry: 50, change: 70, transfer: 80, read: 100 } as const;

type Inputs = ActorSystem<unknown, unknown, RaftInput, unknown>['inputs'];

/** Requests of one kind come in their order. */
export function inputsOf(scope: RaftScope): Inputs {
  const { broadcasts, reads, retries, snapshots, changes, compat } = scope;
  if (compat === 'raft-lite') {
    return times(broadcasts, (at) => ({ to: at, after: null, input: broadcast(firstOf.broadcast + at) }));
  }
  const inputs: Inputs[number][] = [];
  const add = (given: readonly RaftInput[]): void => {
    for (const [at, input] of given.entries()) {
      inputs.push({ to: 'any', after: at === 0 ? null : inputs.length - 1, input });
    }
  };
  add(times(broadcasts, (at) => broadcast(firstOf.broadcast + at)));
  add(times(reads, (at) => ({ kind: 'read', requestId: firstOf.read + at })));
  for (let at = 0; at < retries; at++) add([stamped(at, firstOf.stamped), stamped(at, firstOf.retry)]);
  add(times(snapshots, () => ({ kind: 'snapshot' })));
  add(changes.map((members, at) => change(firstOf.change + at, members)));
  return inputs;
}

function broadcast(number: number): RaftInput {
  return {
    kind: 'request',
    requestId: number,
    request: { type: 'broadcast', payload: payloadOf(number), stamp: null },
  };
}

/** The message and its retry bear the same stamp. */
function stamped(at: number, first: number): RaftInput {
  const stamp = { session: sessionId, sequence: at + 1, acknowledged: 0 };
  const request: Request = { type: 'broadcast', payload: payloadOf(firstOf.stamped + at), stamp };
  return { kind: 'request', requestId: first + at, request };
}

function change(requestId: number, members: Configuration): RaftInput {
  return { kind: 'request', requestId, request: { type: 'change-membership', members } };
}

function payloadOf(number: number): Uint8Array {
  return Uint8Array.of(number);
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** What a request asks for, by its number. */
export type Subject =
  | { readonly kind: 'message'; readonly number: number; readonly isStamped: boolean }
  | { readonly kind: 'change'; readonly at: number }
  | { readonly kind: 'transfer' | 'read' };

export function subjectOf(requestId: number): Subject {
  if (requestId >= firstOf.read) return { kind: 'read' };
  if (requestId >= firstOf.transfer) return { kind: 'transfer' };
  if (requestId >= firstOf.change) return { kind: 'change', at: requestId - firstOf.change };
  const isStamped = requestId >= firstOf.stamped;
  const isRetry = requestId >= firstOf.retry;
  return { kind: 'message', number: isRetry ? requestId - firstOf.retry + firstOf.stamped : requestId, isStamped };
}

export function isStampedNumber(number: number): boolean {
  return number >= firstOf.stamped;
}

/** Of each leader anew. */
export const transferRequest: number = firstOf.transfer;

export function changeRequest(at: number): number {
  return firstOf.change + at;
}

/** The engine has a bit for each input. */
export const mostInputs = 30;
