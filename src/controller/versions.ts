import { readFileSync } from 'node:fs';

/** The versions that a run was made with. */
export function versions(): Readonly<Record<string, string>> {
  return { 'raft-chaos': packageVersion(), node: process.version, platform: `${process.platform} ${process.arch}` };
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
