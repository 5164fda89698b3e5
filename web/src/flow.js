/* flow.js - the picture of a flow: what came in on one side, what became of it on the other, widths as quantities.
 * Rule:  opening + supplied + good + in - out - consumed - served - sold - scrapped - lost + difference = closing,
 *        so both sides of the bar in the middle are equally high; a negative one stands on the other side.
 * Pure:  terms() and picture() compute; FlowPicture only draws. */
import { nameOf, shortNumber, t, unitOf } from './i18n.js';
import { itemOf } from './session.js';

const INTO = ['opening', 'supplied', 'good', 'in'];
const OUT_OF = ['consumed', 'out', 'served', 'sold', 'scrapped', 'lost'];

/** {into, outOf}: [{key, value}], every value above zero. */
export function terms(row) {
  const into = [];
  const outOf = [];
  const put = (key, value) => {
    if (value > 0) into.push({ key, value });
    if (value < 0) outOf.push({ key, value: -value });
  };
  for (const key of INTO) put(key, Number(row[key] || 0));
  put('difference', Number(row.difference || 0));
  for (const key of OUT_OF) put(key, -Number(row[key] || 0));
  const stages = (row.closingByStage || []).map(each => ({ key: 'stage_' + String(each.stage).replace('STAGE_', ''), value: Number(each.quantity || 0) }));
  if (stages.length && stages.every(each => each.value >= 0)) {
    for (const each of stages) if (each.value) outOf.push({ ...each, left: true });
  } else {
    put('closing', -Number(row.closing || 0));
    if (Number(row.closing) > 0) outOf.at(-1).left = true;
  }
  return { into, outOf };
}

const LABEL_HEIGHT = 36;  // two lines of words
const GAP = 8;
const PADDING = 10;
const BAR_WIDTH = 12;

function column(list, scale, x) {
  let y = 0;
  return list.map(each => {
    // A broad ribbon carries its words, a narrow one runs below them.
    const thick = Math.max(2, each.value * scale);
    const above = thick < LABEL_HEIGHT ? LABEL_HEIGHT : 0;
    const node = { ...each, x, y: y + above, thick, middle: above ? y + LABEL_HEIGHT / 2 : y + thick / 2 };
    y += above + thick + GAP;
    return node;
  });
}
const heightOf = nodes => nodes.length ? nodes.at(-1).y + nodes.at(-1).thick : 0;

/** Where everything stands, for one item in a frame of this width. */
export function picture(row, { x = 0, width, barHeight }) {
  const { into, outOf } = terms(row);
  const total = into.reduce((sum, each) => sum + each.value, 0);
  if (!total) return null;
  const scale = barHeight / total;
  const left = column(into, scale, x);
  const right = column(outOf, scale, x + width);
  const height = Math.max(heightOf(left), heightOf(right), barHeight);
  const shift = (nodes, by) => nodes.forEach(node => { node.y += by; node.middle += by; });
  shift(left, (height - heightOf(left)) / 2);
  shift(right, (height - heightOf(right)) / 2);
  const bar = { x: x + width / 2 - BAR_WIDTH / 2, y: (height - barHeight) / 2, height: barHeight };
  const ribbons = [];
  for (const [nodes, inward] of [[left, true], [right, false]]) {
    let at = bar.y;
    for (const node of nodes) {
      const thickAtBar = node.value * scale;
      ribbons.push(inward
        ? { node, from: [node.x, node.y, node.thick], to: [bar.x, at, thickAtBar] }
        : { node, from: [bar.x + BAR_WIDTH, at, thickAtBar], to: [node.x, node.y, node.thick] });
      at += thickAtBar;
    }
  }
  return { left, right, bar, ribbons, height, total };
}

