import { anomaliesJudgedInPart, anomalyNamed, sessionAnomalies, withImplying } from './anomalies.ts';
import { type Scope, scopes } from './cycle-classes.ts';
import { anomaliesRuledOutBy, consistencyModelNamed, modelsJudgedInPart, sessionModels } from './models.ts';

/** What a history is to be held against; strict serializability where neither is given. */
export interface TransactionOptions {
  /** Models by name, as `consistencyModelNames` lists them. */
  readonly consistencyModels?: readonly string[];
  /** Anomalies by name, as `anomalyNames` lists them. */
  readonly anomalies?: readonly string[];
}

/** The options, resolved. */
export interface Request {
  /** In words. */
  readonly asked: string;
  /** Anomalies that make a history invalid. */
  readonly forbidden: ReadonlySet<string>;
  /**
   * The scopes in which cycles are looked for, from the narrowest. The order within processes is part of that in time: alone it
   * is looked for only where a session model or a -process anomaly is named, so that an anomaly is told by the name that was
   * asked for.
   */
  readonly scopes: readonly Scope[];
  /** What was named of session guarantees, and what was named and is judged in part only. */
  readonly ofSessions: readonly string[];
  readonly inPart: readonly string[];
}

/** Throws a UsageError for a name that there is not. */
export function resolveRequest({ consistencyModels, anomalies }: TransactionOptions): Request {
  const isDefault = consistencyModels === undefined && anomalies === undefined;
  const models = (isDefault ? ['strong-serializable'] : (consistencyModels ?? [])).map(consistencyModelNamed);
  const names = (anomalies ?? []).map(anomalyNamed);
  const asked = new Set<Scope>(['data', ...models.map(scopeOfModel), ...names.map(scopeOfAnomaly)]);
  return {
    asked: [...models, ...names].join(', '),
    forbidden: new Set([...anomaliesRuledOutBy(models), ...withImplying(names)]),
    scopes: scopes.filter((scope) => asked.has(scope)),
    ofSessions: [
      ...models.filter((name) => sessionModels.includes(name) || modelsJudgedInPart.includes(name)),
      ...names.filter((name) => sessionAnomalies.includes(name)),
    ],
    inPart: [
      ...models.filter((name) => modelsJudgedInPart.includes(name)),
      ...names.filter((name) => anomaliesJudgedInPart.includes(name)),
    ],
  };
}

function scopeOfModel(name: string): Scope {
  if (name.startsWith('strong-session-')) return 'process';
  return name.startsWith('strong-') ? 'realtime' : 'data';
}

function scopeOfAnomaly(name: string): Scope {
  return scopes.find((scope) => name.endsWith(`-${scope}`)) ?? 'data';
}
