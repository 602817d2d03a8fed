import { readdir } from 'node:fs/promises';
import type Docker from 'dockerode';
import { ChaosError } from '../../base/errors.ts';
import { type BaseImage, baseImage, findImage } from './base-image.ts';
import { agentContext, type BuildContext, contextDigest, nodeContext, withContextDirectory } from './build-context.ts';
import { engineMessage, engineStatus, loadTestcontainers, workDone } from './engine.ts';
import type { NodeImage } from './programs/program.ts';

/** The images of a pod, each as a reference and the engine's id of it. */
export interface PodImages {
  readonly base: BaseImage;
  readonly node: BaseImage;
  readonly agent: BaseImage;
}

export interface ImageOptions {
  readonly forNodes: NodeImage;
  /** The compiled program that goes into them. */
  readonly distDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told, a line each, of what takes long. */
  readonly say: (line: string) => void;
}

/**
 * The images with exactly this program, built unless the engine has them. Their tags are digests of all that goes in, so
 * that nothing is built twice and no stale image is ever used. Rejects with `not-built`, `no-base-image` or
 * `image-build-failed`.
 */
export async function podImages(docker: Docker, options: ImageOptions): Promise<PodImages> {
  const [forNode, forAgent] = await Promise.all([
    nodeContext(options.distDirectory, options.forNodes),
    agentContext(options.distDirectory),
  ]);
  const base = await baseImage(docker, options.environment, options.say);
  const node = image(docker, options.forNodes.name, forNode, base, options.say);
  const agent = image(docker, 'raft-chaos-agent', forAgent, base, options.say);
  // Both are waited for: a build goes on in the engine, whether the other has failed or not.
  await Promise.allSettled([node, agent]);
  return { base, node: await node, agent: await agent };
}

async function image(
  docker: Docker,
  name: string,
  context: BuildContext,
  base: BaseImage,
  say: (line: string) => void,
): Promise<BaseImage> {
  const reference = `${name}:${contextDigest(context, base.id)}`;
  const present = await findImage(docker, reference);
  if (present !== null) return present;
  say(`building the image ${reference} on ${base.reference}`);
  return withContextDirectory(context, async (directory) => {
    const { GenericContainer } = await loadTestcontainers();
    const build = GenericContainer.fromDockerfile(directory).withBuildArgs({ BASE_IMAGE: base.reference });
    const failure = await build.build(reference, { deleteOnExit: false }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    const built = await findImage(docker, reference);
    if (built !== null) return built;
    const reason = await buildError(docker, directory, base, failure);
    await removeBuildContainers(docker);
    throw new ChaosError('image-build-failed', `${reference}: ${reason}`, {
      remedy: 'see that RAFT_CHAOS_BASE_IMAGE, where it is set, has Node.js and either nft or apt-get with a mirror',
      cause: failure,
    });
  });
}

/** testcontainers keeps to itself why a build failed; the steps that succeeded are cached, so asking again is quick. */
async function buildError(docker: Docker, directory: string, base: BaseImage, failure: unknown): Promise<string> {
  try {
    const source = { context: directory, src: await readdir(directory) };
    const settings = { buildargs: { BASE_IMAGE: base.reference }, forcerm: true };
    await workDone(docker, await docker.buildImage(source, settings));
    return engineMessage(failure);
  } catch (thrown) {
    return engineMessage(thrown);
  }
}

/** The engine keeps the container of a step that failed, and testcontainers does not ask it not to. */
async function removeBuildContainers(docker: Docker): Promise<void> {
  const filters = { label: ['raft-chaos.image'], status: ['exited', 'created'] };
  const found = await docker.listContainers({ all: true, filters });
  // Of a half-built image, which has no name; a container that someone made of ours is none of them.
  const ofSteps = found.filter(({ Image, Command }) => Image.startsWith('sha256:') && Command.startsWith('/bin/sh -c'));
  await Promise.all(
    ofSteps.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ v: true })
        .catch((thrown: unknown) => {
          if (engineStatus(thrown) !== 404) throw thrown;
        }),
    ),
  );
}
