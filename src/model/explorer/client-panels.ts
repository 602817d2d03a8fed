/** Draws the panels beside the state: next actions, path, properties, search. */
export const panelsScript = `
const kinds = {
  deliver: ['✉', 'deliver'], drop: ['✕', 'lose'], timeout: ['⏱', 'time-out'], input: ['✎', 'input'],
  choice: ['◆', 'choice'], crash: ['☠', 'crash'], recover: ['↻', 'recovery'],
};

function drawPanels() {
  const at = place.path.length - 1;
  document.title = (at < 1 ? '' : 'Step ' + at + ' · ') + byId('name').textContent;
  byId('undo').disabled = at < 1;
  byId('restart').disabled = at < 1;
  drawActions();
  byId('path').replaceChildren(...place.path.map((step, index) => make('li', {},
    make('a', { href: linkOf(fingerprintsOf(place.path.slice(0, index + 1))), 'aria-current': index === at ? 'step' : null }, step.words))));
  drawProperties();
}

// In groups by where they happen; numbered through, in the order in which they stand.
function drawActions() {
  let number = 0;
  const groups = Map.groupBy(place.actions, (action) => action.lifeline);
  const drawn = [...groups].sort(([a], [b]) => (a ?? -1) - (b ?? -1)).map(([lifeline, actions]) =>
    make('section', { 'aria-label': lifeline === null ? null : 'at ' + lifelines[lifeline] },
      lifeline === null ? null : make('h3', {}, lifelines[lifeline]),
      make('ul', {}, actions.map((action) => make('li', {}, actionButton(action, ++number))))));
  byId('actions').replaceChildren(...drawn);
  const { idle } = place;
  const ends = place.actions.length === 0 && place.path.length > 0;
  byId('idle').textContent = (ends ? 'Nothing can happen any more. ' : '')
    + (idle === 0 ? '' : plural(idle, 'more action') + ' would change nothing.');
}

function actionButton(action, number) {
  const [sign, kind] = kinds[action.kind] ?? ['', ''];
  const marks = [
    action.withinBoundary ? null : 'outside the boundary',
    action.backTo === null ? null : 'back to step ' + action.backTo,
    action.same.length === 0 ? null : 'leads to the same: ' + action.same.join('; '),
  ].filter((mark) => mark !== null);
  const key = number <= 9 ? String(number) : null;
  return make('button', { type: 'button', class: action.withinBoundary ? null : 'outside', 'aria-keyshortcuts': key, click: () => choose(action) },
    make('kbd', { 'aria-hidden': 'true' }, key ?? ''),
    sign === '' ? null : make('span', { class: 'sign ' + action.kind, 'aria-hidden': 'true', title: kind }, sign),
    make('span', { class: 'words' }, action.words, marks.map((mark) => make('span', { class: 'mark' }, mark))));
}

let lastSearch = null;
function drawSearch(search) {
  lastSearch = search;
  if (byId('search-words').textContent !== search.words) byId('search-words').textContent = search.words;
  const facts = [['states', search.states], ['unique', search.unique], ['depth', search.depth], ['seconds', Math.round(search.seconds)]];
  byId('search').replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value.toLocaleString('en')))));
  drawProperties();
}

function drawProperties() {
  if (place === null) return;
  // Whoever is just reading it, or has the focus on a link in it, is not to be disturbed.
  const drawn = place.properties.map((property, at) => propertyItem(property, lastSearch?.properties[at] ?? null));
  const text = drawn.map((item) => item.outerHTML).join('');
  if (byId('properties').dataset.drawn === text) return;
  const focused = [...byId('properties').querySelectorAll('a')].indexOf(document.activeElement);
  byId('properties').replaceChildren(...drawn);
  byId('properties').dataset.drawn = text;
  if (focused !== -1) byId('properties').querySelectorAll('a')[focused]?.focus();
}

function propertyItem({ name, expectation, holds, decidedAt }, found) {
  const path = found?.path ?? null;
  const tone = path === null ? 'open' : expectation === 'sometimes' ? 'good' : 'bad';
  const verdict = found === null ? 'not searched yet' : found.words;
  const [here, hereTone] = wordsHere(expectation, holds, decidedAt);
  return make('li', { class: tone },
    make('p', { class: 'property' }, make('strong', {}, name), make('span', { class: 'tag' }, expectation)),
    make('p', { class: 'verdict' }, verdict, path === null ? null : ' ',
      path === null ? null : make('a', { href: linkOf(path) }, 'show', hidden(' this ' + (tone === 'good' ? 'example of ' : 'counterexample to ') + name))),
    here === null ? null : make('p', { class: 'here ' + hereTone }, here));
}

function wordsHere(expectation, holds, decidedAt) {
  const last = place.path.length - 1;
  if (last < 0) return [null, ''];
  const at = decidedAt === last ? 'here' : 'at step ' + decidedAt;
  if (expectation === 'always') return decidedAt === null ? ['holds on this path', ''] : ['broken ' + at, 'bad'];
  if (decidedAt === null) return ['not on this path so far', ''];
  return [(holds && decidedAt !== last ? 'holds here, and first ' : 'holds ') + at, 'good'];
}
`;
