import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { RegisterOptions } from '../checker/elle/check.ts';
import type { InvariantOptions } from '../checker/invariants/named.ts';
import type { Semantics } from '../checker/linearizability/model.ts';
import type { JudgeRequest } from '../controller/named-checkers.ts';
import { readLogPatterns } from '../controller/stored-logs.ts';
import { parseEdn } from '../history/edn.ts';
import { EdnError } from '../history/edn-values.ts';
import type { HistoryFormat } from '../history/format.ts';

/** The options of `check` as commander hands them over: texts. */
export interface CheckArguments {
  readonly checker?: string;
  readonly model?: string;
  readonly format: HistoryFormat | 'auto';
  readonly initial?: string;
  readonly nilRead?: 'absent' | 'unknown';
  readonly failedCas?: 'value-differed' | 'never-happened';
  readonly groupSize?: string;
  readonly totalAmount?: string;
  readonly negativeBalances?: boolean;
  readonly atLeastOnce?: boolean;
  readonly logPatterns?: string;
  readonly consistencyModels?: string;
  readonly anomalies?: string;
  readonly wfrKeys?: boolean;
  readonly sequentialKeys?: boolean;
  readonly linearizableKeys?: boolean;
  readonly memory?: string;
  readonly time?: string;
  readonly json?: boolean;
}

/** Whether a stored run is to be judged by other means than its own. */
export function asksForOther(given: CheckArguments): boolean {
  const { checker, model, initial, nilRead, failedCas, groupSize, totalAmount, negativeBalances, atLeastOnce } = given;
  const asked = [checker, model, initial, nilRead, failedCas, groupSize, totalAmount, negativeBalances, atLeastOnce];
  return transactionsOf(given) !== undefined || asked.some((option) => option !== undefined);
}

/** Resolves what is to be judged how; all but the format, which may depend on the file. Throws a UsageError. */
export function resolveCheckOptions(given: CheckArguments): Omit<JudgeRequest, 'format'> {
  const { checker, model, memory, time } = given;
  const transactions = transactionsOf(given);
  return {
    ...(checker === undefined ? {} : { checker }),
    ...(model === undefined ? {} : { model }),
    semantics: semanticsOf(given),
    invariants: invariantOptions(given),
    ...(given.logPatterns === undefined ? {} : { logPatterns: readLogPatterns(given.logPatterns) }),
    ...(transactions === undefined ? {} : { transactions }),
    ...(memory === undefined ? {} : { memoryBytes: memoryBytes(memory) }),
    ...(time === undefined ? {} : { timeMs: parseDurationMs(time, '--time') }),
  };
}

function semanticsOf({ initial, nilRead, failedCas }: CheckArguments): Partial<Semantics> {
  return {
    ...(initial === undefined ? {} : { initial: valueOfText(initial) }),
    ...(nilRead === undefined ? {} : { nilRead }),
    ...(failedCas === undefined ? {} : { failedCas }),
  };
}

function invariantOptions({ groupSize, totalAmount, negativeBalances, atLeastOnce }: CheckArguments): InvariantOptions {
  return {
    ...(groupSize === undefined ? {} : { groupSize: wholeNumber(groupSize, '--group-size', 2) }),
    ...(totalAmount === undefined ? {} : { total: wholeNumber(totalAmount, '--total-amount', 0) }),
    ...(negativeBalances === undefined ? {} : { negativeBalances }),
    ...(atLeastOnce === undefined ? {} : { atLeastOnce }),
  };
}

function wholeNumber(text: string, option: string, least: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError('bad-option', `${option} ${JSON.stringify(text)}: expected a whole number from ${least} on`, {
    remedy: `Give a whole number, such as ${option} ${Math.max(least, 3)}.`,
  });
}

/** What concerns transactions only; undefined where nothing of it is given. */
function transactionsOf(given: CheckArguments): RegisterOptions | undefined {
  const { consistencyModels, anomalies, wfrKeys, sequentialKeys, linearizableKeys } = given;
  const options = {
    ...(consistencyModels === undefined ? {} : { consistencyModels: namesIn(consistencyModels) }),
    ...(anomalies === undefined ? {} : { anomalies: namesIn(anomalies) }),
    ...(wfrKeys ? { writesFollowReads: true } : {}),
    ...(sequentialKeys ? { sequentialKeys: true } : {}),
    ...(linearizableKeys ? { linearizableKeys: true } : {}),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/** `A,B`. */
function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A value as EDN or JSON write it, or else a text as it stands: `0`, `nil`, `null`, `"0"`, `abc`. */
function valueOfText(text: string): unknown {
  if (text === 'null') return null;
  try {
    return parseEdn(text);
  } catch (thrown) {
    if (thrown instanceof EdnError) return text;
    throw thrown;
  }
}

/** `1000000`, `512M` or `2G`. */
export function memoryBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kMG]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * ({ k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit] ?? 1);
  if (bytes > 0) return bytes;
  throw new UsageError('bad-option', `--memory ${JSON.stringify(text)}: expected a number of bytes above 0`, {
    remedy: 'Give bytes, such as 1000000000, or with a unit, such as 512M or 2G.',
  });
}
