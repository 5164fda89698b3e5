/* map.js - places side by side where they lie: round each the ground that is nearer to it than to any other.
 * Flow:  positions -> project -> cells (Voronoi, kept within a circle) -> coloured by class, with a legend.
 * Why:   positions are all a programme has; so it works for any state, without tiles, borders or a line.
 * Use:   one stop of the keyboard; arrow keys go to the next place in that direction, Enter opens it. */
import { useState } from 'preact/hooks';
import { amount, amountWithUnit, factorOf, nameOf, t } from '../i18n.js';
import { itemOf } from '../session.js';
import { bounds, classOf } from './scale.js';
import { useSize } from './size.js';

const CORNERS = 24;

/** East and north in micro-degrees as x and y of a frame `width` wide: {points, height}; the scale is the same both ways. */
export function project(places, width, heightMost, margin) {
  const middle = places.reduce((sum, place) => sum + place.north, 0) / places.length;
  const narrow = Math.cos(middle / 1e6 * Math.PI / 180);
  const xs = places.map(place => place.east * narrow), ys = places.map(place => -place.north);
  const left = Math.min(...xs), top = Math.min(...ys);
  const wide = Math.max(...xs) - left || 1, high = Math.max(...ys) - top || 1;
  const scale = Math.min((width - 2 * margin) / wide, (heightMost - 2 * margin) / high);
  const height = Math.max(high * scale + 2 * margin, Math.min(heightMost, 4 * margin));
  const xShift = (width - wide * scale) / 2, yShift = (height - high * scale) / 2;
  return { height, points: places.map((place, i) => ({ x: (xs[i] - left) * scale + xShift, y: (ys[i] - top) * scale + yShift })) };
}

/** What is left of a polygon on the side of `a` of the line halfway to `b`. */
function nearer(polygon, a, b) {
  const nx = b.x - a.x, ny = b.y - a.y, limit = (b.x * b.x + b.y * b.y - a.x * a.x - a.y * a.y) / 2;
  const over = polygon.map(point => point.x * nx + point.y * ny - limit);
  const kept = [];
  polygon.forEach((point, i) => {
    const next = (i + 1) % polygon.length;
    if (over[i] <= 0) kept.push(point);
    if ((over[i] < 0 && over[next] > 0) || (over[i] > 0 && over[next] < 0)) {
      const part = over[i] / (over[i] - over[next]);
      kept.push({ x: point.x + (polygon[next].x - point.x) * part, y: point.y + (polygon[next].y - point.y) * part });
    }
  });
  return kept;
}

/** A polygon for each point, `least` to `most` from it to its border. Points that lie on one another are moved apart by a hair, in their order. */
export function cells(given, least, most) {
  const points = given.map((point, i) => ({ x: point.x + (i % 7) * 1e-3, y: point.y + (i % 5) * 1e-3 }));
  const nearest = points.map((a, i) => Math.min(...points.map((b, j) => i === j ? Infinity : Math.hypot(a.x - b.x, a.y - b.y))));
  const usual = nearest.filter(Number.isFinite).sort((a, b) => a - b);
  const radius = Math.min(most, Math.max(least, (usual[Math.floor(usual.length * 0.8)] || most) * 0.85));
  return points.map((a, i) => {
    const reach = Math.min(radius, Math.max(least, nearest[i] * 3));
    let polygon = Array.from({ length: CORNERS }, (_, k) => ({ x: a.x + reach * Math.cos(k * 2 * Math.PI / CORNERS), y: a.y + reach * Math.sin(k * 2 * Math.PI / CORNERS) }));
    points.forEach((b, j) => { if (i !== j && Math.hypot(a.x - b.x, a.y - b.y) < 2 * reach) polygon = nearer(polygon, a, b); });
    return polygon;
  });
}

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** The nearest point in a direction; sideways counts double. -1: none. */
function towards(points, from, [dx, dy]) {
  let best = -1, least = Infinity;
  points.forEach((point, i) => {
    const x = point.x - points[from].x, y = point.y - points[from].y;
    const along = x * dx + y * dy, aside = Math.abs(x * dy - y * dx);
    if (i !== from && along > 0.01 && along + 2 * aside < least) { least = along + 2 * aside; best = i; }
  });
  return best;
}

