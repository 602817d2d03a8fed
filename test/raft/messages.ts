import fc from 'fast-check';
import type { Entry, Member, SessionRecord, SnapshotMeta, Stamp } from '../../src/raft/protocol/entries.ts';
import type { Answer, AnswerCode, Message, Request } from '../../src/raft/protocol/messages.ts';
import type { Frame } from '../../src/raft/transport/frames.ts';

// Arbitraries of all that peers can say. A kind that is left out of one of the tables is a type error.

type Table<T extends { kind: string }> = { readonly [K in T['kind']]: fc.Arbitrary<T & { readonly kind: K }> };

const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
const payload = fc.uint8Array({ maxLength: 40 });
const name = fc.string({ unit: 'grapheme', maxLength: 8 });
const is = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);

const stamp: fc.Arbitrary<Stamp | null> = fc.option(
  fc.record({ session: number, sequence: number, acknowledged: number }),
);
const member: fc.Arbitrary<Member> = fc.record({
  id: name,
  address: name,
  standing: fc.constantFrom('voter', 'learner', 'incoming', 'outgoing', 'demoted'),
});
const configuration = fc.array(member, { maxLength: 4 });

const entries: Table<Entry> = {
  noop: fc.record({ kind: is('noop'), term: number }),
  message: fc.record({ kind: is('message'), term: number, payload, stamp }),
  configuration: fc.record({ kind: is('configuration'), term: number, configuration }),
  session: fc.record({ kind: is('session'), term: number }),
};

const session: fc.Arbitrary<SessionRecord> = fc.record({
  id: number,
  lastUsed: number,
  acknowledged: number,
  delivered: fc.array(fc.record({ sequence: number, position: number }), { maxLength: 3 }),
});
const snapshot: fc.Arbitrary<SnapshotMeta> = fc.record({
  index: number,
  term: number,
  position: number,
  configuration,
  sessions: fc.array(session, { maxLength: 3 }),
});

const requests: { readonly [K in Request['type']]: fc.Arbitrary<Request & { readonly type: K }> } = {
  broadcast: fc.record({ type: is('broadcast'), payload, stamp }),
  'open-session': fc.record({ type: is('open-session') }),
  'transfer-leadership': fc.record({ type: is('transfer-leadership'), to: name }),
  'change-membership': fc.record({ type: is('change-membership'), members: configuration }),
};

const codes: Record<AnswerCode, true> = {
  'no-leader': true,
  'not-leader': true,
  'leadership-lost': true,
  transferring: true,
  'transfer-failed': true,
  'not-a-voter': true,
  'change-in-progress': true,
  'leader-too-new': true,
  overloaded: true,
  'change-replaced': true,
  'bad-membership': true,
  'not-caught-up': true,
  'session-expired': true,
  'already-acknowledged': true,
};
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ ok: fc.constant(true as const), index: number, position: number }),
  fc.record({
    ok: fc.constant(false as const),
    code: fc.constantFrom(...(Object.keys(codes) as AnswerCode[])),
    definite: fc.boolean(),
  }),
);

const ask = { term: number, lastLogIndex: number, lastLogTerm: number };

export const messages: Table<Message> = {
  'request-prevote': fc.record({ kind: is('request-prevote'), ...ask }),
  prevote: fc.record({ kind: is('prevote'), term: number, granted: fc.boolean() }),
  'request-vote': fc.record({ kind: is('request-vote'), ...ask, transfer: fc.boolean() }),
  vote: fc.record({ kind: is('vote'), term: number, granted: fc.boolean() }),
  'append-entries': fc.record({
    kind: is('append-entries'),
    term: number,
    prevLogIndex: number,
    prevLogTerm: number,
    entries: fc.array(fc.oneof(...Object.values(entries)), { maxLength: 5 }),
    leaderCommit: number,
    round: number,
  }),
  commit: fc.record({ kind: is('commit'), term: number, commitIndex: number }),
  'append-accepted': fc.record({ kind: is('append-accepted'), term: number, matchIndex: number, round: number }),
  'append-rejected': fc.record({
    kind: is('append-rejected'),
    term: number,
    prevLogIndex: number,
    hintIndex: number,
    hintTerm: number,
    round: number,
  }),
  'install-snapshot': fc.record({
    kind: is('install-snapshot'),
    term: number,
    snapshot,
    offset: number,
    data: payload,
    last: fc.boolean(),
    round: number,
  }),
  'snapshot-taken': fc.record({
    kind: is('snapshot-taken'),
    term: number,
    index: number,
    received: number,
    complete: fc.boolean(),
    round: number,
  }),
  forward: fc.record({
    kind: is('forward'),
    term: number,
    asked: fc.array(fc.record({ requestId: number, request: fc.oneof(...Object.values(requests)) }), { maxLength: 3 }),
  }),
  'forward-answers': fc.record({
    kind: is('forward-answers'),
    term: number,
    answers: fc.array(fc.record({ requestId: number, answer }), { maxLength: 3 }),
  }),
  'forward-read': fc.record({ kind: is('forward-read'), term: number, requestId: number }),
  'read-index': fc.record({
    kind: is('read-index'),
    term: number,
    requestId: number,
    // Index 0 is before every log: nothing is read there.
    index: fc.oneof(
      fc.constant(null),
      number.map((index) => Math.max(1, index)),
    ),
  }),
  'timeout-now': fc.record({ kind: is('timeout-now'), term: number }),
};

export const message: fc.Arbitrary<Message> = fc.oneof(...Object.values(messages));

export function framed(of: fc.Arbitrary<Message>): fc.Arbitrary<Frame & { kind: 'message' }> {
  return fc.record({ kind: is('message'), number, message: of });
}

const frames: Table<Frame> = {
  hello: fc.record({
    kind: is('hello'),
    clusterId: name,
    from: name,
    to: name,
    boot: number,
    address: name,
    configurationIndex: number,
  }),
  message: framed(message),
  ping: fc.record({ kind: is('ping') }),
  pong: fc.record({ kind: is('pong') }),
  refused: fc.record({ kind: is('refused'), reason: name }),
};

export const frame: fc.Arbitrary<Frame> = fc.oneof({ arbitrary: frames.message, weight: 6 }, ...Object.values(frames));
