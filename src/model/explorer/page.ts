import { createHash } from 'node:crypto';
import { diagramStyle } from '../sequence-diagram.ts';
import { clientScript } from './client-script.ts';
import { styleSheet } from './style.ts';

/** Nothing of a model stands in it: the script asks the API, and puts what it hears into the page as text. */
export const explorerPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>raft-chaos model explore</title>
<style>${styleSheet}</style>
</head>
<body>
<a class="skip" href="#actions" id="skip">To the next actions</a>
<header>
<div><p class="brand" id="command">raft-chaos model explore</p><h1 id="name">…</h1></div>
<nav aria-label="Path">
<button id="undo" type="button">Undo <kbd>u</kbd></button>
<button id="restart" type="button">Start over <kbd>s</kbd></button>
<button id="copy" type="button">Copy link <kbd>c</kbd></button>
<button id="ask" type="button" aria-haspopup="dialog">Help <kbd>?</kbd></button>
<span id="copied" role="status"></span>
</nav>
</header>
<noscript><p class="problem">This page needs its script.</p></noscript>
<p class="problem" id="problem" role="alert" hidden></p>
<main id="main">
<div class="column">
<section id="next" aria-labelledby="next-title">
<h2 id="next-title">What happens next?</h2>
<div id="actions" tabindex="-1"></div>
<p class="note" id="idle"></p>
</section>
</div>
<div class="column">
<section id="state" aria-labelledby="state-title">
<h2 id="state-title">State</h2>
<div id="now" aria-live="polite" aria-atomic="true"></div>
<div id="cards"></div>
<p id="legend" class="note" hidden>A box is an entry: its index, its term, what it holds. Thick border: committed. Dashed: not on the disk yet.</p>
<div id="messages"></div>
<ul id="notes" class="note"></ul>
</section>
<section id="drawn" aria-labelledby="drawn-title" hidden>
<h2 id="drawn-title">Sequence diagram</h2>
<div id="diagram" class="scroll" tabindex="0" role="group" aria-labelledby="drawn-title"></div>
</section>
</div>
<div class="column">
<section id="promises" aria-labelledby="promises-title">
<h2 id="promises-title">Properties</h2>
<div id="properties"></div>
<h3>Search in the background</h3>
<p id="search-words" role="status"></p>
<dl id="search"></dl>
</section>
<section id="way" aria-labelledby="way-title">
<h2 id="way-title">Path so far</h2>
<ol id="path" start="0"></ol>
</section>
</div>
</main>
<dialog id="help" aria-labelledby="help-title">
<h2 id="help-title">Stepping through a model</h2>
<p>Choose what happens next, and see what becomes of it. The address holds the path: send it to somebody who explores the
same model, or go back and forth with your browser.</p>
<dl>
<div><dt><kbd>1</kbd> – <kbd>9</kbd></dt><dd>do the action with this number</dd></div>
<div><dt><kbd>n</kbd></dt><dd>go to the next actions</dd></div>
<div><dt><kbd>↓</kbd> <kbd>↑</kbd></dt><dd>from one action to another</dd></div>
<div><dt><kbd>u</kbd></dt><dd>undo the last step</dd></div>
<div><dt><kbd>s</kbd></dt><dd>start over</dd></div>
<div><dt><kbd>c</kbd></dt><dd>copy the link</dd></div>
<div><dt><kbd>?</kbd></dt><dd>this help</dd></div>
</dl>
<p><label><input type="checkbox" id="shortcuts" checked> single keys are shortcuts</label></p>
<form method="dialog"><button>Close</button></form>
</dialog>
<script>${clientScript}</script>
</body>
</html>
`;

/** Only the page's own script and styles take effect, by their hashes, and nothing is asked of anybody else. */
export const contentPolicy = [
  "default-src 'none'",
  `script-src ${hash(clientScript)}`,
  `style-src ${hash(styleSheet)} ${hash(diagramStyle)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
