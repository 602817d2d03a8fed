import type { Clock } from '../base/clock.ts';
import type { Application } from './application.ts';
import type { StateMachine } from './config.ts';
import { Deliveries } from './deliveries.ts';
import { RaftError } from './errors.ts';
import { GuardedMachine } from './guarded-machine.ts';
import { PositionWatch } from './position-watch.ts';
import type { Delivery } from './protocol/events.ts';
import { type AppliedMessage, Results } from './results.ts';

/** What a node makes of the messages that are delivered to it, for its users: the state machine, and who waits for them. */
export class LocalApplication<Result> implements Application {
  readonly deliveries: Deliveries;
  readonly positions: PositionWatch;
  readonly #results: Results<Result>;
  readonly #machine: GuardedMachine<Result> | null;

  constructor(clock: Clock, stateMachine: StateMachine<Result> | null) {
    this.deliveries = new Deliveries(clock);
    this.positions = new PositionWatch(clock);
    this.#results = new Results(clock, this.positions);
    this.#machine = stateMachine === null ? null : new GuardedMachine(stateMachine);
  }

  deliver(deliveries: readonly Delivery[]): void {
    const machine = this.#machine;
    if (machine !== null) {
      for (const delivery of deliveries) this.#results.applied(delivery.position, machine.apply(delivery));
    }
    this.deliveries.add(deliveries);
    this.positions.moveTo(this.deliveries.position);
  }

  snapshot(): Uint8Array {
    return this.#machine?.snapshot(this.positions.position) ?? new Uint8Array();
  }

  restore(data: Uint8Array, position: number): void {
    this.#machine?.restore(data, position);
    this.deliveries.skipTo(position);
    this.positions.moveTo(position);
  }

  /** Broadcasts, and waits for what the state machine returns of the message. */
  async resultOf(
    broadcast: (timeoutMs: number) => Promise<number>,
    timeoutMs: number,
  ): Promise<AppliedMessage<Result>> {
    if (this.#machine !== null) return await this.#results.of(broadcast, timeoutMs);
    throw new RaftError('bad-config', 'stateMachine is undefined, which would apply the message', true, {
      remedy: 'Give one, or broadcast the message.',
    });
  }

  /** Nothing is delivered any more. */
  end(error: RaftError): void {
    this.deliveries.end(error);
    this.positions.end(error);
  }
}
