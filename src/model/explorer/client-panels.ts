/** Draws the panels beside the state: next actions, path, properties, search. */
export const panelsScript = `
// A drawing for each kind of action, 16 by 16: envelope, clock, diamond, pencil, lightning, arrow back up, cross. In the
// order in which the actions of a node stand.
const signs = {
  deliver: 'M2,4h12v8h-12z M2,4l6,5l6,-5',
  timeout: 'M8,2a6,6 0 1 0 0.01,0z M8,5v3l2,2',
  choice: 'M8,2l6,6l-6,6l-6,-6z',
  input: 'M3,13l1,-4l7,-7l3,3l-7,7z',
  crash: 'M9,1l-5,8h4l-1,6l5,-8h-4z',
  recover: 'M13,8a5,5 0 1 1 -2,-4 M12,1v3h-3',
  drop: 'M4,4l8,8 M12,4l-8,8',
};
function sign(kind) {
  const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
  for (const [name, value] of [['class', 'sign ' + kind], ['viewBox', '0 0 16 16'], ['aria-hidden', 'true']]) svg.setAttribute(name, value);
  path.setAttribute('d', signs[kind]);
  svg.append(path);
  return svg;
}

function drawPanels() {
  const at = place.path.length - 1;
  document.title = (at < 1 ? '' : 'Step ' + at + ' · ') + byId('name').textContent;
  byId('undo').disabled = at < 1;
  byId('restart').disabled = at < 1;
  drawActions();
  byId('path').replaceChildren(...place.path.map((step, index) => make('li', {},
    make('a', { href: linkOf(fingerprintsOf(place.path.slice(0, index + 1))), 'aria-current': index === at ? 'step' : null }, step.words))));
  byId('path').scrollTop = byId('path').scrollHeight;
  drawProperties();
}

// In groups by where they happen; numbered through, in the order in which they stand.
function drawActions() {
  let number = 0;
  const rank = (action) => Object.keys(signs).indexOf(action.kind);
  const groups = Map.groupBy(place.actions.toSorted((a, b) => rank(a) - rank(b)), (action) => action.lifeline);
  const drawn = [...groups].sort(([a], [b]) => (a ?? -1) - (b ?? -1)).map(([lifeline, actions]) =>
    make('div', { role: 'group', 'aria-label': lifeline === null ? 'actions' : 'at ' + lifelines[lifeline] },
      lifeline === null ? null : make('h3', {}, lifelines[lifeline]),
      make('ul', {}, actions.map((action) => make('li', {}, actionButton(action, ++number))))));
  byId('actions').replaceChildren(...drawn);
  const { idle } = place;
  const ends = place.actions.length === 0 && place.path.length > 0;
  byId('idle').textContent = (ends ? 'Nothing can happen any more. ' : '')
    + (idle === 0 ? '' : plural(idle, 'more action') + ' would change nothing.');
}

function actionButton(action, number) {
  const marks = [
    action.withinBoundary ? null : 'outside the boundary',
    action.backTo === null ? null : 'back to step ' + action.backTo,
    action.same.length === 0 ? null : 'leads to the same: ' + action.same.join('; '),
  ].filter((mark) => mark !== null);
  const key = number <= 9 ? String(number) : null;
  return make('button', { type: 'button', class: action.withinBoundary ? null : 'outside', 'aria-keyshortcuts': key, click: () => choose(action) },
    make('kbd', { 'aria-hidden': 'true' }, key ?? ''),
    action.kind === null ? null : sign(action.kind),
    make('span', { class: 'words' }, action.short, marks.map((mark) => make('span', { class: 'mark' }, mark))));
}

let lastSearch = null;
function drawSearch(search) {
  lastSearch = search;
  if (byId('search-words').textContent !== search.words) byId('search-words').textContent = search.words;
  const facts = [['states', search.states], ['unique', search.unique], ['depth', search.depth], ['seconds', Math.round(search.seconds)]];
  byId('search').replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value.toLocaleString('en')))));
  drawProperties();
}

const expectations = { always: 'Always', sometimes: 'Sometimes', eventually: 'Eventually, on every path' };

function drawProperties() {
  if (place === null) return;
  const items = place.properties.map((property, at) => [property.expectation, propertyItem(property, lastSearch?.properties[at] ?? null)]);
  const drawn = Object.entries(expectations).filter(([expectation]) => items.some(([other]) => other === expectation))
    .flatMap(([expectation, title]) => [make('h3', {}, title),
      make('ul', {}, items.filter(([other]) => other === expectation).map(([, item]) => item))]);
  // Whoever is just reading it, or has the focus on a link in it, is not to be disturbed.
  const text = drawn.map((item) => item.outerHTML).join('');
  if (byId('properties').dataset.drawn === text) return;
  const focused = [...byId('properties').querySelectorAll('a')].indexOf(document.activeElement);
  byId('properties').replaceChildren(...drawn);
  byId('properties').dataset.drawn = text;
  if (focused !== -1) byId('properties').querySelectorAll('a')[focused]?.focus();
}

function propertyItem({ name, expectation, holds, decidedAt }, found) {
  const path = found?.path ?? null;
  const isExample = expectation === 'sometimes';
  const isDecided = path !== null || lastSearch?.status === 'done';
  const tone = !isDecided ? 'open' : (path !== null) === isExample ? 'good' : 'bad';
  const verdict = found === null ? 'not searched yet' : found.words;
  const [here, hereTone] = wordsHere(expectation, holds, decidedAt);
  return make('li', { class: tone },
    make('strong', {}, name), ' ',
    make('span', { class: 'verdict' }, verdict),
    path === null ? null : ' ',
    path === null ? null : make('a', { href: linkOf(path) }, 'show', hidden(' this ' + (isExample ? 'example of ' : 'counterexample to ') + name)),
    here === null ? null : make('p', { class: 'here ' + hereTone }, here));
}

// Only what is worth a word: that a promise is kept here too is what one expects.
function wordsHere(expectation, holds, decidedAt) {
  if (decidedAt === null) return [null, ''];
  const at = decidedAt === place.path.length - 1 ? 'here' : 'at step ' + decidedAt;
  if (expectation === 'always') return ['broken ' + at, 'bad'];
  return [(holds && at !== 'here' ? 'holds here, and first ' : 'holds ') + at, 'good'];
}
`;
