import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChaosError } from '../../base/errors.ts';
import type { NodeImage } from './programs/program.ts';

/** What an image is built from: the content of each file by its path, the Dockerfile among them. */
export type BuildContext = ReadonlyMap<string, Buffer>;

/** The root of this package, from the sources as from the compiled program. */
const packageDirectory = fileURLToPath(new URL('../../../', import.meta.url));
export const builtDirectory = join(packageDirectory, 'dist');

/** The compiled program of the nodes below `dist`, and pure-rand. Rejects with `not-built` where there is none. */
export async function nodeContext(
  dist: string,
  { dockerfile, program, directories }: NodeImage,
): Promise<BuildContext> {
  if (!existsSync(join(dist, program))) throw notBuilt(program);
  // The package has no root to resolve, only its manifest.
  const pureRand = dirname(createRequire(import.meta.url).resolve('pure-rand/package.json'));
  return new Map([
    ['Dockerfile', await readFile(join(packageDirectory, 'node-image', dockerfile))],
    ['package.json', moduleManifest],
    ...(await programFiles(dist, directories)),
    ...(await filesBelow(pureRand, 'node_modules/pure-rand', /\.(js|json)$/)),
  ]);
}

/** The compiled agent program. Rejects with `not-built` where there is none. */
export async function agentContext(dist: string): Promise<BuildContext> {
  if (!existsSync(join(dist, 'cluster', 'docker', 'agent', 'main.js'))) throw notBuilt('cluster/docker/agent/main.js');
  return new Map([
    ['Dockerfile', await readFile(join(packageDirectory, 'node-image', 'agent.Dockerfile'))],
    ['package.json', moduleManifest],
    ...(await programFiles(dist, ['base', 'cluster/docker/agent'])),
  ]);
}

/** Equal for equal content and base, and for nothing else. */
export function contextDigest(context: BuildContext, baseId: string): string {
  const hash = createHash('sha256').update(`${baseId}\n`);
  for (const path of [...context.keys()].sort()) {
    const content = context.get(path) as Buffer;
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Runs `use` with the context written to a directory that is gone afterwards. */
export async function withContextDirectory<T>(context: BuildContext, use: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'raft-chaos-image-'));
  try {
    for (const [path, content] of context) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** With the name by which the examples import the library. */
const moduleManifest = Buffer.from(
  '{"name":"raft-chaos","type":"module","exports":{"./raft":"./dist/raft/index.js"}}\n',
);

async function programFiles(dist: string, directories: readonly string[]): Promise<[string, Buffer][]> {
  const found = directories
    .filter((directory) => existsSync(join(dist, directory)))
    .map((directory) => filesBelow(join(dist, directory), `dist/${directory}`, /\.m?js$/));
  return (await Promise.all(found)).flat();
}

async function filesBelow(directory: string, pathInContext: string, names: RegExp): Promise<[string, Buffer][]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && names.test(entry.name));
  return Promise.all(
    files.map(async (file): Promise<[string, Buffer]> => {
      const path = join(file.parentPath, file.name);
      return [join(pathInContext, path.slice(directory.length)), await readFile(path)];
    }),
  );
}

export function notBuilt(program: string): ChaosError {
  return new ChaosError('not-built', `the compiled program ${program} is missing`, {
    remedy: 'build it: npm run build',
  });
}
