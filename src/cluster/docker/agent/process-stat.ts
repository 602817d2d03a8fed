/** What is used here of a process's `/proc/PID/stat`. */
export interface ProcessStat {
  /** The kernel's letter: R, S, D, T, Z, ... */
  readonly state: string;
  /** 0 where the parent is outside of the reader's process namespace. */
  readonly parent: number;
  /** When it started, in clock ticks since the host's boot; with the process number it names one process for good. */
  readonly startedTicks: string;
}

/** Null for a text that is no `stat`. */
export function parseStat(text: string): ProcessStat | null {
  // The second field is the name in parentheses and may hold anything; state is the 3rd field, start time the 22nd.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startedTicks = fields[19];
  if (state === undefined || parent === undefined || startedTicks === undefined) return null;
  return { state, parent: Number(parent), startedTicks };
}
