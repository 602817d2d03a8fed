import { Findings } from './findings.ts';
import type { Anomaly, CheckerResult } from './verdict.ts';
import { counted } from './words.ts';

/** What a node printed or logged. */
export interface NodeLog {
  readonly node: string;
  /** The name of the file, or of the stream: `stdout`. */
  readonly source: string;
  readonly lines: Iterable<string>;
}

/** A line that should not be in a log. Plain data, so that patterns can be kept in a file. */
export interface LogPattern {
  /** The kind of the anomaly: `crash`, `assertion`, ... */
  readonly kind: string;
  /** A regular expression that a line matches somewhere. */
  readonly pattern: string;
  /** A regular expression for lines that are fine, though they match. */
  readonly except?: string;
}

/** What programs of any kind write when they end otherwise than they should. */
export const crashPatterns: readonly LogPattern[] = [
  { kind: 'crash', pattern: String.raw`\bpanic(ked)?\b(:| at )|^thread '.*' panicked` },
  { kind: 'crash', pattern: String.raw`\b(SIGSEGV|SIGABRT|SIGBUS|[Ss]egmentation fault|core dumped)\b` },
  { kind: 'crash', pattern: String.raw`^\s*(Uncaught|Unhandled) |unhandledRejection|Unhandled exception` },
  { kind: 'out-of-memory', pattern: 'OutOfMemoryError|[Oo]ut of memory|heap limit|std::bad_alloc' },
  { kind: 'assertion', pattern: String.raw`\bAssertion(Error| failed|Failed)|\bassertion failed|INVARIANT` },
  { kind: 'corruption', pattern: String.raw`\b(data|log|WAL|snapshot) (is )?corrupt(ed)?\b|[Cc]hecksum mismatch` },
];

const longestLine = 300;

/** Looks through the logs of all nodes, line by line, for what should not be there. Throws where a pattern is none. */
export function checkLogs(logs: Iterable<NodeLog>, patterns: readonly LogPattern[] = crashPatterns): CheckerResult {
  const compiled = patterns.map(({ kind, pattern, except }) => ({
    kind,
    pattern: new RegExp(pattern, 'u'),
    except: except === undefined ? null : new RegExp(except, 'u'),
  }));
  const findings = new Findings();
  let lines = 0;
  let sources = 0;
  for (const log of logs) {
    sources++;
    let number = 0;
    for (const line of log.lines) {
      number++;
      // One anomaly a line: what matches it first names it.
      const match = compiled.find(({ pattern, except }) => pattern.test(line) && except?.test(line) !== true);
      if (match !== undefined) findings.add(match.kind, () => anomalyOf(log, number, line));
    }
    lines += number;
  }
  const stats = { logs: sources, lines, ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `log lines: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (lines === 0) return { valid: 'unknown', reason: 'no node has logged anything', anomalies: [], stats };
  const reason = `nothing of note in ${counted(lines, 'line')} of ${counted(sources, 'log')}`;
  return { valid: true, reason, anomalies: [], stats };
}

function anomalyOf({ node, source }: NodeLog, number: number, line: string): Omit<Anomaly, 'kind'> {
  const text = line.trim();
  const shown = text.length > longestLine ? `${text.slice(0, longestLine)}...` : text;
  return {
    sentence: `${node} wrote in line ${number} of ${source}: ${shown}`,
    operations: [],
    nodes: [node],
    details: { source, line: number, text: shown },
  };
}
