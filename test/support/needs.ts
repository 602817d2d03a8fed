import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connectEngine } from '../../src/cluster/docker/engine.ts';

/**
 * Tests against real things skip where these are absent, saying so; in CI (`CI=true`) they are to be there, and what is
 * missing is a failure. To be used as `describe.skipIf(!(await needsDocker()))(...)`.
 */
export async function needsDocker(): Promise<boolean> {
  try {
    await connectEngine();
    return true;
  } catch (thrown) {
    return missing(`no Docker engine: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

/** The path of a Chromium to be driven by playwright-core, from RAFT_CHAOS_CHROMIUM or the usual places; or false. */
export function needsChromium(): string | false {
  const asked = process.env['RAFT_CHAOS_CHROMIUM'];
  const places = asked ? [asked] : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((place) => existsSync(place)) ?? missing(`no chromium at ${places.join(', ')}`);
}

/** Whether redis-cli and redis-benchmark are there. */
export function needsRedisTools(): boolean {
  const lacking = ['redis-cli', 'redis-benchmark'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  return lacking.length === 0 || missing(`no ${lacking.join(', no ')}`);
}

/** The directory of histories with known verdicts, from RAFT_CHAOS_CORPUS or beside the checkout; or false. */
export function needsCorpus(): string | false {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const directory = process.env['RAFT_CHAOS_CORPUS'] || `${root}../shared/corpus`;
  return existsSync(`${directory}/manifest.jsonl`) ? directory : missing('no corpus');
}

/** The path of a Node of another major version, from the package `node` of the registry; or false. */
export function needsNode(version: string): string | false {
  const words = ['--yes', '--package', `node@${version}`, 'node', '-p', 'process.execPath'];
  const { stdout, stderr } = spawnSync('npx', words, { encoding: 'utf8', cwd: tmpdir() });
  const path = stdout?.trim() ?? '';
  return existsSync(path) ? path : missing(`no Node ${version} from the registry: ${stderr?.trim()}`);
}

/** Whether certificates can be made for the tests of TLS. */
export function needsOpenssl(): boolean {
  const { error } = spawnSync('openssl', ['version']);
  return error === undefined || missing(`no openssl: ${error.message}`);
}

function missing(what: string): false {
  if (process.env['CI'] === 'true') throw new Error(`${what}; in CI that is a failure`);
  process.stderr.write(`skipped: ${what}\n`);
  return false;
}
