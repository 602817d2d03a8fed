import { ChaosError } from './errors.ts';
import { failure, type Outcome, success } from './outcome.ts';

/**
 * The names along a path of the disk port, outermost first; none for the root, which is `.`, `/` or the empty path.
 * `/a` is `a`: paths begin at the disk's root. Fails with `bad-path` for a path that leaves the root or cannot name a file.
 */
export function diskPathNames(path: string): Outcome<readonly string[]> {
  if (path === '.' || path === '' || path === '/') return success([]);
  const names = path.replace(/^\//, '').split('/');
  const bad = names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'));
  if (bad) return failure(new ChaosError('bad-path', `not a path below the disk's root: ${JSON.stringify(path)}`));
  return success(names);
}