function ribbonPath([x0, y0, h0], [x1, y1, h1], flip) {
  const mid = (x0 + x1) / 2;
  const [a, m, b] = [x0, mid, x1].map(flip);
  return `M${a} ${y0}C${m} ${y0} ${m} ${y1} ${b} ${y1}V${y1 + h1}C${m} ${y1 + h1} ${m} ${y0 + h0} ${a} ${y0 + h0}Z`;
}

const toneOf = node => node.left ? 'left' : ['scrapped', 'lost', 'difference', 'closing'].includes(node.key) ? 'bad'
  : ['served', 'out', 'sold'].includes(node.key) ? 'went' : node.key === 'good' ? 'made' : node.key === 'consumed' ? 'used' : 'came';

export const flowWord = key => key.startsWith('stage_') ? t(key) : t('flow_' + key);

function Side({ nodes, item, flip, end }) {
  return nodes.map(node => (
    <g key={node.key} class="flow-label">
      <text x={flip(end ? node.x - 6 : node.x + 6)} y={node.middle - 4} text-anchor={end ? 'end' : 'start'}>{flowWord(node.key)}</text>
      <text class="value" x={flip(end ? node.x - 6 : node.x + 6)} y={node.middle + 14} text-anchor={end ? 'end' : 'start'}>
        {shortNumber(node.value / Number(itemOf(item).displayFactor || 1))}</text>
    </g>
  ));
}

/** One item, or two where one is made of the other: chain = [{row}, {row}]. */
export function FlowPicture({ chain, width, rtl }) {
  const joined = chain.length > 1;
  const between = joined ? Math.round(width * 0.1) : 0;
  const each = (width - 2 * PADDING - between) / chain.length;
  const barHeight = width > 700 ? 240 : 190;
  const head = 34;
  const pictures = chain.map((row, i) => ({ row, ...picture(row, { x: PADDING + i * (each + between), width: each, barHeight }) })).filter(one => one.bar);
  if (!pictures.length) return null;
  const height = Math.max(...pictures.map(one => one.height)) + head + PADDING;
  const flip = rtl ? x => width - x : x => x;
  for (const one of pictures) {
    const by = head + (height - head - PADDING - one.height) / 2;
    for (const node of [...one.left, ...one.right]) { node.y += by; node.middle += by; }
    one.bar.y += by;
    for (const ribbon of one.ribbons) { ribbon.from[1] += by; ribbon.to[1] += by; }
  }
  const from = pictures[0].right.find(node => node.key === 'consumed');
  const to = pictures[1]?.left.find(node => node.key === 'good');
  return (
    <svg class="flow-picture" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img"
      aria-label={t('flow_of', { items: pictures.map(one => nameOf(itemOf(one.row.item).name, one.row.item)).join(', ') })}>
      {from && to && <path class="ribbon becomes" d={ribbonPath([from.x, from.y, from.thick], [to.x, to.y, to.thick], flip)} />}
      {from && to && <text class="becomes-word" x={flip((from.x + to.x) / 2)} y={(from.middle + to.middle) / 2} text-anchor="middle">{t('became')}</text>}
      {pictures.map(one => (
        <g key={one.row.item}>
          {one.ribbons.map(ribbon => <path key={ribbon.node.key} class={`ribbon ${toneOf(ribbon.node)}`} d={ribbonPath(ribbon.from, ribbon.to, flip)} />)}
          <rect class="flow-bar" x={flip(one.bar.x + (rtl ? BAR_WIDTH : 0))} y={one.bar.y} width={BAR_WIDTH} height={one.bar.height} rx="4" />
          <text class="flow-item" x={flip(one.bar.x + BAR_WIDTH / 2)} y={head - 14} text-anchor="middle">
            {nameOf(itemOf(one.row.item).name, one.row.item)}{unitOf(itemOf(one.row.item)) && ` (${unitOf(itemOf(one.row.item))})`}</text>
          <Side nodes={one.left} item={one.row.item} flip={flip} />
          <Side nodes={one.right} item={one.row.item} flip={flip} end />
        </g>
      ))}
    </svg>
  );
}
