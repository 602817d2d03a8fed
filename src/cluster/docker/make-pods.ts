import type Docker from 'dockerode';
import { present } from '../../base/assert.ts';
import type { ClusterOptions } from '../cluster.ts';
import type { AgentState } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import { dataDirectory } from './collect.ts';
import type { PodImages } from './images.ts';
import type { Labels } from './labels.ts';
import { type ClusterNetwork, createNetwork } from './network.ts';
import { NodeProcess } from './node-process.ts';
import type { NodeLife, NodeWatch } from './node-watch.ts';
import { startAgent, startNode } from './pod.ts';
import type { NodeProgram } from './programs/program.ts';

/** A node that runs, and what there is to reach and to hurt it. */
export interface Pod {
  readonly node: string;
  readonly address: string;
  readonly link: AgentLink;
  readonly state: AgentState;
  /** Of the node's container. */
  readonly containerId: string;
  readonly life: NodeLife;
  readonly process: NodeProcess;
}

export interface PodsRequest {
  readonly options: ClusterOptions;
  readonly program: NodeProgram;
  readonly labels: Labels;
  readonly images: PodImages;
  /** The range to use, or null to look for a free one. */
  readonly subnet: string | null;
  readonly watch: NodeWatch;
  /** Called before each further thing is made; throws where it shall not be. */
  readonly goOn: () => void;
  readonly linked: (node: string, link: AgentLink) => void;
  readonly made: (pod: Pod) => void;
}

/**
 * Makes the network and, all at once, the pods. Settles only when nothing is being made any more: whoever removes what
 * there is then removes it all. `linked` and `made` have been told of what there is also where it rejects.
 */
export async function makePods(docker: Docker, request: PodsRequest): Promise<ClusterNetwork> {
  const { options, program, labels, goOn } = request;
  const nameOf = (what: string) => `raft-chaos-${options.runId}-${what}`.replace(/[^a-zA-Z0-9_.-]/g, '-');
  const network = await createNetwork(docker, {
    name: nameOf('network'),
    labels,
    nodeCount: options.nodes.length,
    subnet: request.subnet,
  });
  const members = options.nodes.map((name, index) => ({
    name,
    host: present(network.addresses[index], 'an address for each node'),
  }));
  const { runId: clusterId, seed, bug, timing, compaction } = options;
  const settings = { members, clusterId, seed, bug, timing, compaction, dataDirectory };

  const makePod = async (node: string, address: string): Promise<void> => {
    goOn();
    const { id: agentId, link } = await startAgent(docker, {
      node,
      address,
      labels,
      containerName: nameOf(`${node}-agent`),
      image: request.images.agent.reference,
      networkId: network.id,
    });
    request.linked(node, link);
    goOn();
    const containerId = await startNode({
      node,
      labels,
      containerName: nameOf(node),
      image: request.images.node.reference,
      agentId,
      environment: program.environment({ ...settings, node }),
    });
    const container = docker.getContainer(containerId);
    const life = request.watch.life(node);
    const process = new NodeProcess({ node, address, clientPort: program.clientPort, link, container, life });
    request.made({ node, address, link, containerId, life, process, state: await link.request('state', {}) });
  };
  const settled = await Promise.allSettled(members.map(({ name, host }) => makePod(name, host)));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return network;
}
