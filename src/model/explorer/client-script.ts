import { panelsScript } from './client-panels.ts';
import { stateScript } from './client-state.ts';

/**
 * The page's own script. It is kept as text, not as functions to print: what a compiler, a test runner or a coverage
 * tool makes of a function would end up in the page. A browser test runs it.
 */
export const clientScript = `(() => {
'use strict';
const byId = (id) => document.getElementById(id);
let lifelines = [];
// What is shown, as the API says it; null until it is there.
let place = null;
// The last request for a place: what an earlier one brings is not wanted any more.
let asked = 0;

// An element with attributes; what is a function listens. Text never becomes markup.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}
const hidden = (text) => make('span', { class: 'hidden' }, text);
const plural = (count, noun) => count.toLocaleString('en') + ' ' + noun + (count === 1 ? '' : 's');

const linkOf = (fingerprints) => '#/' + fingerprints.join('/');
const fingerprintsOf = (steps) => steps.map((step) => step.fingerprint);
function pathOfAddress() {
  return location.hash.replace(/^#\\/?/, '').split('/').filter((part) => part !== '');
}

async function ask(path) {
  const response = await fetch(path);
  const body = await response.json();
  if (response.ok) return body;
  throw new Error(body.error.message);
}

function complain(error) {
  byId('problem').hidden = error === null;
  if (error === null) return;
  const reached = !(error instanceof TypeError);
  byId('problem').textContent = reached
    ? 'This path cannot be shown: ' + error.message + '. Start over, or choose a step of another path.'
    : 'The program behind this page does not answer: is “raft-chaos model explore” still running?';
}

// Shows the place that the address names.
async function show() {
  const request = ++asked;
  let found;
  try {
    found = await ask('/api/state/' + pathOfAddress().map(encodeURIComponent).join('/'));
  } catch (error) {
    if (request === asked) complain(error);
    return;
  }
  if (request !== asked) return;
  complain(null);
  const wasAtActions = byId('actions').contains(document.activeElement);
  place = found;
  drawState();
  drawPanels();
  if (wasAtActions) focusAction(0);
}

function go(fingerprints) {
  const link = fingerprints.length === 0 ? '#' : linkOf(fingerprints);
  if (location.hash === link || (link === '#' && location.hash === '')) show();
  else location.hash = link;
}
const choose = (action) => go([...fingerprintsOf(place.path), action.fingerprint]);
const undo = () => { if (place !== null && place.path.length > 1) go(fingerprintsOf(place.path).slice(0, -1)); };
const restart = () => go([]);

async function copy() {
  if (place === null) return;
  let says = 'Copied';
  try {
    await navigator.clipboard.writeText(location.origin + '/' + linkOf(fingerprintsOf(place.path)));
  } catch {
    says = 'Copy it from the address line';
  }
  byId('copied').textContent = says;
  setTimeout(() => { byId('copied').textContent = ''; }, 4000);
}

const actionButtons = () => [...byId('actions').querySelectorAll('button')];
function focusAction(at) {
  const buttons = actionButtons();
  (buttons[Math.min(Math.max(at, 0), buttons.length - 1)] ?? byId('actions')).focus();
}

const keys = {
  u: undo,
  s: restart,
  c: copy,
  n: () => focusAction(0),
  '?': () => byId('help').showModal(),
};
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
  const at = actionButtons().indexOf(document.activeElement);
  if (at !== -1 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    focusAction(at + (event.key === 'ArrowDown' ? 1 : -1));
    event.preventDefault();
    return;
  }
  if (!byId('shortcuts').checked) return;
  const button = /^[1-9]$/.test(event.key) ? actionButtons()[Number(event.key) - 1] : undefined;
  if (button !== undefined) button.click();
  else if (Object.hasOwn(keys, event.key)) keys[event.key]();
  else return;
  event.preventDefault();
}

// Until it has ended, twice a second; then there is nothing new to hear.
async function follow() {
  try {
    const search = await ask('/api/search');
    drawSearch(search);
    if (search.status === 'searching') setTimeout(follow, 500);
  } catch (error) {
    complain(error);
  }
}
${stateScript}
${panelsScript}
async function begin() {
  byId('undo').addEventListener('click', undo);
  byId('restart').addEventListener('click', restart);
  byId('copy').addEventListener('click', copy);
  byId('ask').addEventListener('click', keys['?']);
  byId('skip').addEventListener('click', (event) => { event.preventDefault(); focusAction(0); });
  addEventListener('keydown', onKey);
  addEventListener('hashchange', show);
  try {
    const model = await ask('/api/model');
    lifelines = model.lifelines;
    byId('name').textContent = model.name;
    byId('command').textContent = model.command;
  } catch (error) {
    complain(error);
    return;
  }
  await show();
  follow();
}
begin();
})();`;
