import { chartsScript } from './client-charts.ts';
import { viewScript } from './client-view.ts';

/**
 * The page's own script. It is kept as text, not as functions to print: what a compiler, a test runner or a coverage
 * tool makes of a function would end up in the page. A browser test runs it.
 */
export const clientScript = `(() => {
'use strict';
const data = JSON.parse(document.getElementById('report-data').textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const pixels = (name) => parseFloat(colour(name));
${chartsScript}
${viewScript}
})();`;
