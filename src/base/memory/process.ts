import { assert } from '../assert.ts';

/**
 * A program that runs on a virtual host. Everything that happens to it (timers, disk, connections) comes through
 * `deliver`: at once while it runs, after `resume` and in the same order while it is paused, and never once it is dead.
 */
export class VirtualProcess {
  readonly name: string;
  private readonly schedule: (delayNs: number, action: () => void) => void;
  private state: 'running' | 'paused' | 'resuming' | 'dead' = 'running';
  private held: (() => void)[] = [];

  constructor(name: string, schedule: (delayNs: number, action: () => void) => void) {
    this.name = name;
    this.schedule = schedule;
  }

  get running(): boolean {
    return this.state === 'running';
  }

  get alive(): boolean {
    return this.state !== 'dead';
  }

  deliver(action: () => void): void {
    if (this.state === 'running') action();
    else if (this.state !== 'dead') this.held.push(action);
  }

  /** An event that may still be cancelled while it is held back. */
  deliverEvent(event: { readonly action: (() => void) | null }): void {
    if (this.state === 'running') event.action?.();
    else this.deliver(() => event.action?.());
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
      next();
    }
  }
}
