/* series.js - numbers day by day: a picture with a day to point at, its sentence and its table; and the small one of a row. */
import { useState } from 'preact/hooks';
import { addDays, amount, currentLanguage, dayText, daysBetween, factorOf, number, shortDay, shortNumber, t } from '../i18n.js';
import { itemOf } from '../session.js';
import { Amount } from '../ui.js';
import { useSize } from './size.js';
import { ticks } from './scale.js';

/** One value for each day from the first to the last; of what is left the day before goes on. */
export function valuesByDay({ from, to }, days, of, runsOn, before = 0) {
  const known = new Map(days.map(day => [day.day, of(day.flow || {})]));
  const list = [];
  for (let i = 0, last = before; i <= daysBetween(from, to); i++) {
    const day = addDays(from, i);
    const value = known.get(day) ?? (runsOn ? last : 0);
    list.push({ day, value });
    last = value;
  }
  return list;
}

export function Series({ list, item, words, runsOn }) {
  const [ref, width, em] = useSize();
  const [at, setAt] = useState(null);
  const rtl = currentLanguage() === 'fa';
  const factor = factorOf(itemOf(item));
  const values = list.map(each => each.value);
  const marks = ticks(Math.min(...values) / factor, Math.max(...values) / factor, 4, factor === 1);
  const [low, high] = [marks[0], marks.at(-1)];
  const head = 8 * em, foot = 24 * em, height = 200 * em, plot = height - head - foot;
  const start = 10 * em + Math.max(...marks.map(mark => shortNumber(mark).length)) * 7.5 * em;
  const step = Math.max(0, width - start - 6 * em) / list.length;
  const x = i => { const from = start + i * step; return rtl ? width - from - step : from; };
  const y = value => head + plot * (high - value / factor) / (high - low || 1);
  const shown = at === null ? list.length - 1 : Math.min(at, list.length - 1);
  const sum = values.reduce((all, value) => all + value, 0);
  const best = values.indexOf(Math.max(...values));
  const every = Math.max(1, Math.ceil(56 * em / (step || 1)));
  const point = event => {
    const box = event.currentTarget.getBoundingClientRect();
    const along = rtl ? box.right - event.clientX : event.clientX - box.left;
    setAt(Math.max(0, Math.min(list.length - 1, Math.floor((along - start) / step))));
  };
  function keys(event) {
    const by = { ArrowLeft: rtl ? 1 : -1, ArrowRight: rtl ? -1 : 1, Home: -Infinity, End: Infinity }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(list.length - 1, shown + by)));
  }
  const line = list.map((each, i) => `${i ? 'L' : 'M'}${x(i) + step / 2} ${y(each.value)}`).join('');
  return (
    <figure class="picture series">
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} tabindex="0" role="slider" aria-label={words} aria-valuemin="1"
            aria-valuemax={list.length} aria-valuenow={shown + 1} aria-valuetext={`${dayText(list[shown].day)}: ${number(values[shown] / factor, 3)}`}
            onKeyDown={keys} onPointerMove={point} onPointerDown={point} onPointerLeave={() => setAt(null)} onBlur={() => setAt(null)}>
            {marks.map(mark => (
              <g key={mark}>
                <line class="axis" x1={rtl ? 0 : start} x2={rtl ? width - start : width} y1={y(mark * factor)} y2={y(mark * factor)} />
                <text x={rtl ? width - start + 6 * em : start - 6 * em} y={y(mark * factor) + 4 * em} text-anchor={rtl ? 'start' : 'end'} direction="ltr">{shortNumber(mark)}</text>
              </g>
            ))}
            {runsOn ? <path class="line" d={line} /> : list.map((each, i) => (
              <rect key={each.day} class="bar" x={x(i) + step * 0.12} width={step * 0.76} y={Math.min(y(each.value), y(0))} height={Math.abs(y(each.value) - y(0))} />
            ))}
            {list.map((each, i) => (list.length - 1 - i) % every === 0 && (
              <text key={each.day} x={x(i) + (i === list.length - 1 && step < 40 * em ? (rtl ? 0 : step) : step / 2)} y={height - 7 * em}
                text-anchor={i === list.length - 1 && step < 40 * em ? 'end' : 'middle'}>{shortDay(each.day)}</text>
            ))}
            {at !== null && <rect class="pointed" x={x(shown)} width={step} y={head} height={plot} />}
          </svg>
        )}
      </div>
      <figcaption>
        <span class="pointed-day"><b>{dayText(list[shown].day)}</b> <Amount of={values[shown]} item={item} /></span>
        {!runsOn && <span>{t('in_all')} <b data-sum><Amount of={sum} item={item} /></b></span>}
        <span>{t('highest')} <b><Amount of={values[best]} item={item} /></b> {shortDay(list[best].day)}</span>
      </figcaption>
      <details class="numbers">
        <summary>{t('numbers')}</summary>
        <div class="table-frame"><table>
          <thead><tr><th scope="col">{t('day')}</th><th scope="col">{words}</th></tr></thead>
          <tbody>{list.map(each => <tr key={each.day}><th scope="row">{dayText(each.day)}</th><td data-day={each.day}><Amount of={each.value} item={item} /></td></tr>)}</tbody>
        </table></div>
      </details>
    </figure>
  );
}

const SPARK_DAYS_MAX = 45; // more of them are shown week by week

/** Seven days as one: their sum, or of what is left the last. */
function weeks(values, runsOn) {
  const list = [];
  for (let end = values.length; end > 0; end -= 7) {
    const week = values.slice(Math.max(0, end - 7), end);
    list.unshift(runsOn ? week.at(-1) : week.reduce((sum, value) => sum + value, 0));
  }
  return list;
}

const SPARK_WIDTH = 110;
const SPARK_HEIGHT = 28;

/** The days of one row, without an axis: the number stands beside it. */
export function Spark({ days, from, item, runsOn, rtl = currentLanguage() === 'fa' }) {
  if (!days?.length) return null;
  const best = days.indexOf(Math.max(...days));
  const words = t('highest_n', { n: amount(days[best], itemOf(item)), day: shortDay(addDays(from, best)) });
  const values = days.length > SPARK_DAYS_MAX ? weeks(days, runsOn) : days;
  const low = Math.min(0, ...values), high = Math.max(low + 1, ...values);
  const x = i => { const at = 2 + (SPARK_WIDTH - 4) * (values.length > 1 ? i / (values.length - 1) : 0.5); return (rtl ? SPARK_WIDTH - at : at).toFixed(1); };
  const y = value => (2 + (SPARK_HEIGHT - 4) * (high - value) / (high - low)).toFixed(1);
  return (
    <svg class="spark" viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`} role="img" aria-label={words}>
      <title>{words}</title>
      <path d={`M${x(0)} ${y(0)}${values.map((value, i) => `L${x(i)} ${y(value)}`).join('')}L${x(values.length - 1)} ${y(0)}Z`} />
      <polyline points={values.map((value, i) => `${x(i)},${y(value)}`).join(' ')} />
    </svg>
  );
}
