import type { Clock } from '../base/clock.ts';
import type { RaftConfig } from './config.ts';
import { leaderOf } from './protocol/roles.ts';
import type { State } from './protocol/state.ts';

/** The functions of the user that hear of things. */
export class Callbacks {
  readonly #config: Pick<RaftConfig, 'onNotice' | 'onFailure' | 'onLeaderChange'>;
  readonly #clock: Clock;

  constructor(config: Pick<RaftConfig, 'onNotice' | 'onFailure' | 'onLeaderChange'>, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  noticed(what: string): void {
    callBack('onNotice', () => this.#config.onNotice?.(what));
  }

  failed(error: Error): void {
    callBack('onFailure', () => this.#config.onFailure?.(error));
  }

  /** What the node was and is. The user hears of it after the step, whose effects are still to be performed. */
  stepped(before: State, after: State): void {
    const { onLeaderChange } = this.#config;
    const [leader, { term }] = [leaderOf(after), after];
    const isSame = leader === leaderOf(before) && (leader === null || term === before.term);
    if (onLeaderChange === undefined || isSame) return;
    this.#clock.soon(() => callBack('onLeaderChange', () => onLeaderChange({ term, leader })));
  }
}

/** What it throws is no fault of the node's, which goes on: whoever runs the process is warned. */
function callBack(name: string, call: () => unknown): void {
  const warn = (thrown: unknown): void => {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    process.emitWarning(`${name} of a Raft node threw: ${text}`, 'RaftWarning');
  };
  try {
    const returned = call();
    if (returned instanceof Promise) returned.catch(warn);
  } catch (error) {
    warn(error);
  }
}
