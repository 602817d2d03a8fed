import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

let loaded: string | undefined;

/**
 * Chart.js as one classic script, for a page that must work offline. The package's export map hides that file, but it
 * lies beside its entry; `require.resolve` finds it where `import.meta.resolve` is missing too, as under a test runner.
 */
export function loadChartScript(): string {
  if (loaded === undefined) {
    const entry = createRequire(import.meta.url).resolve('chart.js');
    const text = readFileSync(join(dirname(entry), 'chart.umd.min.js'), 'utf8');
    // The source map is not in the page, and a browser's tools would ask for it.
    loaded = text.replace(/^\/\/# sourceMappingURL=.*$/m, '').trimEnd();
  }
  return loaded;
}
