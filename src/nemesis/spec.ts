import { UsageError } from '../base/errors.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import { kill } from './kill.ts';
import { membership } from './membership.ts';
import type { Nemesis, NemesisContext, NemesisKind } from './nemesis.ts';
import { network } from './network.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { scheduleOptions } from './schedule.ts';
import { transfer } from './transfer.ts';

export const nemesisKinds: readonly NemesisKind[] = [
  partition,
  pause,
  kill,
  power,
  network,
  disk,
  clock,
  membership,
  transfer,
];

/** Makes the nemesis that `spec` describes, e.g. `partition:shape=halves:every=10:for=5`. Throws a UsageError that says what there is. */
export function createNemesis(spec: string, context: NemesisContext): Nemesis {
  const [name = '', ...pairs] = spec.split(':');
  const kind = kindNamed(name);
  const known = { ...scheduleOptions, ...kind.options };
  const options = new Map<string, string>();
  for (const pair of pairs) {
    const [option, value] = splitOnce(pair, '=');
    if (!Object.hasOwn(known, option) || value === undefined) {
      throw new UsageError('bad-nemesis', `nemesis ${kind.name}: ${JSON.stringify(pair)} is not one of its options`, {
        remedy: `It takes ${Object.keys(known)
          .map((key) => `${key}=...`)
          .join(', ')}, separated by colons.`,
      });
    }
    options.set(option, value);
  }
  return kind.create(options, context);
}

/** Throws a UsageError that says what there is. */
export function kindNamed(name: string): NemesisKind {
  const kind = nemesisKinds.find((candidate) => candidate.name === name);
  if (kind !== undefined) return kind;
  throw new UsageError('unknown-nemesis', `there is no nemesis ${JSON.stringify(name)}`, {
    remedy: `There are: ${nemesisKinds.map((candidate) => candidate.name).join(', ')}; \`raft-chaos list nemeses\` explains them.`,
  });
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
