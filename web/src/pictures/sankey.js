/* sankey.js - the flow of a place as a picture: ribbons into a bar and out of it, as broad as they are many.
 * Flow:  terms() of flow.js -> split() puts the places inside in the stead of the term that is chosen -> picture() says
 *        where everything stands -> FlowPicture draws. What was made of something is drawn beside it.
 * Text:  the same numbers stand beside it as a list (screens/flow.js). */
import { MEASURES, terms, termWord } from '../flow.js';
import { amountWithUnit, factorOf, nameOf, number, shortNumber, t, unitOf } from '../i18n.js';
import { itemOf } from '../session.js';

const TERM_OF = { made: 'good', came: 'supplied', used: 'consumed', went: 'served', left: null };
const PARTS_SHOWN = 7; // more of them are too thin to carry words: the rest is one ribbon

/** Parts of a term by the places inside: the largest, the rest together, and what the place itself has. Null: they do not
 *  add up to it, as where some are below zero. */
export function partsOf(row, measure, rows) {
  const key = TERM_OF[measure];
  const of = flow => key ? Number(flow?.[key] || 0) : MEASURES.left(flow || {});
  const whole = of(row);
  const parts = rows.map(each => ({ place: each.place, name: nameOf(each.name, each.place), value: of(each.flow), href: each.href })).filter(part => part.value);
  const sum = parts.reduce((all, part) => all + part.value, 0);
  if (whole <= 0 || !parts.length || parts.some(part => part.value < 0) || sum > whole) return null;
  parts.sort((a, b) => b.value - a.value);
  const rest = parts.splice(PARTS_SHOWN + (parts.length === PARTS_SHOWN + 1 ? 1 : 0));
  if (rest.length) parts.push({ rest: rest.length, value: rest.reduce((all, part) => all + part.value, 0) });
  if (whole > sum) parts.push({ own: true, value: whole - sum });
  return { key, parts };
}

/** The terms with the chosen one in parts. */
function split({ into, outOf }, by) {
  if (!by) return { into, outOf };
  const put = list => list.flatMap(term => term.key === by.key ? by.parts.map((part, i) => ({ ...term, ...part, key: `${term.key} ${i}` })) : [term]);
  if (by.key) return { into: put(into), outOf: put(outOf) };
  return { into, outOf: [...outOf.filter(term => !term.left), ...by.parts.map((part, i) => ({ ...part, key: `closing ${i}`, left: true }))] };
}

function column(list, scale, x, em) {
  const label = 36 * em;
  let y = 0;
  return list.map(each => {
    // A broad ribbon carries its words, a narrow one runs below them.
    const thick = Math.max(2, each.value * scale);
    const above = thick < label ? label : 0;
    const node = { ...each, x, y: y + above, thick, middle: above ? y + label / 2 : y + thick / 2 };
    y += above + thick + 8 * em;
    return node;
  });
}
const heightOf = nodes => nodes.length ? nodes.at(-1).y + nodes.at(-1).thick : 0;
const BAR_WIDTH = 12;

