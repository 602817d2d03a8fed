// Checks every mutant of the core and writes docs/mutants.md. Needs `npm run build`; exits with 1 where one is not found.
//
//   npm run mutants
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const { mutants } = await import(join(root, 'dist/model/raft/mutants.js'));
const rows = [];
let missed = 0;
for (const { name, summary, scope } of mutants) {
  const words = [join(root, 'dist/cli/main.js'), 'model', 'check', '--mutant', name, '--json'];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const report = JSON.parse(stdout);
  const broken = report.properties.filter(({ outcome }) => outcome === 'violated');
  if (status !== 1 || broken.length === 0 || report.replayed === null) missed++;
  const properties = broken.map((property) => property.name).join(', ') || 'not found';
  const steps = broken.length === 0 ? '' : Math.min(...broken.map(({ path }) => path.steps.length));
  const behind = scope.beginning === null ? '' : ' \\*';
  rows.push(
    `| \`${name}\` | ${summary} | ${properties} | ${steps}${behind} | ${report.unique} | ${report.seconds.toFixed(1)} |`,
  );
  process.stderr.write(`${name}: ${properties}, ${steps} steps, ${report.seconds.toFixed(1)} s\n`);
}

const text = `# Mutants

Cores with a fault each, and what the model checker says of them: the property that is broken, the steps of the shortest
counterexample, the states visited (one of each kind, by symmetry) and the time until then. The counterexamples have been
replayed on the library's own driver. \`src/model/raft/mutants.ts\` has the mutants and their scopes.

\`npm run mutants\` writes this file; \`raft-chaos model check --mutant NAME\` shows one counterexample. This time it was
${availableParallelism()} cores (${cpus()[0]?.model.trim()}), shared with other work, on Node ${process.version}.

| mutant | fault | breaks | steps | states | seconds |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

\\* Counted from disks that a longer run has left (given in the scope), not from empty ones.
`;
writeFileSync(join(root, 'docs/mutants.md'), text);
process.exitCode = missed === 0 ? 0 : 1;
