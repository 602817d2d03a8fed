import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ChaosError } from '../../base/errors.ts';
import type { Model } from '../model.ts';
import type { ModelSource } from './messages.ts';

/** Makes a model from parameters; with `memory`, one that shares what it may with the model that has it. */
export type ModelFactory<Parameters, State, Action> = (
  parameters: Parameters,
  memory?: unknown,
) => Model<State, Action>;

/** A module of this package as threads can load it: compiled, whether or not what asks for it is. Throws `not-built`. */
export function builtModule(url: string): string {
  const built = url.replace(/^(.*)\/src\/([^?]*)\.ts(\?.*)?$/, '$1/dist/$2.js');
  if (existsSync(fileURLToPath(built))) return built;
  throw new ChaosError('not-built', `${built} is not there`, { remedy: 'Run `npm run build` first.' });
}

export async function loadModel(source: ModelSource, memory?: unknown): Promise<Model<unknown, unknown>> {
  const module = (await import(source.module)) as Readonly<Record<string, unknown>>;
  const factory = module[source.factory];
  if (typeof factory !== 'function') {
    throw new ChaosError('no-model', `${source.module} exports no function ${source.factory}`);
  }
  return (factory as ModelFactory<unknown, unknown, unknown>)(source.parameters, memory);
}
