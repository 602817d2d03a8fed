import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nemesisKinds } from '../../src/nemesis/spec.ts';
import { reachableFrom, sourceOf } from '../support/modules.ts';

/** Everything that a simulated history comes from. */
const simulated = reachableFrom(['controller/run.ts', 'cluster/sim/sim-cluster.ts', 'history/writer.ts']);

/** What touches the real world on purpose, and why it may. */
const exceptions: Readonly<Record<string, string>> = {
  'base/memory/clock.ts': 'lets promise continuations run',
  'cluster/sim/collect.ts': 'writes the logs when the run is over',
};

describe('nothing of the real world reaches a simulation', () => {
  const bans: readonly (readonly [what: string, pattern: RegExp])[] = [
    ['I/O', /from 'node:/],
    ['real time', /\bDate\b(?!\.UTC\()|\bperformance\.|process\.hrtime/],
    ['a real timer', /\bset(Timeout|Interval|Immediate)\b|queueMicrotask|nextTick/],
    ['randomness of its own', /Math\.random|crypto\b/],
    [
      'a function whose last bit may differ',
      /Math\.(?!(floor|ceil|round|trunc|min|max|abs|sqrt|imul|clz32|random)\b)|\*\*/,
    ],
    ['a package that has not been looked at', /from '(?!node:|\.{1,2}\/|pure-rand\/)/],
    ['an order that depends on the language', /localeCompare|toLocale|Intl\./],
  ];

  it('is made of what it should be made of', () => {
    for (const file of ['node/node.ts', 'raft/driver.ts', 'raft/storage/file-storage.ts', 'nemesis/disk.ts']) {
      expect(simulated).toContain(file);
    }
    expect(Object.keys(exceptions).filter((file) => !simulated.includes(file))).toEqual([]);
  });

  it.each(simulated.filter((file) => exceptions[file] === undefined))('%s', (file) => {
    const text = sourceOf(file);
    expect(bans.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)).toEqual([]);
  });

  it.each([
    ["from 'node:fs'", 'I/O'],
    ['Date.now()', 'real time'],
    ['new Date()', 'real time'],
    ['setTimeout(f)', 'a real timer'],
    ['process.nextTick(f)', 'a real timer'],
    ['Math.random()', 'randomness of its own'],
    ['crypto.getRandomValues(a)', 'randomness of its own'],
    ['Math.atan2(1, 2)', 'a function whose last bit may differ'],
    ['Math.log(x)', 'a function whose last bit may differ'],
    ['2 ** x', 'a function whose last bit may differ'],
    ["from 'lodash'", 'a package that has not been looked at'],
    ['a.localeCompare(b)', 'an order that depends on the language'],
  ])('sees %s', (sample, ban) => {
    expect(bans.filter(([, pattern]) => pattern.test(sample)).map(([what]) => what)).toEqual([ban]);
  });
});

describe('a run with the real world trapped', () => {
  const trapped = (...words: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'trapped-run.mjs'), ...words], { encoding: 'utf8' });
  const every = nemesisKinds.map(({ name }) => `${name}:every=6:for=3`).join(',');

  it('goes through under every fault, twice the same', () => {
    const [first, second] = [trapped('7', every), trapped('7', every)];
    expect(first.stdout, first.stderr).toMatch(/^[0-9a-f]{64}\n$/);
    expect(second.stdout).toBe(first.stdout);
    expect(trapped('8', every).stdout).not.toBe(first.stdout);
  });

  it.each(['now', 'random', 'getRandomValues', 'setTimeout', 'nextTick', 'readFileSync', 'Date'])(
    'fails where a node that is started again calls %s, though the node only seems to die of it',
    (name) => {
      const { stdout, status } = trapped('7', every, name);
      expect(stdout).toContain(`${name} was called inside the simulation`);
      expect(status).toBe(1);
    },
  );
});

describe('the program in the simulation is the one in the containers', () => {
  const container = reachableFrom(['node/main.ts']);

  it('but for the ports', () => {
    const ofNode = (files: readonly string[]) =>
      files.filter((file) => /^(node|raft)\//.test(file) && file !== 'node/main.ts').sort();
    const used = ofNode(container);
    expect(used.length).toBeGreaterThan(30);
    expect(ofNode(simulated)).toEqual(expect.arrayContaining(used));
    const others = container.filter((file) => !simulated.includes(file));
    expect(others.filter((file) => !file.startsWith('base/real/'))).toEqual(['node/main.ts']);
  });

  it('which it knows nothing of', () => {
    const ports = container.filter((file) => /^(node|raft)\//.test(file) && file !== 'node/main.ts');
    const knowing = ports.filter((file) => /base\/(memory|real)\//.test(sourceOf(file)));
    // The library's entry point offers the real ports to whoever builds on it.
    expect(knowing.filter((file) => file !== 'raft/index.ts')).toEqual([]);
  });
});
