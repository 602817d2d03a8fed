import { UsageError } from './errors.ts';

const unitsUs: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };

const longestUs = 1000 * 3600e6;

/** A duration as users write it, in milliseconds: `5` and `5s` are seconds, `500ms`, `2m`, `1h`. `what` names it in errors. */
export function parseDurationMs(text: string, what: string): number {
  return Math.round(parseDurationUs(text, what) / 1e3);
}

/** The same in microseconds. */
function parseDurationUs(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)?$/.exec(text.trim());
  const unit = unitsUs[match?.[2] ?? 's'];
  const durationUs = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (!(durationUs <= longestUs)) {
    throw new UsageError('bad-duration', `${what}: ${JSON.stringify(text)} is not a duration`, {
      remedy: 'Write seconds (5), or a number with a unit: 50us, 500ms, 5s, 2m, 1h; at most 1000h.',
    });
  }
  return durationUs;
}

export type Range = readonly [low: number, high: number];

/** A range of durations, `50us..2ms`, or one duration for both ends, in microseconds. */
export function parseDurationRangeUs(text: string, what: string): Range {
  const [lowText = '', highText = lowText, ...rest] = text.split('..');
  const range = [parseDurationUs(lowText, what), parseDurationUs(highText, what)] as const;
  if (rest.length === 0 && range[0] <= range[1]) return range;
  throw new UsageError('bad-duration', `${what}: ${JSON.stringify(text)} is not a range of durations`, {
    remedy: 'Write the shorter one first, and two points between: 50us..2ms.',
  });
}
