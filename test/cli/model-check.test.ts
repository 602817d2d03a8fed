import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, start, withDirectory } from './command-line.ts';

const check = (...words: string[]) => run(['model', 'check', ...words]);

describe('model check', () => {
  it('finds nothing wrong with the core up to a depth, shows its examples, and says how far it has seen', async () => {
    const { status, stdout, stderr } = await check('--nodes', '3', '--depth', '8');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Done\. states=\d+, unique=\d+, depth=8, sec=/);
    expect(stdout).toContain('Every state up to depth 8 has been seen; longer paths have not.');
    expect(stdout).toMatch(/Discovered "Election Liveness" example Path\[5\]:\n- n\d: election time-out\n/);
    expect(stdout).toMatch(/Fingerprint path: [0-9a-f]{16}(\/[0-9a-f]{16}){5}\n/);
    expect(stdout).toContain('Leader Completeness: no counterexample so far');
    expect(stderr).not.toContain('Discovered');
  });

  it('shows a counterexample, draws it, and exits with 1', async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'two-votes.svg');
      const { status, stdout } = await check('--mutant', 'two-votes', '--diagram', file);
      expect(status).toBe(1);
      expect(stdout).toContain('Discovered "Election Safety" counterexample Path[6]:');
      expect(stdout).toContain('The driver of the library has replayed these paths');
      expect(readFileSync(file, 'utf8')).toContain('Election Safety: counterexample');
    });
  });

  it('refuses a diagram that cannot be written before it searches', async () => {
    const { status, stdout, stderr } = await check('--mutant', 'two-votes', '--diagram', '/nonexistent/x.svg');
    expect([status, stdout]).toEqual([255, '']);
    expect(stderr).toContain('the diagram /nonexistent/x.svg');
  });

  it('exits with 1 for a counterexample whose diagram cannot be written in the end', async () => {
    const { status, stdout, stderr } = await check('--mutant', 'two-votes', '--diagram', '/dev/full');
    expect(stdout).toContain('Discovered "Election Safety" counterexample');
    expect(stderr).toContain('the diagram /dev/full');
    expect(status).toBe(1);
  });

  it('leaves no file behind where there is nothing to draw', async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'none.svg');
      const { status, stderr } = await check('--depth', '2', '--diagram', file);
      expect(status).toBe(0);
      expect(stderr).toContain('there is no path to draw');
      expect(existsSync(file)).toBe(false);
    });
  });

  it('warns where a search was too short to show what its properties are about', async () => {
    const short = await check('--depth', '6', '--json');
    expect(short.status).toBe(0);
    expect(short.stderr).toContain(
      'no example of Log Liveness up to this depth: properties of what it shows say little; try a greater --depth',
    );
    expect(short.stderr).not.toContain('no example of Election Liveness');
    expect(JSON.parse(short.stdout).withoutExample).toContain('Log Liveness');
    const violated = await check('--mutant', 'two-votes', '--json');
    expect(violated.stderr).not.toContain('no example of');
    expect(JSON.parse(violated.stdout).withoutExample).toEqual([]);
  });

  it('prints one JSON document, with paths as data', async () => {
    const { status, stdout } = await check('--mutant', 'vote-not-kept', '--json');
    expect(status).toBe(1);
    const report = JSON.parse(stdout);
    const found = report.properties.find((property: { outcome: string }) => property.outcome === 'violated');
    expect(found).toMatchObject({ name: 'Election Safety', expectation: 'always' });
    expect(found.path.fingerprints).toHaveLength(found.path.steps.length + 1);
    expect(found.path.steps[0]).toMatchObject({ words: 'n1: election time-out', kind: 'timeout', lifeline: 0 });
  });

  it('sees the members change, up to the end of the scope', async () => {
    const scope = ['--nodes', '2', '--members', '1', '--change', 'n2', '--broadcasts', '0', '--depth', 'none'];
    const { status, stdout } = await check(...scope);
    expect(status).toBe(0);
    expect(stdout).toContain('Every state within the scope has been seen.');
    expect(stdout).toMatch(/Discovered "Membership Changed" example/);
    expect(stdout).toContain('is asked to change the members to n2');
  });

  it('says that everything has been seen where it has', async () => {
    const { status, stdout } = await check('--model', 'two-phase-commit', '--nodes', '3');
    expect(status).toBe(0);
    expect(stdout).toMatch(/unique=288,/);
    expect(stdout).toContain('Every state within the scope has been seen.\nConsistency: holds');
  });

  it('exits with 2 where the limit of time came before the depth', async () => {
    const { status, stdout } = await check('--depth', '40', '--time', '1');
    expect(status).toBe(2);
    expect(stdout).toMatch(/Cut by the limit of time\. Every state up to depth \d+ has been seen\./);
  });

  it('exits with 2 where a depth-first search was cut, which has seen no depth completely', async () => {
    const { status, stdout } = await check('--search', 'dfs', '--depth', '6');
    expect(status).toBe(2);
    expect(stdout).toContain('Cut at depth 6: no depth has been seen completely.');
  });

  it('walks at random as often as it is told', async () => {
    const { status, stdout } = await check('--search', 'simulation', '--walks', '200', '--seed', '3');
    expect(status).toBe(0);
    expect(stdout).toContain('200 walks at random');
  });

  it("has raft-lite's nondeterminism, and the properties of its model", async () => {
    const { status, stdout } = await check('--compat', 'raft-lite', '--depth', '8', '--json');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.properties.map(({ name }: { name: string }) => name)).toEqual([
      'Election Liveness',
      'Log Liveness',
      'Delivered In Order',
      'No Broken Invariant',
      'Election Safety',
      'State Machine Safety',
    ]);
  });

  it.each(['1', '2'])('tells at the first Ctrl-C what it has found so far, with %s workers', async (workers) => {
    const running = start(['model', 'check', '--depth', 'none', '--workers', workers]);
    await running.saying('Checking.');
    running.kill('SIGINT');
    const { status, stdout } = await running.finished;
    expect(status).toBe(2);
    expect(stdout).toContain('Interrupted.');
  });

  it.each([
    [['--mutant', 'nothing'], 'there is no such mutant'],
    [['--depth', '0'], '--depth "0"'],
    [['--nodes', 'x'], '--nodes "x"'],
    [['--network', 'pigeons'], 'pigeons'],
    [['--model', 'two-phase-commit', '--crashes', '1'], 'takes only --nodes and --symmetry'],
    [['--model', 'two-phase-commit', '--diagram', 'x.svg'], 'no actors to draw'],
    [['--memory', 'much'], '--memory "much"'],
    [['--compat', 'raft-lite', '--crashes', '9', '--reads', '5', '--lossy'], '--lossy, --reads, --crashes: --compat'],
    [['--compat', 'raft-lite', '--no-recovery'], '--no-recovery: --compat raft-lite takes only'],
    [['--compat', 'raft-lite', '--no-lost-writes', '--max-term', '3'], '--no-lost-writes, --max-term: --compat'],
    [['--compat', 'raft-lite', '--mutant', 'two-votes'], '--mutant: --compat raft-lite takes only'],
    [['--mutant', 'not-truncated', '--nodes', '5'], 'the mutant not-truncated has disks for 3 nodes'],
    [['--mutant', 'piece-taken-twice', '--members', '2'], 'the mutant piece-taken-twice has disks for 2 nodes'],
    [['--mutant', 'piece-taken-twice', '--retries', '1'], 'without a session'],
    [['--members', '4'], '--members "4"'],
    [['--members', '2', '--symmetry'], 'the nodes are not alike'],
    [['--change', 'n2,n4'], 'Give some of n1, n2, n3'],
    [['--change', 'n1~'], 'at least one that is no learner'],
    [['--broadcasts', '20', '--reads', '10', '--snapshots', '1'], 'clients ask for 31 things in all'],
    [['--compat', 'raft-lite', '--change', 'n2', '--prevote'], '--change, --prevote: --compat'],
  ])('%s is bad usage', async (words, said) => {
    const { status, stderr } = await check(...words);
    expect(status).toBe(254);
    expect(stderr).toContain(said);
  });
});