function Legend({ list, values, item }) {
  const factor = factorOf(itemOf(item));
  const to = bound => factor === 1 ? bound - 1 : bound;
  const words = kind => kind < 0 ? t('below_zero') : kind === 0 ? t('nothing')
    : !list.length ? t('n_and_more', { n: amount(factor === 1 ? 1 : 0, itemOf(item)) })
      : kind === 1 ? t('up_to_n', { n: amount(to(list[0]), itemOf(item)) })
        : kind > list.length ? t('n_and_more', { n: amount(list[kind - 2], itemOf(item)) })
          : `${amount(list[kind - 2], itemOf(item))} – ${amount(to(list[kind - 1]), itemOf(item))}`;
  const used = new Set(values.map(value => classOf(value, list)));
  return (
    <ul class="legend">
      {[...used].sort((a, b) => a - b).map(kind => <li key={kind}><span class={`swatch class-${kind < 0 ? 'under' : kind}`} />{words(kind)}</li>)}
    </ul>
  );
}

const NAMES_MOST = 12; // with more of them names would lie on one another: they show at the place pointed at

/** Which names may stand on the map: the largest first, none over another. */
function labelled(placed, points, em) {
  const shown = [];
  const boxes = placed.map((row, i) => ({ x: points[i].x, y: points[i].y, half: row.name.length * 3.9 * em }));
  for (const i of placed.map((_, n) => n).sort((a, b) => placed[b].value - placed[a].value)) {
    if (shown.every(other => Math.abs(boxes[i].y - boxes[other].y) > 17 * em || Math.abs(boxes[i].x - boxes[other].x) > boxes[i].half + boxes[other].half)) shown.push(i);
  }
  return shown;
}

/** rows: {place, name, value, north, east, href, ask}; those without a position stand in the table alone. */
export function PlaceMap(props) {
  const placed = props.rows.filter(row => row.north || row.east);
  return placed.length ? <Cells {...props} placed={placed} /> : null;
}

function Cells({ rows, placed, item, words }) {
  const [ref, width, em] = useSize();
  const [at, setAt] = useState(0);
  const [pointed, setPointed] = useState(-1);
  const values = placed.map(row => row.value);
  const list = bounds(values, factorOf(itemOf(item)));
  const margin = (placed.length <= NAMES_MOST ? 84 : 34) * em;
  const { points, height } = project(placed, width || 1, 460 * em, margin);
  const shapes = width ? cells(points, (placed.length <= NAMES_MOST ? 46 : 14) * em, margin - 2) : [];
  const labels = placed.length <= NAMES_MOST ? labelled(placed, points, em) : [];
  const here = pointed >= 0 ? pointed : -1;
  const stop = Math.min(at, placed.length - 1);
  function keys(event) {
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const next = towards(points, stop, direction);
    if (next < 0) return;
    setAt(next);
    event.currentTarget.querySelector(`[data-n="${next}"]`)?.focus();
  }
  return (
    <figure class="picture map">
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label={t('map_of', { words })} onKeyDown={keys} onPointerLeave={() => setPointed(-1)}>
            {placed.map((row, i) => (
              <a key={row.place} href={row.href} data-n={i} data-place={row.place} data-value={row.value} tabindex={i === stop ? 0 : -1}
                aria-label={`${row.name}: ${amountWithUnit(row.value, itemOf(item))}`} onClick={row.onOpen}
                onFocus={() => { setAt(i); setPointed(i); }} onBlur={() => setPointed(-1)} onPointerEnter={() => setPointed(i)}>
                <path class={`cell class-${row.value < 0 ? 'under' : classOf(row.value, list)}`} d={`M${shapes[i].map(point => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('L')}Z`} />
              </a>
            ))}
            {here >= 0 && <path class="cell-pointed" d={`M${shapes[here].map(point => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('L')}Z`} />}
            {labels.map(i => <text key={placed[i].place} x={points[i].x} y={points[i].y + 4 * em} text-anchor="middle" aria-hidden="true">{placed[i].name}</text>)}
          </svg>
        )}
      </div>
      <figcaption>
        <span class="pointed-place">{here >= 0 ? <><b>{placed[here].name}</b> {amountWithUnit(placed[here].value, itemOf(item))}</> : words}</span>
        <Legend list={list} values={values} item={item} />
        {placed.length < rows.length && <span class="soft">{t('n_without_position', { n: amount(rows.length - placed.length) })}</span>}
      </figcaption>
    </figure>
  );
}

/** Rows of the map from rows of GetBelow. */
export const onMap = (row, value) => ({ place: row.place, name: nameOf(row.name, row.place), value, north: Number(row.latitudeUdeg || 0), east: Number(row.longitudeUdeg || 0) });
