/** The charts: their data, scales and colours, the shading of faults, and the lines of anomalies. */
export const chartsScript = `
const seconds = (value) => (Math.round(value * 1000) / 1000) + ' s';
const duration = (ms) => ms >= 1000 ? ms / 1000 + ' s' : ms + ' ms';
const charts = {};

// Faults behind the data, their names above it; anomalies as dashed lines.
const overlay = {
  id: 'overlay',
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    for (const band of data.bands) {
      const from = x.getPixelForValue(band.from);
      const width = Math.max(1, x.getPixelForValue(band.to) - from);
      ctx.fillStyle = colour('fault-' + band.colour);
      ctx.globalAlpha = parseFloat(colour('shade')) * (band.effective ? 1 : 0.4);
      ctx.fillRect(from, area.top, width, area.height);
    }
    ctx.restore();
  },
  afterDatasetsDraw(chart) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.font = '11px system-ui, sans-serif';
    ctx.textBaseline = 'top';
    const taken = [];
    for (const band of data.bands) {
      const from = Math.max(area.left, x.getPixelForValue(band.from));
      const room = Math.min(area.right, x.getPixelForValue(band.to)) - from - 6;
      const text = [band.id + ' ' + band.nemesis, band.id].find((name) => ctx.measureText(name).width <= room);
      if (text === undefined) continue;
      const right = from + ctx.measureText(text).width + 6;
      let row = 0;
      while (taken.some((other) => other.row === row && from < other.right && right > other.from)) row++;
      if (row > 3) continue;
      taken.push({ row, from, right });
      ctx.fillStyle = colour('text');
      ctx.fillText(text, from + 3, area.top + 3 + row * 13);
    }
    let last = -Infinity;
    for (const mark of data.marks) {
      const at = x.getPixelForValue(mark.at);
      if (at < area.left || at > area.right) continue;
      ctx.strokeStyle = colour('invalid-text');
      ctx.lineWidth = 1.5;
      ctx.setLineDash([4, 3]);
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
      if (at - last < 22) continue;
      last = at;
      ctx.textAlign = 'center';
      ctx.fillStyle = colour('invalid-text');
      ctx.fillText(mark.id, at, area.top - 13);
    }
    if (chart.dragged) {
      ctx.globalAlpha = 0.2;
      ctx.fillStyle = colour('link');
      ctx.fillRect(chart.dragged[0], area.top, chart.dragged[1] - chart.dragged[0], area.height);
    }
    ctx.restore();
  },
};

// The library makes room for the last tick's label: then the charts would not line up with the lanes.
const unpadded = (scale) => { scale.paddingLeft = scale.paddingRight = 0; };

function makeChart(id, type, datasets, y, tooltip) {
  const canvas = document.getElementById(id);
  const axis = (more) => ({ type: 'linear', border: { display: false }, ...more });
  const options = {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
    interaction: { mode: type === 'scatter' ? 'nearest' : 'x', intersect: type === 'scatter', axis: 'x' },
    layout: { padding: { top: data.marks.length > 0 ? 14 : 4, right: pixels('edge') }, autoPadding: false },
    plugins: { legend: { display: false }, tooltip: { callbacks: tooltip } },
    scales: {
      x: axis({ min: 0, max: data.end, offset: false, stacked: type === 'bar', afterFit: unpadded, ticks: { maxRotation: 0, includeBounds: false, autoSkipPadding: 24 } }),
      y: axis({ ...y, afterFit: (scale) => { scale.width = pixels('gutter'); } }),
    },
  };
  datasets.forEach(tint);
  charts[id] = new Chart(canvas, { type, data: { datasets }, options, plugins: [overlay] });
}

const middles = (values) => values.map((y, at) => ({ x: (at + 0.5) * data.bucket, y }));
const heading = (items) => items.length === 0 ? '' :
  seconds(items[0].parsed.x - data.bucket / 2) + ' to ' + seconds(items[0].parsed.x + data.bucket / 2);

// The same scale whatever part of the run is shown, with some air, and lines at round figures only.
function logarithmic(values) {
  const known = values.filter((value) => value !== null);
  const low = known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), 0);
  const [min, max] = known.length === 0 ? [1, 1000] : [low / 1.8, high * 2.5];
  const factors = max / min > 60 ? [1] : [1, 2, 5];
  return {
    type: 'logarithmic', min, max, ticks: { callback: duration },
    afterBuildTicks: (axis) => {
      axis.ticks = [];
      for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
        for (const factor of factors) axis.ticks.push({ value: Number((factor * 10 ** power).toPrecision(1)) });
      }
      axis.ticks = axis.ticks.filter((tick) => tick.value >= min && tick.value <= max);
    },
  };
}

const shapes = { ok: 'circle', fail: 'crossRot', info: 'triangle' };

function draw() {
  Chart.defaults.font.family = 'system-ui, sans-serif';
  Chart.defaults.font.size = 11;
  // As wide as its slice; the library's own guess goes by the ticks, too, and is too narrow in a short range.
  const wide = ({ chart }) => chart.chartArea === undefined ? 1 :
    chart.chartArea.width * data.bucket / (chart.scales.x.max - chart.scales.x.min) + 0.3;
  makeChart('throughput', 'bar', ['ok', 'fail', 'info'].map((name) => ({
    label: name, colours: name, data: middles(data.throughput[name]), barThickness: wide,
  })), { stacked: true, beginAtZero: true, ticks: { maxTicksLimit: 6 } }, {
    title: heading, label: (item) => item.dataset.label + ': ' + item.raw.y + ' a second',
  });
  makeChart('latency', 'scatter', ['ok', 'fail', 'info'].map((name) => ({
    label: name, colours: name, data: data.latency[name].map(([x, y]) => ({ x, y })),
    pointStyle: shapes[name], pointRadius: name === 'ok' ? 1.5 : 3.5, borderWidth: name === 'fail' ? 1.5 : 0,
    order: name === 'ok' ? 1 : 0,
  })), logarithmic(Object.values(data.latency).flat().map((point) => point[1])), { label: (item) => item.dataset.label + ' after ' + duration(item.raw.y) + ', begun at ' + seconds(item.raw.x) });
  const dashes = { p50: [], p95: [6, 3], p99: [], max: [2, 3] };
  makeChart('quantiles', 'line', ['p50', 'p95', 'p99', 'max'].map((name) => ({
    label: name, colours: name, data: middles(data.quantiles[name]),
    pointRadius: 1.5, borderWidth: name === 'p99' ? 2 : 1.5, borderDash: dashes[name], spanGaps: false,
  })), logarithmic(Object.values(data.quantiles).flat()), {
    title: heading,
    label: (item) => item.dataset.label + ': ' + duration(item.raw.y),
  });
  paint();
}

// Two thirds of a colour on the page's own. Opaque, unlike that of points: or the seams between the bars would show.
function paler(name) {
  const parts = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  const page = parts(colour('page'));
  return 'rgb(' + parts(colour(name)).map((part, at) => Math.round((2 * part + page[at]) / 3)).join(', ') + ')';
}

function tint(dataset) {
  dataset.borderColor = colour(dataset.colours);
  if (dataset.barThickness !== undefined) dataset.backgroundColor = paler(dataset.colours);
  else dataset.backgroundColor = dataset.pointStyle === 'crossRot' ? 'transparent' : colour(dataset.colours) + 'cc';
}

// Takes the colours from the style sheet again: for the first time, when the scheme changes, and for paper.
function paint() {
  for (const chart of Object.values(charts)) {
    chart.data.datasets.forEach(tint);
    for (const axis of [chart.options.scales.x, chart.options.scales.y]) {
      axis.ticks.color = colour('muted');
      axis.grid = { color: colour('grid'), tickLength: 4, offset: false };
    }
    chart.options.layout.padding.right = pixels('edge');
    chart.update('none');
  }
}
`;
