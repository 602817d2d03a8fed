import { type Clock, promised } from '../../base/clock.ts';
import { type Disk, type DiskFile, makeDurableDirectory } from '../../base/disk.ts';
import { ChaosError } from '../../base/errors.ts';

/**
 * How often the node has been started, this time included; durable before it is returned, so that no two runs of a node
 * share a number. The file is replaced by a rename: a crash leaves the old number or the new one.
 */
export async function nextBoot(clock: Clock, disk: Disk, directory: string): Promise<number> {
  const path = `${directory}/boot`;
  await makeDurableDirectory(clock, disk, directory);
  const found = await promised<Uint8Array | null>(clock, (done) => disk.readFile(path, done));
  const boot = (found === null ? 0 : parseBoot(path, found)) + 1;
  const bytes = new TextEncoder().encode(`${boot}\n`);
  const file = await promised<DiskFile>(clock, (done) => disk.open(`${path}.new`, done));
  await promised<void>(clock, (done) => file.truncate(0, done));
  await promised<void>(clock, (done) => file.write(0, bytes, done));
  await promised<void>(clock, (done) => file.fdatasync(done));
  await promised<void>(clock, (done) => file.close(done));
  await promised<void>(clock, (done) => disk.rename(`${path}.new`, path, done));
  await promised<void>(clock, (done) => disk.syncDirectory(directory, done));
  return boot;
}

function parseBoot(path: string, bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes).trim();
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new ChaosError('corrupt-boot', `${path} does not hold a boot count: ${text}`);
  return Number(text);
}
