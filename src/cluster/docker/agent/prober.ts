import { createSocket } from 'node:dgram';
import { probePort } from './protocol.ts';

/**
 * Finds out which peers' packets arrive here, and lets peers find out about ours. Datagrams, because a link is one
 * direction: a connection needs both, so it could not tell which of the two is cut.
 */
export interface Prober {
  /** Sends to the peers for `waitMs`; resolves when that is over or all of them have been heard. */
  probe(round: number, peers: readonly string[], waitMs: number): Promise<void>;
  heard(round: number): string[];
}

const prefix = 'raft-chaos probe ';
/** Repeated, so that a packet lost to anything but a cut does not look like one. */
const repeatMs = 50;
const roundsKept = 16;

interface Round {
  readonly heard: Set<string>;
  whenHeard: () => void;
}

export function prober(): Prober {
  const rounds = new Map<number, Round>();
  const roundOf = (number: number): Round => {
    let round = rounds.get(number);
    if (round === undefined) {
      round = { heard: new Set(), whenHeard: () => undefined };
      rounds.set(number, round);
      for (const old of rounds.keys()) if (rounds.size > roundsKept) rounds.delete(old);
    }
    return round;
  };

  const socket = createSocket('udp4', (datagram, sender) => {
    const text = datagram.toString('latin1');
    if (!text.startsWith(prefix)) return;
    // A peer may be asked to probe before this agent is: whoever comes first makes the round.
    const round = roundOf(Number(text.slice(prefix.length)));
    round.heard.add(sender.address);
    round.whenHeard();
  });
  socket.bind(probePort);

  return {
    probe: (number, peers, waitMs) =>
      new Promise((resolve) => {
        const round = roundOf(number);
        const send = () => {
          // A packet that the filter drops on its way out is an error of the call (EPERM): the very thing probed for.
          for (const peer of peers) socket.send(`${prefix}${number}`, probePort, peer, () => undefined);
        };
        round.whenHeard = () => {
          if (peers.every((peer) => round.heard.has(peer))) resolve();
        };
        send();
        // It goes on to the end even when all have been heard: they may not have heard this node yet.
        const repeat = setInterval(send, repeatMs);
        setTimeout(() => {
          clearInterval(repeat);
          resolve();
        }, waitMs);
        round.whenHeard();
      }),
    heard: (number) => [...roundOf(number).heard],
  };
}
