import { present } from '../../base/assert.ts';
import { ByteWriter, u32At } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Connection, Network } from '../../base/network.ts';
import type { Echoes, NodeObservation } from '../cluster.ts';

const probePort = 9000;
const probeTimeoutMs = 300;
const headerBytes = 8;
const sendEveryMs = 5;
const echoPatienceMs = 2000;
/** Long enough for whatever comes twice to have come again. */
const repetitionMs = 50;

/**
 * Beside a node, on the same machine and links, and alive when the node is not: it answers probes of others and echoes what
 * they send. Whatever ends the node's process ends that too, so it is begun anew after each; without power, with the next start.
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

/**
 * Sends numbered messages to the prober of `to`, one every 5 ms, and sees what comes back: until 2 s after the last, or
 * until all were answered and none comes twice any more.
 */
export function exchange(
  clock: Clock,
  network: Network,
  to: string,
  { count, messageBytes }: { readonly count: number; readonly messageBytes: number },
): Promise<Echoes> {
  return clock.promise((resolve) => {
    const sentNs: number[] = [];
    const tally = new EchoTally(clock, sentNs);
    const messages = new Messages();
    const finish = (): void => {
      connection.close();
      resolve(tally.echoes());
    };
    let end = clock.setTimer(count * sendEveryMs + echoPatienceMs, finish);
    const sendNext = (): void => {
      if (sentNs.length === count) return;
      connection.write(messageOf(sentNs.length, messageBytes));
      sentNs.push(clock.nowNs());
      clock.setTimer(sendEveryMs, sendNext);
    };
    const connection = network.connect(
      { host: to, port: probePort },
      {
        opened: sendNext,
        received: (bytes) => {
          for (const message of messages.take(bytes)) tally.arrived(u32At(message, 4));
          if (tally.answered < count) return;
          end.cancel();
          end = clock.setTimer(repetitionMs, finish);
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

/** Its length, its number, and what makes it as long. */
function messageOf(number: number, messageBytes: number): Uint8Array {
  return new ByteWriter(messageBytes)
    .u32(messageBytes)
    .u32(number)
    .raw(new Uint8Array(messageBytes - headerBytes))
    .finish();
}

/** Messages, put together from the pieces of a stream. */
class Messages {
  #rest: Uint8Array = new Uint8Array(0);

  take(piece: Uint8Array): Uint8Array[] {
    const bytes = new ByteWriter(this.#rest.length + piece.length).raw(this.#rest).raw(piece).finish();
    const messages: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= headerBytes && bytes.length - at >= u32At(bytes, at)) {
      const end = at + u32At(bytes, at);
      messages.push(bytes.subarray(at, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return messages;
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

  get answered(): number {
    return this.#times.size;
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
