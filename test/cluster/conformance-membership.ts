import { expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import {
  askNode,
  changeMembership,
  isMajority,
  type Membership,
  restoreMembership,
  untilSeen,
} from '../../src/cluster/membership.ts';
import { leaderStatus, nodeStatus } from '../../src/cluster/status.ts';
import { named, until, untilBroadcast, untilDelivered } from './conformance-steps.ts';

const patienceMs = 20_000;

/** Nodes that are left out, come back and lead by order. Part of the conformance suite, on the same cluster, which each scenario leaves whole. */
export function membershipConformance(subject: () => Cluster): void {
  const scenario = (title: string, body: (cluster: Cluster) => Promise<void>): void => {
    it(title, () => {
      const cluster = subject();
      return cluster.drive(body(cluster));
    });
  };

  scenario('knows where its nodes reach each other', async (cluster) => {
    const addresses = Object.fromEntries(cluster.nodes.map((node) => [node, cluster.peerAddress(node)]));
    const status = await nodeStatus(cluster, cluster.nodes[0] as string, 2000);
    expect(Object.fromEntries(status?.members?.map(({ id, address }) => [id, address]) ?? [])).toEqual(addresses);
  });

  scenario('leaves a node out, goes on without it, and takes it back with all that it missed', async (cluster) => {
    const [node, other] = named(cluster.nodes);
    await becomes(cluster, without(cluster, node));
    await untilBroadcast(cluster, other, 'while one is left out');
    await restores(cluster);
    await untilDelivered(cluster, node, ['while one is left out']);
    await untilBroadcast(cluster, node, 'after it came back');
  });

  scenario('leaves out who leads, and has another lead', async (cluster) => {
    const leader = await untilLeader(cluster);
    await becomes(cluster, without(cluster, leader));
    expect(await untilLeader(cluster, (node) => node !== leader)).not.toBe(leader);
    await restores(cluster);
    await untilBroadcast(cluster, leader, 'after who led came back');
  });

  scenario('lets the smaller part of the nodes decide where the rest is left out or learns', async (cluster) => {
    const [one, two, three, four, five] = named(cluster.nodes);
    await becomes(cluster, { voters: [one, two], learners: [three] });
    await Promise.all([four, five].map((node) => cluster.kill(node)));
    await untilBroadcast(cluster, one, 'by two of five');
    await untilDelivered(cluster, three, ['by two of five']);
    await Promise.all([four, five].map((node) => cluster.restart(node)));
    await restores(cluster);
    for (const node of [four, five]) await untilDelivered(cluster, node, ['by two of five']);
  });

  scenario('lets one node take the place of another in one change', async (cluster) => {
    const [one, two] = named(cluster.nodes);
    await becomes(cluster, without(cluster, one));
    await becomes(cluster, without(cluster, two));
    await untilBroadcast(cluster, one, 'by who took the place');
    await restores(cluster);
    await untilDelivered(cluster, two, ['by who took the place']);
  });

  scenario('hands its leadership over, whichever node is asked', async (cluster) => {
    for (const asked of cluster.nodes.slice(0, 3)) {
      const leader = await leaderStatus(cluster, 2000);
      const heir = cluster.nodes.find((node) => node !== leader?.node) as string;
      const witness = cluster.nodes.find((node) => node !== heir) as string;
      const request = { method: 'POST', path: '/transfer', body: { to: heir } } as const;
      await until(cluster, `${asked} hands over to ${heir}`, async () => {
        await askNode(cluster, asked, request, 3000);
        const status = await nodeStatus(cluster, witness, 2000);
        return status?.leader === heir && status.term > (leader?.term ?? 0);
      });
      await untilBroadcast(cluster, asked, `under ${heir}, asked at ${asked}`);
    }
  });
}

function without({ nodes }: Cluster, left: string): Membership {
  return { voters: nodes.filter((node) => node !== left), learners: [] };
}

async function becomes(cluster: Cluster, membership: Membership): Promise<void> {
  expect(await changeMembership(cluster, membership, patienceMs)).toBeNull();
  const seeing = await untilSeen(cluster, membership, patienceMs);
  expect(isMajority(seeing, membership), seeing.join()).toBe(true);
}

async function restores(cluster: Cluster): Promise<void> {
  expect(await restoreMembership(cluster, patienceMs)).toBeNull();
}

async function untilLeader(cluster: Cluster, fits: (node: string) => boolean = () => true): Promise<string> {
  let leader = '';
  await until(cluster, 'a node leads', async () => {
    leader = (await leaderStatus(cluster, 2000))?.node ?? '';
    return leader !== '' && fits(leader);
  });
  return leader;
}
