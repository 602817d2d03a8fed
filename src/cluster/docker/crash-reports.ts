import type { NodeCrash } from '../cluster.ts';
import type { NodeExit } from './node-watch.ts';

/** Tells exits that were asked for from those that were not, and reports the latter. */
export interface CrashReports {
  onCrash(listener: (crash: NodeCrash) => void): void;
  /** To be called for every exit, in order. */
  ended(exit: NodeExit): void;
  /** From now on every exit is asked for. Resolves once the exits before have been reported. */
  stop(): Promise<void>;
}

export interface CrashWitness {
  /** Rejects where the pod's agent is gone: a node that ends with its agent has not crashed. */
  agentAnswers(node: string): Promise<unknown>;
  /** The last lines that the node printed, and what the engine knows of its end beside the code. */
  lastWords(node: string): Promise<string>;
}

/** The exit code of what SIGKILL has ended. */
const killedExitCode = 137;

export function crashReports(witness: CrashWitness): CrashReports {
  const listeners: ((crash: NodeCrash) => void)[] = [];
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  const report = async ({ node, exitCode, kill }: NodeExit): Promise<void> => {
    // A kill that came too late to meet the process, or that it forestalled by an exit of its own, has not ended it.
    if (exitCode === killedExitCode && (await kill?.catch(() => true))) return;
    const agentLives = await witness.agentAnswers(node).then(
      () => true,
      () => false,
    );
    if (!agentLives) return;
    const output = await witness.lastWords(node).catch(() => '');
    for (const listener of listeners) listener({ node, exitCode, output });
  };

  return {
    onCrash: (listener) => void listeners.push(listener),
    ended: (exit) => {
      if (stopped) return;
      const reporting = report(exit).finally(() => underWay.delete(reporting));
      underWay.add(reporting);
    },
    stop: async () => {
      stopped = true;
      await Promise.allSettled(underWay);
    },
  };
}
