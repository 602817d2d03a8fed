/** What the reader can do: choose a part of the run, show and hide a series, copy the command, print. */
export const viewScript = `
const svg = 'http://www.w3.org/2000/svg';
const view = document.getElementById('view');
const shown = document.getElementById('shown');
let range = [0, data.end];

// Charts and lanes show the same part of the run: the lanes' inner drawings are widened and moved.
function show(from, to) {
  const least = data.end / 2000;
  const width = Math.min(data.end, Math.max(least, to - from));
  const start = Math.min(Math.max(0, from), data.end - width);
  range = [start, start + width];
  for (const chart of Object.values(charts)) {
    chart.options.scales.x.min = range[0];
    chart.options.scales.x.max = range[1];
    chart.update('none');
  }
  const scale = data.end / width;
  for (const inner of document.querySelectorAll('svg.zoom')) {
    inner.setAttribute('width', scale * 100 + '%');
    inner.setAttribute('x', -(start / width) * 100 + '%');
  }
  shown.textContent = seconds(range[0]) + ' – ' + seconds(range[1]);
  const value = from + ',' + to;
  view.value = [...view.options].some((option) => option.value === value) ? value : '';
  fit();
}

// Each label in the part of its stretch that is shown, as long as that allows; and the axis below the lanes.
function fit() {
  const axis = document.querySelector('svg.axis');
  const width = axis.clientWidth;
  const scale = data.end / (range[1] - range[0]);
  for (const text of document.querySelectorAll('svg text[data-share]')) {
    const begin = Number(text.dataset.at);
    const from = Math.max(begin, range[0] / data.end);
    const to = Math.min(begin + Number(text.dataset.share), range[1] / data.end);
    const room = (to - from) * width * scale - 8;
    text.setAttribute('x', from * 100 + '%');
    const fits = [text.dataset.long, text.dataset.short].find((label) => label.length * 6.4 <= room);
    text.classList.toggle('hidden', fits === undefined);
    if (fits !== undefined) text.textContent = fits;
  }
  axis.replaceChildren(...ticks(range[0], range[1], width / 60).map((tick) => {
    const label = document.createElementNS(svg, 'text');
    label.setAttribute('x', ((tick - range[0]) / (range[1] - range[0])) * 100 + '%');
    label.setAttribute('y', '14');
    label.setAttribute('class', 'axis-label');
    label.setAttribute('text-anchor', 'middle');
    label.textContent = String(tick);
    return label;
  }));
}

// Round numbers, at most about that many.
function ticks(from, to, most) {
  const rough = (to - from) / Math.max(2, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let at = Math.ceil(from / step); at * step <= to; at++) found.push(Number((at * step).toPrecision(10)));
  return found;
}

const parseRange = (text) => text.split(',').map(Number);

function listen() {
  view.addEventListener('change', () => show(...parseRange(view.value)));
  for (const button of document.querySelectorAll('[data-move]')) {
    const step = Number(button.dataset.move) / 4;
    button.addEventListener('click', () => {
      const width = range[1] - range[0];
      show(range[0] + step * width, range[1] + step * width);
    });
  }
  for (const button of document.querySelectorAll('[data-zoom]')) {
    button.addEventListener('click', () => {
      const middle = (range[0] + range[1]) / 2;
      const half = ((range[1] - range[0]) / 2) * Number(button.dataset.zoom);
      show(middle - half, middle + half);
    });
  }
  for (const link of document.querySelectorAll('a[data-range]')) {
    link.addEventListener('click', () => show(...parseRange(link.dataset.range)));
  }
  for (const button of document.querySelectorAll('[data-series]')) {
    button.addEventListener('click', () => {
      const visible = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(visible));
      charts[button.dataset.chart]?.setDatasetVisibility(Number(button.dataset.series), visible);
      charts[button.dataset.chart]?.update('none');
    });
  }
  document.getElementById('copy').addEventListener('click', copy);
  addEventListener('resize', fit);
  for (const chart of Object.values(charts)) dragToZoom(chart);
}

// By mouse only: a finger that moves across a chart scrolls the page.
function dragToZoom(chart) {
  const inArea = (event) => {
    const left = chart.canvas.getBoundingClientRect().left;
    return Math.min(chart.chartArea.right, Math.max(chart.chartArea.left, event.clientX - left));
  };
  chart.canvas.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    chart.canvas.setPointerCapture(event.pointerId);
    chart.dragged = [inArea(event), inArea(event)];
  });
  chart.canvas.addEventListener('pointermove', (event) => {
    if (!chart.dragged) return;
    chart.dragged[1] = inArea(event);
    chart.draw();
  });
  chart.canvas.addEventListener('pointercancel', () => { chart.dragged = null; chart.draw(); });
  chart.canvas.addEventListener('pointerup', () => {
    if (!chart.dragged) return;
    const [from, to] = chart.dragged.sort((a, b) => a - b);
    chart.dragged = null;
    if (to - from < 5) chart.draw();
    else show(chart.scales.x.getValueForPixel(from), chart.scales.x.getValueForPixel(to));
  });
}

// A page opened from a file may not be allowed to use the clipboard: then the command is selected, to be copied by hand.
async function copy() {
  const source = document.getElementById('command');
  let says = 'Copied';
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    says = document.execCommand('copy') ? 'Copied' : 'Selected: copy it with your keyboard';
  }
  document.getElementById('copied').textContent = says;
}

// On paper everything stands open, and in the light colours.
function forPaper() {
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    document.documentElement.dataset.print = '';
    for (const details of closed) details.open = true;
    paint();
  });
  addEventListener('afterprint', () => {
    delete document.documentElement.dataset.print;
    for (const details of closed) details.open = false;
    paint();
  });
}

if (document.getElementById('throughput') !== null) draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
matchMedia('(max-width: 640px)').addEventListener('change', paint);
forPaper();
listen();
show(0, data.end);
`;
