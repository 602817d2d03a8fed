import type Docker from 'dockerode';
import type { StartedTestContainer } from 'testcontainers';
import { asChaosError } from '../../base/errors.ts';
import { type AgentLink, attachAgent } from './agent-link.ts';
import { engineMessage, loadTestcontainers } from './engine.ts';
import { type Labels, labelNames } from './labels.ts';

/**
 * A node of the cluster, as two containers. The agent owns the network and process namespaces and may hurt what is in
 * them; the node, which shares both, has no added capability and needs no tool in its image.
 */
export interface AgentOptions {
  readonly node: string;
  readonly containerName: string;
  readonly image: string;
  readonly networkId: string;
  readonly address: string;
  readonly labels: Labels;
}

export async function startAgent(docker: Docker, options: AgentOptions): Promise<{ id: string; link: AgentLink }> {
  try {
    const container = await docker.createContainer({
      name: options.containerName,
      Image: options.image,
      Hostname: options.node,
      Labels: { ...options.labels, [labelNames.node]: options.node, [labelNames.role]: 'agent' },
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: {
        AutoRemove: true,
        // Not `Privileged`: engines that are confined themselves cannot grant it.
        CapAdd: ['NET_ADMIN', 'SYS_PTRACE'],
        NetworkMode: options.networkId,
      },
      NetworkingConfig: { EndpointsConfig: { [options.networkId]: { IPAMConfig: { IPv4Address: options.address } } } },
    });
    const link = await attachAgent(docker, container.id, options.node);
    try {
      await container.start();
    } catch (thrown) {
      link.close();
      throw thrown;
    }
    return { id: container.id, link };
  } catch (thrown) {
    throw asChaosError(thrown, `the agent of ${options.node} does not start: ${engineMessage(thrown)}`);
  }
}

export interface NodeOptions {
  readonly node: string;
  readonly containerName: string;
  readonly image: string;
  readonly agentId: string;
  readonly environment: Record<string, string>;
  readonly labels: Labels;
}

/** Resolves when the container runs, which is before the node answers. */
export async function startNode(options: NodeOptions): Promise<string> {
  const { GenericContainer } = await loadTestcontainers();
  class NodeContainer extends GenericContainer {
    inPodOf(agentId: string): this {
      this.hostConfig.PidMode = `container:${agentId}`;
      return this.withNetworkMode(`container:${agentId}`);
    }
  }
  try {
    const started: StartedTestContainer = await new NodeContainer(options.image)
      .inPodOf(options.agentId)
      .withName(options.containerName)
      .withEnvironment(options.environment)
      .withLabels({ ...options.labels, [labelNames.node]: options.node, [labelNames.role]: 'node' })
      .withDefaultLogDriver()
      .withAutoRemove(false)
      .withAutoCleanup(false)
      // A failed wait would remove the container and with it the log that tells why: the cluster waits by itself.
      .withWaitStrategy(noWait)
      .start();
    return started.getId();
  } catch (thrown) {
    throw asChaosError(thrown, `the container of ${options.node} does not start: ${engineMessage(thrown)}`);
  }
}

const noWait = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};
