/** Draws the record: one column per phase, one row per measurement, all axes starting at zero. */

const ROWS = [
  { key: 'descriptors', title: 'descriptors', digits: 0 },
  { key: 'handles', title: 'handles', digits: 0 },
  { key: 'heap', title: 'heap, MB', digits: 1 },
  { key: 'rss', title: 'RSS, MB', digits: 1 },
  { key: 'delay', title: 'loop delay, ms', digits: 1 },
];
const [WIDTH, HEIGHT, GAP, LEFT, TOP] = [220, 60, 24, 110, 70];
/** More than the eye can distinguish. */
const MOST_POINTS = 200;

const STYLE = `svg { background: #fff; color: #222; font: 12px sans-serif }
polyline { fill: none; stroke: #06c; stroke-width: 1.5 } rect { fill: #8882 } text { fill: currentColor }
@media (prefers-color-scheme: dark) { svg { background: #111; color: #ddd } polyline { stroke: #6bf } }`;

const range = (values, digits) => {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return low === high ? low : `${low} to ${high}`;
};

/** At most `most` samples, evenly spaced, including the last. */
function thin(samples, most) {
  const every = Math.ceil(samples.length / most);
  return samples.filter((_, index) => (samples.length - 1 - index) % every === 0);
}

function cell({ samples }, { key, digits }, x, y) {
  const highest = Math.max(...samples.map((sample) => sample[key]), 1) * 1.2;
  const { done } = samples[samples.length - 1];
  const points = thin(samples, MOST_POINTS).map((sample) => {
    const [across, up] = [(sample.done / done) * WIDTH, (sample[key] / highest) * HEIGHT];
    return `${(x + across).toFixed(1)},${(y + HEIGHT - up).toFixed(1)}`;
  });
  const values = samples.map((sample) => sample[key]);
  return `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}"/><polyline points="${points.join(' ')}"/>
<text x="${x + WIDTH}" y="${y - 5}" text-anchor="end">${range(values, digits)}</text>`;
}

function column(phase, index) {
  const x = LEFT + index * (WIDTH + GAP);
  const title = `<text x="${x}" y="${TOP - 24}">${phase.done} ${phase.name}</text>`;
  return title + ROWS.map((row, at) => cell(phase, row, x, TOP + at * (HEIGHT + GAP))).join('\n');
}

/** The whole record as an SVG file. */
export function toSVG(phases, title) {
  const [width, height] = [LEFT + phases.length * (WIDTH + GAP), TOP + ROWS.length * (HEIGHT + GAP)];
  const names = ROWS.map(
    (row, at) => `<text x="8" y="${TOP + at * (HEIGHT + GAP) + HEIGHT / 2}">${row.title}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>${STYLE}</style>
<text x="8" y="20">${title}</text>
${[...names, ...phases.map(column)].join('\n')}
</svg>
`;
}

/** One phase for the terminal. */
export function toText({ samples }) {
  const bars = '▁▂▃▄▅▆▇█';
  return ROWS.map(({ key, title, digits }) => {
    const values = thin(samples, 40).map((sample) => sample[key]);
    const highest = Math.max(...values, 1) * 1.2;
    const line = values.map((value) => bars[Math.floor((value / highest) * bars.length)]).join('');
    return `  ${title.padEnd(15)} ${line} ${range(values, digits)}`;
  }).join('\n');
}
