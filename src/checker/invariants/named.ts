import type { Operation } from '../../history/operation.ts';
import { checkAvailability } from '../availability.ts';
import type { Checker } from '../compose.ts';
import { independently } from '../independent.ts';
import { checkBank } from './bank.ts';
import { checkCounter } from './counter.ts';
import { setFunctions } from './elements.ts';
import { checkLongFork } from './long-fork.ts';
import { checkMonotonicReads } from './monotonic-reads.ts';
import { checkQueue, checkTotalQueue } from './queue.ts';
import { checkSessions } from './sessions.ts';
import { checkSet } from './set.ts';
import { checkSetFull } from './set-full.ts';
import { checkUniqueIds } from './unique-ids.ts';
import type { Numeric } from './values.ts';

/** What may be said of a history that it does not say itself. */
export interface InvariantOptions {
  /** Of a long-fork test: how many keys each read asks for. */
  readonly groupSize?: number;
  /** Of a bank: what all accounts hold together, and whether they may hold less than nothing. */
  readonly total?: Numeric;
  readonly negativeBalances?: boolean;
  /** Of a queue: whether elements may come out again. */
  readonly atLeastOnce?: boolean;
}

/** A checker that asks for one promise of one kind of data, by the name that Jepsen has for it where it has one. */
export interface Invariant {
  readonly name: string;
  readonly summary: string;
  checker(options: InvariantOptions): Checker;
  /** Whether a history is one of this kind, by its operations: for histories that come without a name. */
  recognizes(history: readonly Operation[], functions: ReadonlySet<string>): boolean;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'set',
    summary: 'the last read of a set has every element whose add was acknowledged, and no other',
    checker: () => independently(checkSet),
    recognizes: () => false,
  },
  {
    name: 'set-full',
    summary: 'every element of a set stays there from some moment on; with its time to visibility',
    checker: () => independently((history) => checkSetFull(history)),
    recognizes: (history, functions) =>
      areAmong(functions, setFunctions) &&
      (history.some(reads((value) => Array.isArray(value))) ||
        // Where no read tells, it may be a counter as well: of a set, nothing is said then.
        (functions.has('add') && !history.some(reads(isGiven)))),
  },
  {
    name: 'bank',
    summary: 'transfers between accounts keep the total that every read shows',
    checker: (options) => (history) => checkBank(history, options),
    recognizes: (_, functions) => areAmong(functions, ['transfer', 'read']) && functions.has('transfer'),
  },
  {
    name: 'counter',
    summary: 'every read of a counter lies between what was added for certain and what may have been',
    checker: () => independently(checkCounter),
    recognizes: (history, functions) =>
      areAmong(functions, ['add', 'read']) && functions.has('add') && history.every(isNumberOrNil),
  },
  {
    name: 'unique-ids',
    summary: 'no id is handed out twice',
    checker: () => independently(checkUniqueIds),
    recognizes: (_, functions) => areAmong(functions, ['generate']),
  },
  {
    name: 'long-fork',
    summary: 'no two reads see two writes in different orders',
    checker: (options) => (history) => checkLongFork(history, options),
    recognizes: (history, functions) =>
      areAmong(functions, ['read', 'write']) &&
      history.some(({ process, value }) => process !== 'nemesis' && Array.isArray(value)) &&
      history.every(isOfAccesses),
  },
  {
    name: 'monotonic-reads',
    summary: 'what a process reads of a number that only grows never goes down',
    checker: () => independently(checkMonotonicReads),
    recognizes: () => false,
  },
  {
    name: 'sessions',
    summary: 'read your writes, monotonic reads, monotonic writes and writes follow reads, over registers',
    checker: () => checkSessions,
    recognizes: () => false,
  },
  {
    name: 'queue',
    summary: 'nothing comes out of a queue that was not put in, or more often',
    checker: (options) => independently((history) => checkQueue(history, options)),
    recognizes: () => false,
  },
  {
    name: 'total-queue',
    summary: 'everything that is put into a queue comes out once',
    checker: (options) => independently((history) => checkTotalQueue(history, options)),
    recognizes: (_, functions) => areAmong(functions, ['enqueue', 'dequeue', 'drain']) && functions.has('drain'),
  },
  {
    name: 'availability',
    summary: 'how many operations succeeded, the longest outage, and the time to the first success after each fault',
    checker: () => (history) => checkAvailability(history),
    recognizes: () => false,
  },
];

function areAmong(functions: ReadonlySet<string>, names: readonly string[]): boolean {
  return functions.size > 0 && [...functions].every((f) => names.includes(f));
}

function reads(condition: (value: unknown) => boolean): (operation: Operation) => boolean {
  return ({ type, f, value }) => type === 'ok' && f === 'read' && condition(value);
}

/** `[["r",0,null],["r",1,1]]`, which no register holds. */
function isOfAccesses({ process, value }: Operation): boolean {
  if (process === 'nemesis' || !isGiven(value)) return true;
  const isAccess = (part: unknown): boolean => Array.isArray(part) && accessNames.includes(part[0]);
  return Array.isArray(value) && value.length > 0 && value.every(isAccess);
}

const accessNames: readonly unknown[] = ['r', 'w', 'read', 'write'];

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function isNumberOrNil({ process, value }: Operation): boolean {
  return process === 'nemesis' || !isGiven(value) || typeof value === 'number' || typeof value === 'bigint';
}