/** Where everything stands, for one item in a frame of this width. */
export function picture(row, { x = 0, width, barHeight, by, em = 1 }) {
  const { into, outOf } = split(terms(row), by);
  const total = into.reduce((sum, each) => sum + each.value, 0);
  if (!total) return null;
  const scale = barHeight / total;
  const left = column(into, scale, x, em);
  const right = column(outOf, scale, x + width, em);
  const height = Math.max(heightOf(left), heightOf(right), barHeight);
  const shift = (nodes, down) => nodes.forEach(node => { node.y += down; node.middle += down; });
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

const termOf = node => node.key.split(' ')[0];
const toneOf = node => node.left ? 'left' : ['scrapped', 'lost', 'difference', 'closing'].includes(termOf(node)) ? 'bad'
  : ['served', 'out', 'sold'].includes(termOf(node)) ? 'went' : termOf(node) === 'good' ? 'made' : termOf(node) === 'consumed' ? 'used' : 'came';

const nodeWord = node => node.name || (node.rest ? t('and_n_places', { n: number(node.rest) }) : node.own ? t('here_itself') : t(termWord(node.key)));

function Side({ nodes, ribbons, item, flip, end, em }) {
  return nodes.map(node => {
    const ribbon = ribbons.find(each => each.node === node);
    const x = flip(end ? node.x - 6 * em : node.x + 6 * em);
    const anchor = end ? 'end' : 'start';
    const content = (
      <>
        {!node.href && <title>{`${nodeWord(node)}: ${amountWithUnit(node.value, itemOf(item))}`}</title>}
        <path class={`ribbon ${toneOf(node)}`} d={ribbonPath(ribbon.from, ribbon.to, flip)} />
        <g class="flow-label" data-node={node.place || node.key} data-value={node.value}>
          <text x={x} y={node.middle - 4 * em} text-anchor={anchor}>{nodeWord(node)}</text>
          <text class="value" x={x} y={node.middle + 14 * em} text-anchor={anchor}>{shortNumber(node.value / factorOf(itemOf(item)))}</text>
        </g>
      </>
    );
    return node.href ? <a key={node.key} href={node.href}>{content}</a> : <g key={node.key}>{content}</g>;
  });
}

/** One item, or two where one is made of the other: chain = [row, row]; `by`: parts of the last one. */
export function FlowPicture({ chain, by, width, rtl, em = 1 }) {
  const joined = chain.length > 1;
  const pad = 10 * em, head = 34 * em;
  const between = joined ? Math.round(width * 0.1) : 0;
  const each = (width - 2 * pad - between) / chain.length;
  const barHeight = (width > 700 * em ? 240 : 190) * em;
  const pictures = chain.map((row, i) => ({ row, ...picture(row, { x: pad + i * (each + between), width: each, barHeight, em, by: i === chain.length - 1 ? by : null }) })).filter(one => one.bar);
  if (!pictures.length) return null;
  const height = Math.max(...pictures.map(one => one.height)) + head + pad;
  const flip = rtl ? x => width - x : x => x;
  for (const one of pictures) {
    const down = head + (height - head - pad - one.height) / 2;
    for (const node of [...one.left, ...one.right]) { node.y += down; node.middle += down; }
    one.bar.y += down;
    for (const ribbon of one.ribbons) { ribbon.from[1] += down; ribbon.to[1] += down; }
  }
  const from = pictures[0].right.find(node => node.key === 'consumed');
  const made = pictures[1]?.left.filter(node => termOf(node) === 'good') || [];
  const last = made.at(-1);
  const nameOfItem = one => nameOf(itemOf(one.row.item).name, one.row.item);
  return (
    <svg class="flow-picture" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group"
      aria-label={t('flow_of', { items: pictures.map(nameOfItem).join(', ') })}>
      {from && last && <path class="ribbon becomes" d={ribbonPath([from.x, from.y, from.thick], [made[0].x, made[0].y, last.y + last.thick - made[0].y], flip)} />}
      {from && last && <text class="becomes-word" x={flip((from.x + last.x) / 2)} y={(from.middle + (made[0].y + last.y + last.thick) / 2) / 2} text-anchor="middle">{t('became')}</text>}
      {pictures.map(one => (
        <g key={one.row.item}>
          <Side nodes={one.left} ribbons={one.ribbons} item={one.row.item} flip={flip} em={em} />
          <Side nodes={one.right} ribbons={one.ribbons} item={one.row.item} flip={flip} em={em} end />
          <rect class="flow-bar" x={flip(one.bar.x + (rtl ? BAR_WIDTH : 0))} y={one.bar.y} width={BAR_WIDTH} height={one.bar.height} rx="4" />
          <text class="flow-item" x={flip(one.bar.x + BAR_WIDTH / 2)} y={head - 14 * em} text-anchor="middle">
            {nameOfItem(one)}{unitOf(itemOf(one.row.item)) && ` (${unitOf(itemOf(one.row.item))})`}</text>
        </g>
      ))}
    </svg>
  );
}
