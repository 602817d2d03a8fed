import { type Clock, sleep } from '../base/clock.ts';
import { asChaosError, ChaosError } from '../base/errors.ts';
import type { Interrupt } from '../base/interrupt.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { Cluster, ClusterFacts } from '../cluster/cluster.ts';
import { findLeader, nodeStatus } from '../cluster/status.ts';
import { systemNamed } from '../cluster/systems.ts';
import { type PlannedFault, plannedFaults } from '../nemesis/plan.ts';
import { type Hurting, nemesisRounds, type RecordNemesisOperation } from '../nemesis/rounds.ts';
import { createNemesis, kindNamed } from '../nemesis/spec.ts';
import { workloadNamed } from '../workload/workloads.ts';
import { Clients, type Record } from './clients.ts';
import type { RunOptions } from './options.ts';
import { awaitRecovery } from './recovery.ts';

export interface RunContext {
  readonly options: RunOptions;
  /** The faults to inflict, instead of what the nemeses of the options would choose. */
  readonly plan?: readonly PlannedFault[];
  readonly cluster: Cluster;
  readonly record: Record;
  /** Asks for an early end: the run heals, makes its final reads and returns. */
  readonly interrupt: Interrupt;
  readonly enter: (phase: Phase) => void;
  /** The cluster is up and its history begins. */
  readonly begun: (start: RunStart) => void;
}

export type Phase = 'starting the cluster' | 'running' | 'healing' | 'recovering' | 'final reads' | 'collecting logs';

export interface RunStart {
  readonly facts: ClusterFacts;
  /** Time 0 of the history, on the cluster's clock. */
  readonly originNs: number;
  /** What to add to the times of a node's trace to get the history's. */
  readonly traceOffsetsNs: Readonly<{ [node: string]: number }>;
}

const statusTimeoutMs = 1000;

/**
 * A run, from the start of the cluster to the final reads; the caller stops the cluster and judges the history. Rejects
 * where the cluster cannot be started, hurt or healed: then the harness has failed, not the system.
 */
export async function executeRun(context: RunContext): Promise<void> {
  const { options, cluster, record, interrupt, enter } = context;
  requireInjectable(context);
  const random = seededRandom(options.seed);
  const workload = workloadNamed(options.workload).start({
    cluster,
    random: random.fork('workload'),
    opTimeoutMs: options.opTimeoutMs,
  });
  const clients = new Clients(cluster.clock, random.fork('clients'), record, workload, options);

  cluster.onCrash((crash) => {
    record({ type: 'invoke', process: 'nemesis', f: 'node-crash', value: { node: crash.node } });
    record({ type: 'info', process: 'nemesis', f: 'node-crash', value: crash });
  });

  enter('starting the cluster');
  const facts = await cluster.start();
  await awaitLeader(cluster, options.recoveryTimeoutMs, interrupt);
  if (interrupt.requested) return;
  const synchronized = await synchronize(cluster);
  context.begun({ facts, ...synchronized });

  enter('running');
  clients.start();
  const nemeses = hurtings(context, random, synchronized.originNs);
  const hurting = nemeses.map((nemesis) => nemesis.run());
  try {
    await mainPhase(cluster.clock, options.timeLimitMs, interrupt, hurting);
    enter('healing');
    for (const nemesis of nemeses) nemesis.stop();
    await Promise.all(hurting);
    await cluster.healAll();
  } catch (error) {
    for (const nemesis of nemeses) nemesis.stop();
    await clients.stop();
    throw error;
  }

  // From the heal on: what the clients have under way ends in its own time, and is no part of the recovery.
  enter('recovering');
  const ended = clients.stop();
  const perform = clients.perform.bind(clients);
  await awaitRecovery(cluster, workload, perform, record, {
    timeoutMs: options.recoveryTimeoutMs,
    restoresMembership: systemNamed(options.system).isAdministrable,
  });
  await ended;
  enter('final reads');
  await workload.finalReads(perform, cluster.clock.nowNs() + options.recoveryTimeoutMs * 1e6);
}

