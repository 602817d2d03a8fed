import { type Clock, promised } from '../base/clock.ts';
import type { RaftDriver } from './driver.ts';
import type { LeaderWait } from './leader-wait.ts';
import { Load } from './load.ts';
import type { Stamp } from './protocol/entries.ts';
import type { Request } from './protocol/messages.ts';
import { retried } from './retry.ts';
import type { Place } from './waiting-requests.ts';

export interface RequestsPorts {
  readonly clock: Clock;
  readonly leaders: LeaderWait;
  /** Throws `stopped` where nothing may be asked any more. */
  readonly driver: () => RaftDriver;
}

/** What the users of this node ask of the cluster, from when they ask until they are answered. */
export class Requests {
  readonly #ports: RequestsPorts;
  readonly #load: Load;
  /** How many the driver has, and who waits until there are none. */
  #underWay = 0;
  readonly #idle = new Set<() => void>();

  /** At most `maxBytes` of them wait at a time. */
  constructor(ports: RequestsPorts, maxBytes: number) {
    this.#ports = ports;
    this.#load = new Load(maxBytes);
  }

  /** Asks again while there is no leader, or not the one that was asked; where that is `harmless`, also for want of an answer. */
  ask(request: Request, timeoutMs: number, harmless: boolean): Promise<Place> {
    const bytes = request.type === 'broadcast' ? request.payload.length : 0;
    return this.#retried(bytes, timeoutMs, harmless, (leftMs) =>
      promised<Place>(this.#ports.clock, (done) => this.#ports.driver().request(request, leftMs, done)),
    );
  }

  /** A message of a session, which may be sent again; the stamp says what is acknowledged by then. */
  askStamped(payload: Uint8Array, stamp: () => Stamp, timeoutMs: number): Promise<Place> {
    return this.#retried(payload.length, timeoutMs, true, (leftMs) =>
      promised<Place>(this.#ports.clock, (done) =>
        this.#ports.driver().request({ type: 'broadcast', payload, stamp: stamp() }, leftMs, done),
      ),
    );
  }

  read(timeoutMs: number): Promise<Place> {
    return this.#retried(0, timeoutMs, true, (leftMs) =>
      promised<Place>(this.#ports.clock, (done) => this.#ports.driver().readBarrier(leftMs, done)),
    );
  }

  /** Counts what somebody waits with, for as long as they do; rejects with `overloaded` where that would be too much. */
  async held<T>(bytes: number, wait: () => Promise<T>): Promise<T> {
    const refusal = this.#load.refusal(bytes);
    if (refusal !== null) throw refusal;
    this.#load.add(bytes);
    try {
      return await wait();
    } finally {
      this.#load.remove(bytes);
    }
  }

  /** Resolves once all are answered that the cluster was asked for, or else the time is up. */
  idle(timeoutMs: number): Promise<void> {
    return this.#ports.clock.promise((resolve) => {
      const end = (): void => {
        this.#idle.delete(end);
        timer.cancel();
        resolve();
      };
      const timer = this.#ports.clock.setTimer(timeoutMs, end);
      this.#idle.add(end);
      this.#wakeIdle();
    });
  }

  async #retried(
    bytes: number,
    timeoutMs: number,
    harmless: boolean,
    attempt: (leftMs: number) => Promise<Place>,
  ): Promise<Place> {
    const { clock, leaders } = this.#ports;
    // Who does not run refuses it as such.
    this.#ports.driver();
    return await this.held(bytes, () =>
      retried(clock, leaders, timeoutMs, harmless, (leftMs) => this.#counted(() => attempt(leftMs))),
    );
  }

  async #counted(attempt: () => Promise<Place>): Promise<Place> {
    this.#underWay++;
    try {
      return await attempt();
    } finally {
      this.#underWay--;
      this.#wakeIdle();
    }
  }

  #wakeIdle(): void {
    if (this.#underWay === 0) for (const end of [...this.#idle]) end();
  }
}
