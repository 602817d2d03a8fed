import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const source = resolve(import.meta.dirname, '../../src');

/** The text of a source file, without its comments. */
export function sourceOf(file: string): string {
  return readFileSync(join(source, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

/** What a source file imports, as it is written there; types too. */
export function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/^\s*(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

/** The source files that a file imports, by their paths below `src`. */
export function importedFiles(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) =>
      relative(source, resolve(source, dirname(file), name))
        .split(sep)
        .join('/'),
    );
}

/** The files, and all that they import, directly or not. */
export function reachableFrom(files: readonly string[]): string[] {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const imported of importedFiles(file)) visit(imported);
  };
  for (const file of files) visit(file);
  return [...reached];
}
