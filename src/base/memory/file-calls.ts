import { diskPathNames } from '../disk-path.ts';
import { ChaosError } from '../errors.ts';
import { find, findDirectory, StoredDirectory, StoredFile } from './file-tree.ts';

// What the calls of the disk port do to the tree of files, each at once; they throw the system's error.

export function openFile(root: StoredDirectory, names: readonly string[], claimRoom: () => void): StoredFile {
  const { directory, name } = parentOf(root, names);
  const found = directory.get(name);
  if (found instanceof StoredFile) return found;
  if (found !== undefined) throw new ChaosError('EISDIR', 'a directory');
  claimRoom();
  const file = new StoredFile();
  directory.change((entries) => entries.set(name, file));
  return file;
}

export function readFile(root: StoredDirectory, names: readonly string[]): Uint8Array | null {
  const found = find(root, names);
  if (found instanceof StoredDirectory) throw new ChaosError('EISDIR', 'a directory');
  return found === undefined ? null : found.content();
}

export function makeDirectory(root: StoredDirectory, names: readonly string[], claimRoom: () => void): void {
  let at = root;
  for (const name of names) {
    const found = at.get(name);
    if (found instanceof StoredFile) throw new ChaosError('EEXIST', 'a file of that name is there');
    if (found === undefined) claimRoom();
    const next = found ?? new StoredDirectory();
    if (found === undefined) at.change((entries) => entries.set(name, next));
    at = next;
  }
}

export function rename(root: StoredDirectory, from: readonly string[], to: readonly string[]): void {
  const source = parentOf(root, from);
  const target = parentOf(root, to);
  const moved = source.directory.get(source.name);
  if (moved === undefined) throw new ChaosError('ENOENT', 'no such file');
  if (moved instanceof StoredDirectory) throw new ChaosError('EISDIR', 'directories are not renamed here');
  if (target.directory.get(target.name) instanceof StoredDirectory) throw new ChaosError('EISDIR', 'onto a directory');
  if (source.directory === target.directory) {
    // One change, so that a power loss shows the old name or the new one, never both or neither.
    source.directory.change((entries) => {
      entries.delete(source.name);
      entries.set(target.name, moved);
    });
  } else {
    target.directory.change((entries) => entries.set(target.name, moved));
    const named = target.directory.changeCount;
    // The new name comes to the medium first: a power loss shows one of them or both, never neither.
    source.directory.change(
      (entries) => entries.delete(source.name),
      () => target.directory.synced(named),
    );
  }
}

export function remove(root: StoredDirectory, names: readonly string[]): void {
  const { directory, name } = parentOf(root, names);
  const found = directory.get(name);
  if (found === undefined) throw new ChaosError('ENOENT', 'no such file');
  if (found instanceof StoredDirectory) throw new ChaosError('EISDIR', 'a directory');
  directory.change((entries) => entries.delete(name));
}

function parentOf(root: StoredDirectory, names: readonly string[]): { directory: StoredDirectory; name: string } {
  const name = names.at(-1);
  if (name === undefined) throw new ChaosError('EISDIR', 'the root');
  return { directory: findDirectory(root, names.slice(0, -1)), name };
}

export function namesOf(path: string): readonly string[] {
  const names = diskPathNames(path);
  if (!names.ok) throw names.error;
  return names.value;
}

/** The file of that path, or null where there is none. */
export function fileAt(root: StoredDirectory, path: string): StoredFile | null {
  const found = find(root, namesOf(path));
  return found instanceof StoredFile ? found : null;
}
