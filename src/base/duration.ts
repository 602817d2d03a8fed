import { UsageError } from './errors.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as users write it, in milliseconds: `5` and `5s` are seconds, `500ms`, `2m`, `1h`. `what` names it in errors. */
export function parseDurationMs(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const unit = unitsMs[match?.[2] ?? 's'];
  if (match === null || unit === undefined) {
    throw new UsageError('bad-duration', `${what}: ${JSON.stringify(text)} is not a duration`, {
      remedy: 'Write seconds (5), or a number with a unit: 500ms, 5s, 2m, 1h.',
    });
  }
  return Math.round(Number(match[1]) * unit);
}
