import { assert } from '../assert.ts';
import { WorldError } from './invariant.ts';

/**
 * A program that runs on a virtual host. Everything that happens to it (timers, disk, connections) comes through
 * `deliver`: at once while it runs, after `resume` and in the same order while it is paused, and never once it is dead.
 */
export class VirtualProcess {
  readonly name: string;
  private readonly schedule: (delayNs: number, action: () => void) => void;
  private readonly uncaught: ((error: unknown) => void) | null;
  private state: 'running' | 'paused' | 'resuming' | 'dead' = 'running';
  private held: (() => void)[] = [];

  /**
   * `uncaught` is told of what the process's own code throws, as a system's kernel would be, and is to kill it; where it is
   * null, that ends the run of the world.
   */
  constructor(
    name: string,
    schedule: (delayNs: number, action: () => void) => void,
    uncaught: ((error: unknown) => void) | null,
  ) {
    this.name = name;
    this.schedule = schedule;
    this.uncaught = uncaught;
  }

  get alive(): boolean {
    return this.state !== 'dead';
  }

  deliver(action: () => void): void {
    if (this.state === 'running') this.call(action);
    else if (this.state !== 'dead') this.held.push(action);
  }

  /** An event that may still be cancelled while it is held back. */
  deliverEvent(event: { readonly action: (() => void) | null }): void {
    if (this.state !== 'running') this.deliver(() => event.action?.());
    else if (event.action !== null) this.call(event.action);
  }

  /** As SIGSTOP: time goes on, the process does not. */
  pause(): void {
    assert(this.state !== 'dead', 'only a live process can be paused');
    this.state = 'paused';
  }

  /** As SIGCONT: what was held follows from now on, one event each, before anything newer. */
  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'resuming';
    this.schedule(0, () => this.deliverNextHeld());
  }

  /** As SIGKILL. */
  kill(): void {
    this.state = 'dead';
    this.held = [];
  }

  private deliverNextHeld(): void {
    if (this.state !== 'resuming') return;
    const next = this.held.shift();
    if (next === undefined) this.state = 'running';
    else {
      this.schedule(0, () => this.deliverNextHeld());
      this.call(next);
    }
  }

  private call(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.uncaught === null || error instanceof WorldError) throw error;
      // A process that has ended itself would not have come so far.
      if (this.alive) this.uncaught(error);
    }
  }
}
