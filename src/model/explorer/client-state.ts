/** Draws the state: what has just changed, a card for each node, the messages on their way, the sequence diagram. */
export const stateScript = `
function drawState() {
  const { state, before } = place;
  byId('now').replaceChildren(...nowParts());
  const isView = state !== null && state.kind === 'view';
  byId('cards').className = isView ? 'cards' : '';
  byId('cards').replaceChildren(...(isView ? state.nodes.map((node, at) => card(node, before?.nodes?.[at])) : [lines()]));
  byId('messages').replaceChildren(...(isView ? messageParts(state.messages, before?.messages) : []));
  byId('legend').hidden = !isView || state.nodes.every(({ log }) => log === null || log.length === 0);
  byId('notes').replaceChildren(...(isView ? state.notes : []).map((note) => make('li', {}, note)));
  drawDiagram();
}

// For those who look and those who listen: where we are, and what the last step has changed.
function nowParts() {
  const at = place.path.length - 1;
  const last = place.path[at];
  const title = at < 0 ? 'Choose where to begin.' : at === 0 ? 'The beginning.' : 'Step ' + at + ': ' + last.words;
  return [
    make('p', { class: 'step' }, title),
    place.withinBoundary ? null : make('p', { class: 'outside' }, 'Outside the boundary: the search does not come here.'),
    place.changes.length === 0 ? null : make('ul', { class: 'changes' }, place.changes.map((change) => make('li', {}, change))),
    hidden(plural(place.actions.length, 'next action')),
  ].filter((part) => part !== null);
}

function lines() {
  return make('ul', { class: 'lines' }, (place.state?.lines ?? []).map((line) =>
    make('li', { class: place.changes.includes(line) ? 'changed' : null }, line)));
}

function card(node, before) {
  const valueBefore = (name) => before?.facts.find((fact) => fact.name === name)?.value;
  const isNew = (value, old) => (before === undefined || before === null || value === old ? null : 'changed');
  return make('article', { class: 'card ' + node.tone },
    make('header', {},
      make('h3', {}, node.name),
      make('span', { class: 'status ' + (isNew(node.status, before?.status) ?? '') }, node.status)),
    make('dl', { class: 'facts' }, node.facts.map(({ name, value }) => make('div', { class: isNew(value, valueBefore(name)) },
      make('dt', {}, name), make('dd', {}, value)))),
    node.log === null ? null : log(node.log, before?.log ?? null),
    node.timers.length === 0 ? null : make('p', { class: 'timers' }, (node.timers.length === 1 ? 'timer: ' : 'timers: ') + node.timers.join(', ')),
    node.more.length === 0 ? null : make('ul', { class: 'more' }, node.more.map((line) => make('li', {}, line))));
}

// The entries as the figures of the paper have them: boxes with their terms, a colour for each term.
function log(entries, before) {
  if (entries.length === 0) return make('p', { class: 'empty' }, 'log: empty');
  const boxes = entries.map((entry, at) => {
    const old = before?.[at];
    const isNew = before !== null && (old === undefined || old.term !== entry.term || old.label !== entry.label);
    const classes = ['box', 't' + entry.term % 6, entry.committed && 'committed', !entry.durable && 'unsynced', isNew && 'changed'];
    return make('li', { class: classes.filter(Boolean).join(' ') },
      make('span', { class: 'index', 'aria-hidden': 'true' }, String(at + 1)),
      make('span', { class: 'term' }, hidden('entry ' + (at + 1) + ': term '), String(entry.term)),
      make('span', { class: 'label' }, hidden(', '), entry.label),
      hidden((entry.committed ? ', committed' : ', not committed') + (entry.durable ? '' : ', not on the disk yet')));
  });
  return make('ol', { class: 'log' }, boxes);
}

function messageParts(messages, before) {
  const total = messages.reduce((sum, { count }) => sum + count, 0);
  const title = make('h3', {}, 'Messages on their way: ' + (total === 0 ? 'none' : total));
  if (total === 0) return [title];
  const known = (message) => (before ?? []).some(({ from, to, label, count }) =>
    from === message.from && to === message.to && label === message.label && count >= message.count);
  return [title, make('ul', { class: 'messages' }, messages.map((message) =>
    make('li', { class: before && !known(message) ? 'changed' : null },
      make('span', { class: 'route' }, lifelines[message.from] + ' → ' + lifelines[message.to]),
      make('span', {}, message.label + (message.count === 1 ? '' : ' × ' + message.count)))))];
}

function drawDiagram() {
  byId('drawn').hidden = place.diagram === null;
  if (place.diagram === null) {
    byId('diagram').replaceChildren();
    return;
  }
  const drawing = new DOMParser().parseFromString(place.diagram, 'image/svg+xml').documentElement;
  byId('diagram').replaceChildren(document.importNode(drawing, true));
  byId('diagram').scrollTop = byId('diagram').scrollHeight;
}
`;
