import type { Clock, Timer } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import type { Connection } from '../../base/network.ts';
import type { NodeId } from '../protocol/entries.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';
import { greetingTimeoutMs, maxFrameBytes, maxGreetingBytes, maxUnreadAnswerBytes } from './limits.ts';
import { type Introduction, shown } from './roster.ts';

export interface VisitEvents {
  /** Null where the visitor is welcome; else who it is that is not. */
  introduced(introduction: Introduction, visit: Visit): string | null;
  received(frame: Frame & { kind: 'message' }, visit: Visit): void;
  noticed(what: string): void;
  /** Whoever closed it. */
  ended(visit: Visit): void;
}

/**
 * The incoming half of one peer: a connection that another node has opened. It hears nothing from who does not introduce
 * himself, at once and as somebody welcome, and ends with the first frame that is broken or out of turn.
 */
export class Visit {
  readonly #connection: Connection;
  readonly #events: VisitEvents;
  readonly #reader = new FrameReader(maxGreetingBytes);
  readonly #patience: Timer;
  #from: NodeId | null = null;
  #ended = false;

  constructor(clock: Clock, connection: Connection, events: VisitEvents) {
    this.#connection = connection;
    this.#events = events;
    this.#patience = clock.setTimer(greetingTimeoutMs, () => this.#refuse('somebody who does not say hello'));
    connection.observe({
      opened: () => {},
      received: (bytes) => this.#onReceived(bytes),
      closed: () => this.#end(),
    });
  }

  /** Null until it has introduced itself. */
  get from(): NodeId | null {
    return this.#from;
  }

  close(): void {
    this.#connection.close();
    this.#end();
  }

  /** Lets the visitor know why. */
  sendAway(who: string): void {
    if (!this.#ended) this.#connection.write(encodeFrame({ kind: 'refused', reason: who }));
    this.close();
  }

  #onReceived(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#reader.push(bytes);
    for (let frame = this.#next(); frame !== null; frame = this.#next()) this.#onFrame(frame);
  }

  #next(): Frame | null {
    if (this.#ended) return null;
    try {
      return this.#reader.next();
    } catch (error) {
      if (!(error instanceof ChaosError)) throw error;
      this.#refuse(`a broken frame: ${error.message}`);
      return null;
    }
  }

  #onFrame(frame: Frame): void {
    if (this.#from === null) this.#onFirst(frame);
    else if (frame.kind === 'message') this.#events.received(frame, this);
    else if (frame.kind === 'ping') this.#answer();
    else this.#refuse(`${shown(this.#from)}, who sent ${frame.kind} out of turn`);
  }

  #onFirst(frame: Frame): void {
    if (frame.kind !== 'hello') {
      this.#refuse(`a ${frame.kind} before hello`);
      return;
    }
    const { kind, ...introduction } = frame;
    const refusal = this.#impostor(frame.from) ?? this.#events.introduced(introduction, this);
    if (refusal !== null) {
      this.#events.noticed(`refused ${refusal}`);
      this.sendAway(refusal);
      return;
    }
    this.#from = frame.from;
    this.#patience.cancel();
    this.#reader.maxBodyBytes = maxFrameBytes;
    this.#answer();
  }

  #impostor(from: NodeId): string | null {
    const { peerNames } = this.#connection;
    if (peerNames === null || peerNames.includes(from)) return null;
    return `${shown(from)}, whose certificate is of ${peerNames.map(shown).join(', ')}`;
  }

  #answer(): void {
    const unread = this.#connection.bufferedBytes > maxUnreadAnswerBytes;
    if (unread) this.#refuse(`${shown(this.#from ?? '')}, who does not read what it is answered`);
    else this.#connection.write(encodeFrame({ kind: 'pong' }));
  }

  #refuse(whom: string): void {
    this.#events.noticed(`refused ${whom}`);
    this.close();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#patience.cancel();
    this.#events.ended(this);
  }
}
