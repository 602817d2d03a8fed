import type { ApplicationQueue } from './application-queue.ts';
import type { DriverSettings } from './driver-ports.ts';
import type { SnapshotMeta } from './protocol/entries.ts';
import { isCatchingUp, snapshotOf } from './protocol/snapshots.ts';
import type { State } from './protocol/state.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** In terms of when a snapshot is due: how far the log grows at most while a follower catches up. */
const mostGrowth = 4;

/** Takes snapshots of the application, when the log has grown enough since the last one. */
export class Compactor {
  readonly #settings: Pick<DriverSettings, 'snapshotEvery' | 'snapshotBytes'>;
  readonly #application: ApplicationQueue;
  readonly #snapshots: SnapshotStore;
  #bytesSinceSnapshot = 0;

  constructor(settings: DriverSettings, application: ApplicationQueue, snapshots: SnapshotStore) {
    this.#settings = settings;
    this.#application = application;
    this.#snapshots = snapshots;
  }

  delivered(bytes: number): void {
    this.#bytesSinceSnapshot += bytes;
  }

  /** What is delivered must be what is committed. `stored` is called once the snapshot is durable. */
  compact(state: State, stored: (snapshot: SnapshotMeta) => void): void {
    const { snapshotEvery, snapshotBytes } = this.#settings;
    if (snapshotEvery === null || this.#application.paused || this.#snapshots.saving) return;
    const entries = state.commitIndex - (state.snapshot?.index ?? 0);
    const growth = Math.max(entries / snapshotEvery, this.#bytesSinceSnapshot / snapshotBytes);
    // What follows a snapshot that is being sent must still be in the log when it has come.
    if (growth < (isCatchingUp(state) ? mostGrowth : 1)) return;
    const snapshot = snapshotOf(state);
    if (snapshot === null) return;
    this.#bytesSinceSnapshot = 0;
    this.#snapshots.save(snapshot, this.#application.snapshot(), () => stored(snapshot));
  }
}
