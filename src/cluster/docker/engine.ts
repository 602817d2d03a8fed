import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { ChaosError } from '../../base/errors.ts';

/** A Docker engine that has answered. */
export interface Engine {
  readonly docker: Docker;
  readonly version: string;
  readonly apiVersion: string;
  readonly kernel: string;
  /** Where it was reached, as DOCKER_HOST has it. */
  readonly address: string;
}

/**
 * Asks the engine itself, not its client, whether it is there: the one of DOCKER_HOST, or else of the usual sockets.
 * Rejects with `no-engine`, or `unsuitable-engine` where it does not run Linux containers.
 */
export async function connectEngine(): Promise<Engine> {
  const address = engineAddress();
  try {
    const { default: Dockerode } = await import('dockerode');
    const docker = new Dockerode();
    const version = await withinMs(answerMs, docker.version());
    if (version.Os !== 'linux') {
      throw new ChaosError('unsuitable-engine', `the Docker engine at ${address} runs ${version.Os} containers`, {
        remedy: 'switch the engine to Linux containers',
      });
    }
    const { Version, ApiVersion, KernelVersion } = version;
    return { docker, version: Version, apiVersion: ApiVersion, kernel: KernelVersion ?? 'unknown', address };
  } catch (thrown) {
    if (thrown instanceof ChaosError) throw thrown;
    throw noEngine(address, thrown);
  }
}

/** What an engine's refusal says, without the client's preamble `(HTTP code 403) unexpected - `. */
export function engineMessage(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/^\(HTTP code \d+\)[^-]*- /, '').trim();
}

/** The HTTP status that the engine refused with, or null where it was no refusal. */
export function engineStatus(thrown: unknown): number | null {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/**
 * Waits for the end of work that the engine reports on as it goes: pulling, importing, building. Rejects with what the
 * report says went wrong, and the last of what was printed before, which the status of the response does not tell.
 */
export function workDone(docker: Docker, report: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(report, (failure, lines: readonly { error?: string; stream?: string }[]) => {
      const error = failure?.message ?? lines.find((line) => line.error !== undefined)?.error;
      if (error === undefined) return resolve();
      const printed = lines.map((line) => line.stream ?? '').join('');
      const tail = printed.trim().split('\n').slice(-3).join('; ');
      reject(new Error(tail === '' ? error : `${error} (${tail})`));
    });
  });
}

/** testcontainers with what it takes to run without a registry. It costs some 0.3 s to load, so only when needed. */
export function loadTestcontainers(): Promise<typeof import('testcontainers')> {
  // Its reaper is an image to be pulled; what we leave behind is found by our own labels.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  // Inside a container it would find out the host's address by running another image; we use no address of its.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = 'localhost';
  return import('testcontainers');
}

const answerMs = 5_000;

/** Also makes the process use the address, so that dockerode and testcontainers speak to the same engine. */
function engineAddress(): string {
  const asked = process.env['DOCKER_HOST'];
  if (asked !== undefined && asked !== '') return asked;
  const runtimeDirectory = process.env['XDG_RUNTIME_DIR'];
  const sockets = [
    '/var/run/docker.sock',
    ...(runtimeDirectory === undefined ? [] : [join(runtimeDirectory, 'docker.sock')]),
    join(homedir(), '.docker', 'run', 'docker.sock'),
  ];
  const found = sockets.find((socket) => existsSync(socket));
  const address = `unix://${found ?? sockets[0]}`;
  if (found !== undefined) process.env['DOCKER_HOST'] = address;
  return address;
}

function noEngine(address: string, cause: unknown): ChaosError {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === 'EACCES') {
    return new ChaosError('no-engine', `this user may not speak to the Docker engine at ${address}`, {
      remedy: 'run as root, or join the group that owns the socket (usermod -aG docker USER, then log in again)',
      cause,
    });
  }
  return new ChaosError('no-engine', `no Docker engine answers at ${address}: ${engineMessage(cause)}`, {
    remedy:
      'start one: on Debian or Ubuntu `apt-get install docker.io mmdebstrap`, then `systemctl start docker` or, without ' +
      'systemd, `dockerd &`; elsewhere see docs.docker.com/engine/install; DOCKER_HOST names an engine at another ' +
      'address',
    cause,
  });
}

async function withinMs<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timeout);
  }
}
