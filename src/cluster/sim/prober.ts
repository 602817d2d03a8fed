import { present } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Connection, Network } from '../../base/network.ts';
import type { Echoes, NodeObservation } from '../cluster.ts';

const probePort = 9000;
const probeTimeoutMs = 300;
const messageBytes = 64;
const sendEveryMs = 5;
const echoPatienceMs = 2000;

/**
 * Beside a node, on the same machine and links, and alive when the node is not: it answers probes of others and echoes what
 * they send. A crash of the machine ends that with everything else there, so it is begun anew after each.
 */
export function answerProbes(node: string, network: Network): void {
  network.listen(
    { host: node, port: probePort },
    (connection) => echoMessages(connection),
    (outcome) => present(outcome.ok || null, `${node} listens for probes`),
  );
}

/** Whether a connection to the prober of `to` comes about. */
export function probe(clock: Clock, network: Network, to: string): Promise<boolean> {
  return tryConnect(clock, network, to, probePort).then((met) => met === 'accepted');
}

/** What a connection to a port meets. */
export function tryConnect(
  clock: Clock,
  network: Network,
  to: string,
  port: number,
): Promise<NodeObservation['connection']> {
  return clock.promise((resolve) => {
    let met: NodeObservation['connection'] = 'refused';
    // A machine that crashes in the meantime takes the connection along without a word.
    const timer = clock.setTimer(probeTimeoutMs, () => {
      connection.close();
      resolve('timeout');
    });
    const connection = network.connect(
      { host: to, port },
      {
        opened: () => {
          met = 'accepted';
          connection.close();
        },
        received: () => {},
        closed: () => {
          timer.cancel();
          resolve(met);
        },
      },
    );
  });
}

/** Sends numbered messages to the prober of `to`, one every 5 ms, and sees what comes back until 2 s after the last. */
export function exchange(clock: Clock, network: Network, to: string, count: number): Promise<Echoes> {
  return clock.promise((resolve) => {
    const sentNs: number[] = [];
    const tally = new EchoTally(clock, sentNs);
    const messages = new Messages();
    const finish = (): void => {
      connection.close();
      resolve(tally.echoes());
    };
    const end = clock.setTimer(count * sendEveryMs + echoPatienceMs, finish);
    const sendNext = (): void => {
      if (sentNs.length === count) return;
      connection.write(messageOf(sentNs.length));
      sentNs.push(clock.nowNs());
      clock.setTimer(sendEveryMs, sendNext);
    };
    const connection = network.connect(
      { host: to, port: probePort },
      {
        opened: sendNext,
        received: (bytes) => {
          for (const message of messages.take(bytes)) tally.arrived(new ByteReader(message).u32());
        },
        closed: () => {
          end.cancel();
          resolve(tally.echoes());
        },
      },
    );
  });
}

function echoMessages(connection: Connection): void {
  const messages = new Messages();
  connection.observe({
    opened: () => {},
    received: (bytes) => {
      for (const message of messages.take(bytes)) connection.write(message);
    },
    closed: () => {},
  });
}

function messageOf(number: number): Uint8Array {
  return new ByteWriter(messageBytes)
    .u32(number)
    .raw(new Uint8Array(messageBytes - 4))
    .finish();
}

/** Messages of one length, put together from the pieces of a stream. */
class Messages {
  #rest: Uint8Array = new Uint8Array(0);

  take(piece: Uint8Array): Uint8Array[] {
    const bytes = new ByteWriter(this.#rest.length + piece.length).raw(this.#rest).raw(piece).finish();
    const whole = bytes.length - (bytes.length % messageBytes);
    this.#rest = bytes.subarray(whole);
    return Array.from({ length: whole / messageBytes }, (_, place) =>
      bytes.subarray(place * messageBytes, (place + 1) * messageBytes),
    );
  }
}

class EchoTally {
  readonly #clock: Clock;
  readonly #sentNs: readonly number[];
  readonly #times = new Map<number, number>();
  #repeated = 0;
  #overtaken = 0;
  #latest = -1;

  constructor(clock: Clock, sentNs: readonly number[]) {
    this.#clock = clock;
    this.#sentNs = sentNs;
  }

  arrived(number: number): void {
    const sentNs = present(this.#sentNs[number], 'an echo of a message that was sent');
    if (this.#times.has(number)) {
      this.#repeated++;
      return;
    }
    this.#times.set(number, this.#clock.nowNs() - sentNs);
    if (number < this.#latest) this.#overtaken++;
    this.#latest = Math.max(this.#latest, number);
  }

  echoes(): Echoes {
    const times = [...this.#times.values()].sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    return {
      sent: this.#sentNs.length,
      answered: times.length,
      repeated: this.#repeated,
      overtaken: this.#overtaken,
      medianMs: median === undefined ? null : median / 1e6,
    };
  }
}
