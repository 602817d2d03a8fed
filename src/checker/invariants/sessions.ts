import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted, enumeration } from '../words.ts';
import { clientPairs, type Identity, identityOf, isOk, outcomeOf, shown } from './values.ts';
import { type Order, VersionGraph } from './version-graph.ts';

/** What Terry and others (PDIS 1994) promise a session, by what it did before and what it does then. */
const guarantees = {
  'read read': 'monotonic-reads',
  'write read': 'read-your-writes',
  'write write': 'monotonic-writes',
  'read write': 'writes-follow-reads',
} as const;

type Guarantee = (typeof guarantees)[keyof typeof guarantees];

/** Where several are broken together, the first of these names the anomaly: what reads saw is held against the writes. */
const precedence: readonly Guarantee[] = [
  'read-your-writes',
  'monotonic-reads',
  'writes-follow-reads',
  'monotonic-writes',
];

/**
 * The four session guarantees over registers, `write` and `read` of a `key` or of one, where each value is written once. A
 * process is a session. Whatever it reads or writes of a key is no older than what it read or wrote of it before; the versions
 * that sessions pass one after the other must therefore fit one order, in which nil comes first. Where they do not, they
 * form a cycle, which is the anomaly, named by the guarantee that is broken. A value that nobody wrote is a
 * `garbage-read`.
 *
 * Keys are judged each by itself: what one key's version tells of another's is the matter of causal consistency. A key
 * with a value that is written twice cannot be judged.
 */
export function checkSessions(history: readonly Operation[]): CheckerResult {
  const registers = registersOf(history);
  const findings = new Findings();
  let ambiguous: Register | null = null;
  let steps = 0;
  for (const register of registers.values()) {
    if (register.twice !== null) {
      ambiguous ??= register;
      continue;
    }
    steps += judgeRegister(register, findings);
  }
  const stats = { keys: registers.size, judged: steps, ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (ambiguous !== null) {
    const reason = `${nameOf(ambiguous)} cannot be judged: ${shown(ambiguous.twice)} is written to it more than once`;
    return { valid: 'unknown', reason, anomalies: [], stats };
  }
  if (steps === 0) {
    return { valid: 'unknown', reason: 'no session did more than one operation on a key', anomalies: [], stats };
  }
  const reason = `no session went back to an older version (${counted(steps, 'step')} on ${counted(registers.size, 'key')})`;
  return { valid: true, reason, anomalies: [], stats };
}

/** What a session did on a key. */
interface Touch {
  readonly kind: 'read' | 'write';
  readonly version: Identity;
  readonly value: unknown;
  readonly process: Operation['process'];
  /** The operation that shows it. */
  readonly index: number;
}

interface Register {
  readonly key: Operation['key'];
  /** By session, in its order. */
  readonly sessions: Map<Operation['process'], Touch[]>;
  /** Values written, and whether that certainly failed. */
  readonly writes: Map<Identity, { readonly failed: boolean; readonly index: number }>;
  /** A value that was written twice; null where none was. */
  twice: unknown;
}

function registersOf(history: readonly Operation[]): Map<Identity, Register> {
  const registers = new Map<Identity, Register>();
  for (const pair of clientPairs(history, 'read', 'write')) {
    const { invocation } = pair;
    const { f, key, process } = invocation;
    const register = registers.get(identityOf(key)) ?? { key, sessions: new Map(), writes: new Map(), twice: null };
    registers.set(identityOf(key), register);
    const outcome = outcomeOf(pair);
    if (f === 'write') recordWrite(register, invocation, outcome === 'fail');
    if (outcome === 'fail' || (f === 'read' && !isOk(pair))) continue;
    const { index, value } = f === 'read' && isOk(pair) ? pair.completion : invocation;
    const touches = register.sessions.get(process) ?? [];
    register.sessions.set(process, touches);
    touches.push({
      kind: f === 'read' ? 'read' : 'write',
      version: identityOf(value),
      value: value ?? null,
      process,
      index,
    });
  }
  return registers;
}

function recordWrite(register: Register, { value, index }: Operation, failed: boolean): void {
  const version = identityOf(value);
  const known = register.writes.get(version);
  if (known !== undefined && !known.failed && !failed) register.twice ??= value;
  if (known === undefined || known.failed) register.writes.set(version, { failed, index });
}

/** Returns how many steps from one operation of a session to its next there were. */
function judgeRegister(register: Register, findings: Findings): number {
  const graph = new VersionGraph<Touch>(null);
  let steps = 0;
  for (const touches of register.sessions.values()) {
    touches.forEach((touch, at) => {
      if (touch.kind === 'read') judgeRead(register, touch, findings);
      const before = touches[at - 1];
      if (before === undefined) return;
      steps++;
      graph.add(before.version, touch.version, before, touch);
    });
  }
  const cycle = graph.cycle();
  if (cycle !== null) reportCycle(register, cycle, findings);
  return steps;
}

function judgeRead(register: Register, { version, value, index }: Touch, findings: Findings): void {
  // Some histories come without their writes: of those, only what reads show can be held against each other.
  if (version === null || register.writes.size === 0) return;
  const write = register.writes.get(version);
  if (write !== undefined && !write.failed) return;
  const why = write === undefined ? 'which nobody wrote' : `whose write certainly failed (operation ${write.index})`;
  findings.add('garbage-read', () => ({
    sentence: `A read of ${nameOf(register)} returned ${shown(value)}, ${why} (operation ${index}).`,
    operations: citing(index, write?.index ?? index),
    details: { key: register.key, value },
  }));
}

function reportCycle(register: Register, cycle: readonly Order<Touch>[], findings: Findings): void {
  const broken = precedence.filter((guarantee) => cycle.some(({ from, to }) => guaranteeOf(from, to) === guarantee));
  const [kind = 'monotonic-reads'] = broken;
  findings.add(kind, () => {
    const steps = cycle.map(({ from, to }) => `process ${from.process} ${inWords(from)} and then ${inWords(to)}`);
    const nil = cycle.some(({ to }) => to.version === null) ? ', and nothing is older than the initial nil' : '';
    const also = broken.length > 1 ? ` (${enumeration(broken)} cannot all hold)` : '';
    return {
      sentence: `On ${nameOf(register)} ${steps.join('; ')}${nil}: no order of the versions allows that${also}.`,
      operations: citing(...cycle.flatMap(({ from, to }) => [from.index, to.index])),
      details: { key: register.key, guarantees: broken },
    };
  });
}

function guaranteeOf(from: Touch, to: Touch): Guarantee {
  return guarantees[`${from.kind} ${to.kind}`];
}

function inWords({ kind, value, index }: Touch): string {
  return `${kind === 'read' ? 'read' : 'wrote'} ${shown(value)} (operation ${index})`;
}

function nameOf({ key }: Register): string {
  return key === undefined ? 'the register' : `key ${shown(key)}`;
}
