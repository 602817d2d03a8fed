import { UsageError } from './errors.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const longestDurationMs = 3_600_000_000;

/** A duration as users write it, in milliseconds: `5` and `5s` are seconds, `500ms`, `2m`, `1h`. `what` names it in errors. */
export function parseDurationMs(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const unit = unitsMs[match?.[2] ?? 's'];
  const durationMs = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (!(durationMs <= longestDurationMs)) {
    throw new UsageError('bad-duration', `${what}: ${JSON.stringify(text)} is not a duration`, {
      remedy: 'Write seconds (5), or a number with a unit: 500ms, 5s, 2m, 1h; at most 1000h.',
    });
  }
  return durationMs;
}
