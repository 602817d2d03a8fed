import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { ChaosError } from '../../base/errors.ts';
import { engineMessage, engineStatus, workDone } from './engine.ts';

/** What the images are built on: any image with Node.js and, for the agent, nft or apt-get to install it. */
export interface BaseImage {
  readonly reference: string;
  readonly id: string;
}

/**
 * The base named in RAFT_CHAOS_BASE_IMAGE; or else the default, from the engine or from a registry; or else one assembled
 * here from Debian packages. What the engine has is taken without asking a registry. Rejects with `no-base-image`.
 */
export async function baseImage(
  docker: Docker,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<BaseImage> {
  const asked = environment['RAFT_CHAOS_BASE_IMAGE'];
  if (asked) {
    const present = await findImage(docker, asked);
    if (present !== null) return present;
    const failure = await pull(docker, asked);
    if (failure !== null) throw notPulled(asked, failure);
    return existing(docker, asked);
  }
  const assembled = assembledReference();
  const present = (await findImage(docker, defaultBase)) ?? (await findImage(docker, assembled));
  if (present !== null) return present;
  const failure = await pull(docker, defaultBase);
  if (failure === null) return existing(docker, defaultBase);
  say(`no registry has ${defaultBase} for this engine (${failure}): assembling a base image with mmdebstrap`);
  await assemble(docker, assembled, failure);
  return existing(docker, assembled);
}

/** The image, or null where the engine has none of that name. */
export async function findImage(docker: Docker, reference: string): Promise<BaseImage | null> {
  try {
    return { reference, id: (await docker.getImage(reference).inspect()).Id };
  } catch (thrown) {
    if (engineStatus(thrown) === 404) return null;
    throw thrown;
  }
}

const defaultBase = 'node:22-bookworm-slim';
const suite = 'bookworm';
/** libstdc++6 is what the Node.js binary links to beyond the C library; nftables and iproute2 are the agent's tools. */
const packages = ['libstdc++6', 'nftables', 'iproute2'];
/** Until the registry has begun to answer: a name that does not resolve fails at once, a silent firewall does not. */
const registryAnswerMs = 20_000;

function assembledReference(): string {
  const recipe = JSON.stringify([suite, packages, process.version, process.arch]);
  return `raft-chaos-base:${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`;
}

async function existing(docker: Docker, reference: string): Promise<BaseImage> {
  const image = await findImage(docker, reference);
  if (image === null) throw new ChaosError('no-base-image', `the engine has lost the image ${reference}`);
  return image;
}

/** Why it could not be pulled, or null when it was. */
async function pull(docker: Docker, reference: string): Promise<string | null> {
  const patience = new AbortController();
  const timeout = setTimeout(() => patience.abort(), registryAnswerMs);
  try {
    const progress = await docker.pull(reference, { abortSignal: patience.signal });
    clearTimeout(timeout);
    await workDone(docker, progress);
    return null;
  } catch (thrown) {
    return patience.signal.aborted ? `no answer within ${registryAnswerMs / 1000} s` : engineMessage(thrown);
  } finally {
    clearTimeout(timeout);
  }
}

function notPulled(reference: string, failure: string): ChaosError {
  return new ChaosError('no-base-image', `the base image ${reference} cannot be pulled: ${failure}`, {
    remedy: 'correct or unset RAFT_CHAOS_BASE_IMAGE, or load the image into the engine with `docker load`',
  });
}

/** A minimal Debian with the Node.js that runs here, imported as one layer. Takes some 20 s. */
async function assemble(docker: Docker, reference: string, pullFailure: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'raft-chaos-base-'));
  const archive = join(directory, 'base.tar');
  try {
    const failure = await run('mmdebstrap', [
      '--quiet',
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      `--customize-hook=upload '${await realpath(process.execPath)}' /usr/local/bin/node`,
      '--customize-hook=chmod 755 "$1/usr/local/bin/node"',
      // A binary that needs libraries which are not in the image fails here, not in every node.
      '--customize-hook=chroot "$1" node --version >/dev/null',
      suite,
      archive,
    ]);
    if (failure !== null) throw notAssembled(failure, pullFailure);
    const [repository, tag] = reference.split(':') as [string, string];
    const progress = await docker.importImage(createReadStream(archive) as unknown as string, {
      repo: repository,
      tag,
      changes: 'LABEL raft-chaos.image=base',
    });
    await workDone(docker, progress);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the command failed with, or null when it succeeded. */
function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => {
      const lastLines = errors.trim().split('\n').slice(-3).join('; ');
      resolve(status === 0 ? null : `${command} ended with status ${status}: ${lastLines}`);
    });
  });
}

function notAssembled(failure: string, pullFailure: string): ChaosError {
  return new ChaosError(
    'no-base-image',
    `no base image: ${defaultBase} cannot be pulled (${pullFailure}), nor one assembled (${failure})`,
    {
      remedy:
        'give the engine a registry; or install mmdebstrap (apt-get install mmdebstrap) where a Debian mirror can be ' +
        `reached; or load ${defaultBase} with \`docker load\`; or name an image with Node.js in RAFT_CHAOS_BASE_IMAGE`,
    },
  );
}