/** What is asked for and cannot be had is said before anything is started. Throws `cannot-inject`. */
function requireInjectable({ options, plan, cluster }: RunContext): void {
  const asked = plan?.map(({ nemesis }) => nemesis) ?? options.nemeses.map((spec) => spec.split(':')[0] ?? spec);
  const missing = [...new Set(asked)].filter((name) => !kindNamed(name).isInjectable(cluster));
  if (missing.length === 0) return;
  throw new ChaosError('cannot-inject', `the backend ${cluster.backend} cannot inject: ${missing.join(', ')}`, {
    remedy: 'Simulate the cluster, which can inject everything: --backend sim. Or leave these nemeses out.',
  });
}

function hurtings(context: RunContext, random: Random, originNs: number): readonly Hurting[] {
  const { options, plan, cluster } = context;
  const record: RecordNemesisOperation = (operation) => context.record({ process: 'nemesis', ...operation });
  if (plan !== undefined) return [plannedFaults(plan, cluster, originNs, record)];
  return options.nemeses.map((spec, place) => {
    const own = random.fork(`nemesis ${place}`);
    const nemesis = createNemesis(spec, { random: own, nodes: cluster.nodes });
    return nemesisRounds(`${nemesis.name}-${place + 1}`, nemesis, cluster, own.fork('gaps'), record);
  });
}

/** The time limit, an interruption, or a nemesis that failed, whichever comes first. */
function mainPhase(clock: Clock, limitMs: number, interrupt: Interrupt, hurting: Promise<void>[]): Promise<void> {
  return clock.promise((resolve, reject) => {
    if (interrupt.requested) {
      resolve();
      return;
    }
    const end = (settle: () => void) => (): void => {
      timer.cancel();
      forget();
      settle();
    };
    const timer = clock.setTimer(limitMs, end(resolve));
    const forget = interrupt.onRequest(end(resolve));
    for (const nemesis of hurting) {
      nemesis.catch((error: unknown) => end(() => reject(asChaosError(error, 'nemesis')))());
    }
  });
}

async function awaitLeader(cluster: Cluster, timeoutMs: number, interrupt: Interrupt): Promise<void> {
  const deadlineNs = cluster.clock.nowNs() + timeoutMs * 1e6;
  while (!interrupt.requested && (await findLeader(cluster, statusTimeoutMs)) === null) {
    if (cluster.clock.nowNs() > deadlineNs) {
      throw new ChaosError('no-leader', `the nodes are up but elected no leader within ${timeoutMs / 1000} s`, {
        remedy: 'Nothing was hurt yet: look at the logs of the nodes in the folder of the run.',
      });
    }
    await sleep(cluster.clock, 50);
  }
}

/**
 * A node's trace is stamped with its own monotonic clock. Half a status call's round trip is the error; the best of three
 * is taken.
 */
async function synchronize(cluster: Cluster): Promise<Pick<RunStart, 'originNs' | 'traceOffsetsNs'>> {
  const { clock } = cluster;
  const offsets = await Promise.all(
    cluster.nodes.map(async (node) => {
      let best = { roundTripNs: Number.POSITIVE_INFINITY, node, offsetNs: 0 };
      for (let attempt = 0; attempt < 3; attempt++) {
        const before = clock.nowNs();
        const status = await nodeStatus(cluster, node, statusTimeoutMs);
        const roundTripNs = clock.nowNs() - before;
        if (status !== null && roundTripNs < best.roundTripNs) {
          best = { roundTripNs, node, offsetNs: Math.round(before + roundTripNs / 2 - status.nowNs) };
        }
      }
      return best;
    }),
  );
  const originNs = clock.nowNs();
  const traceOffsetsNs: { [node: string]: number } = {};
  for (const { node, roundTripNs, offsetNs } of offsets) {
    if (Number.isFinite(roundTripNs)) traceOffsetsNs[node] = offsetNs - originNs;
  }
  return { originNs, traceOffsetsNs };
}
