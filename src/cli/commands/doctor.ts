import type { Command } from 'commander';
import { asChaosError } from '../../base/errors.ts';
import { type Check, dockerDoctor } from '../../cluster/docker/doctor.ts';
import { completeOptions } from '../../controller/options.ts';
import { simulateRun } from '../../controller/simulation.ts';
import { nemesisKinds } from '../../nemesis/spec.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

export function addDoctorCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('doctor')
    .description('try what a run needs of this machine, and say how to get what is missing')
    .option('--json', 'print one JSON document instead of text')
    .action(async (given: { json?: boolean }) => {
      const terminal = new Terminal();
      const checks = [await trySimulation(), ...(await dockerDoctor({ say: (line) => terminal.say(line) }))];
      if (given.json) terminal.printJson({ checks });
      else {
        for (const { ok, name, detail, remedy } of checks) {
          terminal.print(`${ok ? 'ok     ' : 'missing'}  ${name}: ${detail}`);
          if (!ok && remedy !== undefined) terminal.print(`         ${remedy}`);
        }
      }
      exit(checks.every((check) => check.ok) ? exitStatus.valid : exitStatus.failure);
    });
}

/** A simulation needs nothing but Node: a short one is made, under every fault. */
async function trySimulation(): Promise<Check> {
  const name = 'simulation';
  const nemeses = nemesisKinds.map((kind) => `${kind.name}:every=2:for=1`);
  const options = completeOptions({ backend: 'sim', nemeses, timeLimitMs: 5000 }, 1);
  const startMs = performance.now();
  try {
    const { results, virtualNs } = await simulateRun(options);
    const tookMs = Math.round(performance.now() - startMs);
    if (results.valid === false) return { name, ok: false, detail: results.summary };
    return {
      name,
      ok: true,
      detail: `${Math.round(virtualNs / 1e9)} s in ${tookMs} ms, ${results.faults.length} faults`,
    };
  } catch (error) {
    return { name, ok: false, detail: asChaosError(error, name).message };
  }
}
