import type { Operation } from '../../history/operation.ts';
import { Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import type { Analysis, Report } from './analysis.ts';
import { type Cycle, type Cycles, findCycles } from './cycles.ts';
import { analyzeLists } from './list-append.ts';
import { boundaryOf, modelsRuledOutBy } from './models.ts';
import { type Request, resolveRequest, type TransactionOptions } from './request.ts';
import { analyzeRegisters } from './rw-register.ts';
import { outcomes, type Transactions } from './transactions.ts';
import type { RegisterOrderOptions } from './version-order.ts';
import { describeCycle, isRetold } from './witness.ts';

/** Of a rw-register history, also what may be taken for granted of the order of each key's versions. */
export interface RegisterOptions extends TransactionOptions, RegisterOrderOptions {}

/**
 * Whether transactions of appends and reads of lists, `[["append","x",1],["r","x",[1]]]`, show anomalies that the consistency
 * models asked for rule out. Elements are to be unique by key. What is found is so; what no read shows may be missed
 * (Kingsbury and Alvaro 2020). Linear but for the search of cycles, which is confined to what is in a circle.
 */
export function checkListAppend(history: Iterable<Operation>, options: TransactionOptions = {}): CheckerResult {
  const request = resolveRequest(options);
  return judge(analyzeLists(history), request);
}

/** The same of transactions of writes and reads of registers, `[["w","x",1],["r","x",1]]`, with values unique by key. */
export function checkRwRegister(history: Iterable<Operation>, options: RegisterOptions = {}): CheckerResult {
  const request = resolveRequest(options);
  return judge(analyzeRegisters(history, options), request);
}

function judge(analysis: Analysis, request: Request): CheckerResult {
  const wrong = new Findings();
  const others = new Findings();
  const findingsOf = (kind: string): Findings => (request.forbidden.has(kind) ? wrong : others);
  const report: Report = (kind, describe) => findingsOf(kind).add(kind, describe);
  analysis.report(report);
  if (request.ofSessions.length > 0) analysis.reportSessions?.(report);
  const cycles = findCycles(analysis, request);
  for (const cycle of worthTelling(analysis, request, cycles.found, [...wrong.kinds, ...others.kinds])) {
    findingsOf(cycle.kind).add(cycle.kind, () => describeCycle(analysis, cycle));
  }
  const boundary = boundaryOf([...wrong.kinds, ...others.kinds]);
  const ruledOut = boundary.not.length === 0 ? '' : `; so it is not ${boundary.not.join(', not ')}`;
  const besides = `${others.total === 0 ? '' : `; beside what was asked for: ${others.inWords()}`}${ruledOut}`;
  const stats = {
    asked: request.asked,
    not: boundary.not,
    'also-not': boundary.alsoNot,
    ...countsOf(analysis.transactions),
    ...analysis.stats,
    dependencies: cycles.dependencies,
    components: cycles.components,
    largestComponent: cycles.largest,
    ...(others.total === 0 ? {} : { notAskedFor: others.result() }),
  };
  if (wrong.total > 0) {
    return { valid: false, reason: `anomalies: ${wrong.inWords()}${besides}`, ...wrong.result(), stats };
  }
  const unknown = whyUnknown(analysis, request, cycles);
  if (unknown !== null) return { valid: 'unknown', reason: `${unknown}${besides}`, anomalies: [], stats };
  const committed = counted(stats.ok, 'committed transaction');
  const proviso = analysis.proviso === null ? '' : `; ${analysis.proviso}`;
  return {
    valid: true,
    reason: `nothing that ${request.asked} rules out was found among ${committed}${proviso}${besides}`,
    anomalies: [],
    stats,
  };
}

/**
 * A cycle that is there without the order in time, too, is left out unless it rules out what nothing else does, or is all
 * there is of what was asked for.
 */
function worthTelling(
  analysis: Analysis,
  { forbidden }: Request,
  cycles: readonly Cycle[],
  otherKinds: readonly string[],
): readonly Cycle[] {
  const retold = new Set(cycles.filter((cycle) => isRetold(analysis, cycle)));
  if (retold.size === 0) return cycles;
  const told = [...otherKinds, ...cycles.filter((cycle) => !retold.has(cycle)).map(({ kind }) => kind)];
  const impossible = new Set(modelsRuledOutBy(told));
  const isWrong = told.some((kind) => forbidden.has(kind));
  const says = (kind: string): boolean =>
    (!isWrong && forbidden.has(kind)) || modelsRuledOutBy([kind]).some((model) => !impossible.has(model));
  return cycles.filter((cycle) => !retold.has(cycle) || says(cycle.kind));
}

function whyUnknown(analysis: Analysis, request: Request, cycles: Cycles): string | null {
  const { transactions } = analysis;
  const unjudged = analysis.reportSessions === null ? [...request.ofSessions, ...request.inPart] : request.inPart;
  if (unjudged.length > 0) {
    return `nothing was found against ${[...new Set(unjudged)].join(', ')}, but that is not judged in full`;
  }
  const [first, ...more] = analysis.unjudged();
  if (first !== undefined)
    return more.length === 0 ? first : `${first}; the same of ${counted(more.length, 'key')} more`;
  const undecided = [...cycles.undecided].filter((kind) => request.forbidden.has(kind));
  if (undecided.length > 0) {
    return `whether there is ${undecided.join(', ')} was not decided: among ${cycles.largest} transactions that follow one another in circles, the search would have been too long`;
  }
  if (!transactions.writes.includes(0))
    return 'no committed transaction has read anything, so nothing shows what the others did';
  if (cycles.dependencies === 0)
    return 'no transaction has read or overwritten what another wrote, so nothing was put to the test';
  return null;
}

function countsOf({ count, outcomes: all, versions }: Transactions) {
  const of = (outcome: number): number => all.reduce((sum, each) => sum + (each === outcome ? 1 : 0), 0);
  return {
    transactions: count,
    ok: of(outcomes.ok),
    fail: of(outcomes.fail),
    info: of(outcomes.info),
    keys: versions.keyCount,
  };
}
