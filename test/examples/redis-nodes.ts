import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeAddresses } from '../../examples/addresses.ts';

export const dist = join(import.meta.dirname, '../../dist');
const names = ['n1', 'n2', 'n3'] as const;
export type Name = (typeof names)[number];

/** Three nodes of examples/redis-kv, each a process of its own with a directory of its own. */
export class RedisNodes {
  readonly names = names;
  readonly #directory = mkdtempSync(join(tmpdir(), 'redis-kv-test-'));
  readonly #processes = new Map<Name, ChildProcess>();
  readonly #peers: readonly string[];
  readonly #clients: readonly string[];

  static async start(): Promise<RedisNodes> {
    const addresses = await freeAddresses(2 * names.length);
    const nodes = new RedisNodes(addresses.slice(0, names.length), addresses.slice(names.length));
    await Promise.all(names.map((name) => nodes.start(name)));
    return nodes;
  }

  private constructor(peers: readonly string[], clients: readonly string[]) {
    this.#peers = peers;
    this.#clients = clients;
  }

  async start(name: Name): Promise<void> {
    const words = [
      ...['--id', name, '--data', join(this.#directory, name), '--listen', this.#clients[names.indexOf(name)] ?? ''],
      ...['--peers', names.map((peer, place) => `${peer}=${this.#peers[place]}`).join(',')],
      ...['--snapshot-every', '300', '--command-timeout', '4000'],
      // Longer than usual: a busy machine must not make a leader out of two.
      ...['--election-timeout', '1000..2000', '--heartbeat', '200'],
    ];
    const child = spawn(process.execPath, [join(dist, 'examples/redis-kv/server.js'), ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#processes.set(name, child);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk;
        if (said.includes('is ready')) resolve();
      });
      child.on('exit', () => reject(new Error(`${name} ended: ${said}`)));
    });
  }

  async end(name: Name, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#processes.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    child.kill(signal);
    return new Promise((resolve) => child.on('exit', resolve));
  }

  port(name: Name): number {
    return Number(this.#clients[names.indexOf(name)]?.split(':')[1]);
  }

  /** What redis-cli prints of one command. */
  cli(name: Name, ...words: string[]): Promise<string> {
    return tool('redis-cli', ['-p', String(this.port(name)), ...words]);
  }

  benchmark(name: Name, ...words: string[]): Promise<string> {
    return tool('redis-benchmark', ['-p', String(this.port(name)), ...words]);
  }

  /** All that a node answers to these pieces, which are sent one after the other, until as many bytes have come. */
  exchange(name: Name, pieces: readonly string[], replyBytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
      let reply = '';
      const socket = connect({ port: this.port(name), host: '127.0.0.1' }, async () => {
        for (const piece of pieces) {
          socket.write(piece, 'latin1');
          await sleep(1);
        }
      });
      socket.setEncoding('latin1').on('data', (text: string) => {
        reply += text;
        if (reply.length >= replyBytes) socket.end();
      });
      socket.on('close', () => resolve(reply));
      socket.on('error', reject);
    });
  }

  async leader(): Promise<Name> {
    for (;;) {
      for (const name of names) {
        const info = await this.cli(name, 'INFO', 'raft').catch(() => '');
        if (info.includes('raft_role:leader')) return name;
      }
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(names.map((name) => this.end(name, 'SIGKILL')));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function tool(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trimEnd());
      else reject(new Error(`${program} ${words.join(' ')}: ${stderr || error.message}`));
    });
  });
}
