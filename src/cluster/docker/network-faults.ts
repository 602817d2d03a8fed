import { present } from '../../base/assert.ts';
import type { Cluster, DroppedOnLink, Link } from '../cluster.ts';
import type { CutAddresses } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import { cutTable } from './cut-table.ts';

/** The part of a cluster that its agents do: cuts, and the two kinds of evidence for them. */
export type NetworkFaults = Pick<Cluster, 'cut' | 'heal' | 'healAll' | 'dropped' | 'probe'>;

/** A packet of a probe that has not arrived by then is held for lost. */
const probeWaitMs = 300;

export function networkFaults(
  pods: readonly { readonly node: string; readonly address: string; readonly link: AgentLink }[],
): NetworkFaults {
  const table = cutTable();
  let probeRound = 0;
  const addressOf = (node: string): string =>
    present(
      pods.find((pod) => pod.node === node),
      `${node} is a node of this cluster`,
    ).address;
  const nodeAt = (address: string): string | undefined => pods.find((pod) => pod.address === address)?.node;

  /** Both ends of a link drop: the sender what it would send, the receiver what is on its way. */
  const cutsAt = (node: string): CutAddresses => ({
    inbound: table.links().flatMap(({ from, to }) => (to === node ? [addressOf(from)] : [])),
    outbound: table.links().flatMap(({ from, to }) => (from === node ? [addressOf(to)] : [])),
  });
  // Every agent gets the whole of what it shall drop, in the order in which this is called: the last one holds, whatever
  // became of those before.
  const apply = async (): Promise<void> => {
    await Promise.all(pods.map((pod) => pod.link.request('cut', cutsAt(pod.node))));
  };

  return {
    cut: (fault, links) => {
      table.add(fault, links);
      return apply();
    },
    heal: (fault) => {
      table.remove(fault);
      return apply();
    },
    healAll: () => {
      table.clear();
      return apply();
    },

    dropped: async () => {
      const cut = table.links();
      const counts = new Map(
        await Promise.all(pods.map(async (pod) => [pod.node, await pod.link.request('dropped', {})] as const)),
      );
      return cut.map(({ from, to }): DroppedOnLink => {
        const bySender = counts.get(from)?.outbound[addressOf(to)] ?? 0;
        const byReceiver = counts.get(to)?.inbound[addressOf(from)] ?? 0;
        return { from, to, packets: bySender + byReceiver };
      });
    },

    probe: async () => {
      const round = ++probeRound;
      await Promise.all(
        pods.map((pod) => {
          const peers = pods.flatMap(({ address }) => (address === pod.address ? [] : [address]));
          return pod.link.request('probe', { round, peers, waitMs: probeWaitMs });
        }),
      );
      // Asked only now that every agent has sent all it had to send: one that began late is not taken for cut off.
      const heard = await Promise.all(
        pods.map(async (pod) => {
          const senders = await pod.link.request('heard', { round });
          return senders.flatMap((address): Link[] => {
            const from = nodeAt(address);
            return from === undefined ? [] : [{ from, to: pod.node }];
          });
        }),
      );
      return heard.flat();
    },
  };
}
