/* flow.js - the flow of a place and period: the picture and the sum behind it, day by day, the places inside as map and
 * table, how far the requests are. One choice of place, days, item, measure and places inside, all of it in the address. */
import { useState } from 'preact/hooks';
import { MEASURES, terms, termWord } from '../flow.js';
import { addDays, currentLanguage, daysBetween, fromBase, monthOf, nameOf, number, t, unitOf } from '../i18n.js';
import { onMap, PlaceMap } from '../pictures/map.js';
import { Progress } from '../pictures/progress.js';
import { FlowPicture, partsOf } from '../pictures/sankey.js';
import { Series, Spark, valuesByDay } from '../pictures/series.js';
import { download } from '../csv.js';
import { useSize } from '../pictures/size.js';
import { address, setParams } from '../route.js';
import { goods, here, itemName, itemOf, lastDays, placeName, placeOf, rememberPlace, session, today, useRead, useWide, viewOf } from '../session.js';
import {
  allKinds, Amount, Badge, Button, Choice, DayButton, Empty, FewChoice, Freshness, kindName, Section,
} from '../ui.js';

const SERIES_DAYS_MAX = 400; // of Reports/GetSeries
const DAILY_DAYS_MAX = 100;  // of Reports/GetBelow
const KIND_PLACES_MAX = 2000; // more of them side by side are no picture any more
const ROWS_FIRST = 25;

/** From the place she works at down to the one shown. */
function Path({ place, params }) {
  const read = useRead('Registry/GetPlace', { place });
  if (read.data) rememberPlace(read.data);
  const up = [...(read.data?.path || [])].reverse();
  const own = up.indexOf(here());
  const shown = own >= 0 ? up.slice(own) : here() === place || !here() ? up.slice(here() ? up.length : 0) : [];
  return (
    <nav class="path" aria-label={t('place')}>
      {shown.map(code => <a key={code} href={address('flow', { ...params, place: code, kind: undefined })}>{placeName(code)}</a>)}
      <b aria-current="page">{placeName(place)}</b>
    </nav>
  );
}

// ---- what is chosen

/** The usual periods: [key, first day, last day]; months are those of the language's calendar. */
function periods() {
  const now = today();
  const month = monthOf(now);
  const before = monthOf(addDays(month[0], -1));
  return [['day', now, now], ['week', addDays(now, -6), now], ['month', addDays(now, -29), now], ['this_month', month[0], now],
    ['last_month', before[0], before.at(-1)], ['year', addDays(now, -364), now]];
}

function Period({ from, to, onChange }) {
  const usual = periods();
  const found = usual.find(([, first, last]) => first === from && last === to);
  const [own, setOwn] = useState(false);
  return (
    <div class="period">
      <FewChoice label={t('period')} value={own || !found ? 'own' : found[0]} options={[...usual, ['own']].map(([key]) => [key, t('period_' + key)])}
        onChange={key => { setOwn(key === 'own'); const one = usual.find(each => each[0] === key); if (one) onChange(one[1], one[2]); }} />
      {(own || !found) && (
        <div class="period-days">
          <DayButton short label={t('from_day')} value={from} max={to} onChange={day => onChange(day, to)} />
          <DayButton short label={t('to_day')} value={to} max={today()} onChange={day => onChange(from > day ? day : from, day)} />
        </div>
      )}
    </div>
  );
}

/** Which places inside stand side by side: those right below, or all of a kind. */
function KindChoice({ place, value }) {
  const read = useRead('Reports/GetTally', { place });
  const outside = new Set(allKinds().filter(kind => kind.behaviour?.outside).map(kind => kind.code));
  const kinds = (read.data?.places || []).filter(row => Number(row.count) > 0 && Number(row.count) <= KIND_PLACES_MAX
    && row.code !== placeOf(place).kind && !outside.has(row.code));
  if (kinds.length < 2) return null;
  return (
    <FewChoice label={t('places_inside')} value={value || ''} onChange={kind => setParams({ kind, sort: undefined })}
      options={[['', t('right_below')], ...kinds.map(row => [row.code, `${kindName(row.code)} ${number(row.count)}`])]} />
  );
}

// ---- the sum

function Sum({ row }) {
  const { into, outOf } = terms(row);
  const most = Math.max(1, ...[...into, ...outOf].map(each => each.value));
  const inside = ['issued', 'handedIn', 'delivered', 'spoiled'].filter(key => Number(row[key]) > 0);
  return (
    <>
      <ul class="sum-bars">
        {[[into, '+'], [outOf, '−']].map(([list, sign]) => list.map(each => (
          <li key={sign + each.key} class={sign === '+' ? 'in' : each.left ? 'left' : 'out'}>
            <span class="sum-word"><span aria-hidden="true">{each.left ? '=' : sign}</span> {t(termWord(each.key))}</span>
            <b data-flow={each.key}><Amount of={each.value} item={row.item} /></b>
            <progress max={most} value={each.value} aria-hidden="true" />
          </li>
        )))}
      </ul>
      {inside.length > 0 && <p class="soft inside">{t('inside')}{' '}
        {inside.map(key => <span key={key}>{t('flow_' + key)} <b data-flow={key}><Amount of={row[key]} item={row.item} /></b></span>)}</p>}
    </>
  );
}

function Money({ rows }) {
  if (!rows?.length) return null;
  return (
    <Section title={t('money')}>
      <ul class="rows">{rows.map(row => (
        <li key={row.item} class="fact-row spread">
          <span class="row-name">{itemName(row.item)}</span>
          <span class="fact"><small>{t('earned')}</small><Amount of={row.earned} item={row.item} /></span>
          <span class="fact"><small>{t('paid')}</small><Amount of={row.paid} item={row.item} /></span>
          <span class="fact"><small>{t('still_to_pay')}</small><Amount of={row.closing} item={row.item} /></span>
        </li>
      ))}</ul>
    </Section>
  );
}

/** The rows of a flow, the one to show first, and what it was made of. */
function chosen(read, wanted) {
  const rows = (read.data?.rows || []).filter(row => terms(row).into.length);
  const made = rows.filter(row => viewOf(row.item)?.inputs?.length);
  const item = rows.some(row => row.item === wanted) ? wanted : (made[0] || rows[0])?.item;
  const row = rows.find(each => each.item === item);
  const input = viewOf(item)?.inputs?.map(each => rows.find(other => other.item === each.item)).find(Boolean);
  return { rows, item, row, input };
}

function Picture({ row, input, by }) {
  const [ref, width, em] = useSize();
  return (
    <div class="flow" ref={ref}>
      {row && width > 0 && <FlowPicture chain={input ? [input, row] : [row]} by={by} width={width} em={em} rtl={currentLanguage() === 'fa'} />}
    </div>
  );
}

/** The picture of the last thirty days, for the first page on a wide screen. */
export function FlowOfHere() {
  const read = useRead('Reports/GetFlow', here() ? { place: here(), ...lastDays(30) } : null, { live: true });
  const { row, input } = chosen(read);
  return row ? <a href={address('flow')} class="flow-link"><Picture row={row} input={input} /></a> : null;
}

// ---- day by day

function Days({ place, item, period, measure }) {
  const fits = daysBetween(period.from, period.to) < SERIES_DAYS_MAX;
  const read = useRead('Reports/GetSeries', fits ? { place, item, ...period } : null, { live: true });
  if (!fits || period.from === period.to || !read.data?.days?.length) return null;
  const runsOn = measure === 'left';
  const list = valuesByDay(period, read.data.days, MEASURES[measure], runsOn, Number(read.data.days[0].flow?.opening || 0));
  const words = `${t('measure_' + measure)}: ${itemName(item)}`;
  return <Section title={t('day_by_day')} aside={<span class="soft">{words}</span>}><Series list={list} item={item} words={words} runsOn={runsOn} /></Section>;
}

// ---- the places inside

const COLUMNS = Object.keys(MEASURES);

function sorted(rows, sort) {
  if (!sort) return rows;
  const down = sort.startsWith('-');
  const key = sort.replace('-', '');
  const value = row => key === 'name' ? nameOf(row.name, row.place) : MEASURES[key]?.(row.flow || {}) || 0;
  const order = (a, b) => key === 'name' ? value(a).localeCompare(value(b), currentLanguage()) : value(a) - value(b);
  return [...rows].sort((a, b) => order(a, b) * (down ? -1 : 1));
}

function PlaceTable({ rows, item, from, measure, sort }) {
  const [all, setAll] = useState(false);
  const list = sorted(rows, sort);
  const shown = all ? list : list.slice(0, ROWS_FIRST);
  const daily = rows.some(row => row.daily?.length);
  const head = (key, words) => {
    const now = sort?.replace('-', '') === key;
    const down = sort?.startsWith('-');
    // Names first from the beginning, numbers from the largest; then the other way, then as in the register.
    const first = key === 'name' ? key : '-' + key, second = key === 'name' ? '-' + key : key;
    return (
      <th scope="col" key={key} class={key === measure ? 'chosen' : ''} aria-sort={now ? down ? 'descending' : 'ascending' : undefined}>
        <button type="button" class="sort" onClick={() => setParams({ sort: sort === first ? second : sort === second ? undefined : first })}>{words}<span aria-hidden="true">{now ? down ? ' ↓' : ' ↑' : ''}</span></button>
      </th>
    );
  };
  return (
    <div>
      <div class="table-frame below">
        <table>
          <caption>{`${itemName(item)}${unitOf(itemOf(item)) && ` (${unitOf(itemOf(item))})`}`}</caption>
          <thead><tr>{head('name', t('place'))}{COLUMNS.map(key => head(key, t('measure_' + key)))}{daily && <th scope="col">{t('day_by_day')}</th>}</tr></thead>
          <tbody>
            {shown.map(row => (
              <tr key={row.place} data-row={row.place}>
                <th scope="row"><a href={row.href} onClick={row.onOpen}>{nameOf(row.name, row.place)}</a></th>
                {COLUMNS.map(key => <td key={key} data-measure={key} class={key === measure ? 'chosen' : ''}><Amount of={MEASURES[key](row.flow || {})} item={item} unit={false} /></td>)}
                {daily && <td><Spark days={row.daily?.map(Number)} from={from} item={item} runsOn={measure === 'left'} /></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.length > shown.length && <Button kind="quiet" icon="down" onClick={() => setAll(true)}>{t('all_n', { n: number(list.length) })}</Button>}
    </div>
  );
}

/** On a phone the same as a column of bars. */
function PlaceBars({ rows, item, measure }) {
  const values = new Map(rows.map(row => [row.place, MEASURES[measure](row.flow || {})]));
  const most = Math.max(1, ...values.values());
  return (
    <ul class="rows below">
      {rows.map(row => (
        <li key={row.place} data-row={row.place}>
          <a class="row-button" href={row.href} onClick={row.onOpen}>
            <span class="row-name">{nameOf(row.name, row.place)}<small>{kindName(row.kind)}</small></span>
            <b data-measure={measure}><Amount of={values.get(row.place)} item={item} /></b>
            <progress max={most} value={Math.max(0, values.get(row.place))} aria-hidden="true" />
          </a>
        </li>
      ))}
    </ul>
  );
}

const CSV_FLOW = ['opening', 'supplied', 'good', 'in', 'out', 'consumed', 'served', 'sold', 'scrapped', 'lost', 'difference', 'closing', 'issued', 'handedIn', 'delivered', 'spoiled'];

function saveTable({ place, item, period, rows }) {
  const unit = unitOf(itemOf(item));
  const plain = value => Number(value || 0) < 0 ? '-' + fromBase(-Number(value), itemOf(item)) : fromBase(Number(value || 0), itemOf(item));
  download(`${place}-${item}-${period.from}-${period.to}`, [
    [t('place'), t('code'), t('kind'), t('item'), t('from_day'), t('to_day'), ...CSV_FLOW.map(key => `${t('flow_' + key)}${unit && ` (${unit})`}`)],
    ...rows.map(row => [nameOf(row.name, row.place), row.place, kindName(row.kind), itemName(item), period.from, period.to, ...CSV_FLOW.map(key => plain(row.flow?.[key]))]),
  ]);
}

/** Rows of the places inside with their addresses; daily numbers where the days are few enough. */
function useInside({ place, item, period, measure, kind, params }) {
  const daily = daysBetween(period.from, period.to) < DAILY_DAYS_MAX && period.from !== period.to ? { daily: 'MEASURE_' + measure.toUpperCase() } : {};
  const read = useRead('Reports/GetBelow', item ? { place, item, ...period, limit: 500, ...(kind ? { kind } : {}), ...daily } : null, { list: 'rows', live: true });
  const rows = (read.data?.rows || []).map(row => ({
    ...row, href: address('flow', { ...params, item, place: row.place, kind: undefined, sort: undefined }),
    onOpen: () => rememberPlace({ code: row.place, name: row.name }),
  }));
  return { read, rows };
}

function Inside({ place, item, period, measure, kind, sort, wide, inside: { read, rows } }) {
  if (read.data && !rows.length && !kind) return null;
  return (
    <Section title={t('places_inside')} aside={rows.length > 0 && <Button kind="quiet" icon="list" onClick={() => saveTable({ place, item, period, rows })}>{t('as_spreadsheet')}</Button>}>
      <KindChoice place={place} value={kind} />
      <Freshness read={read} />
      {!wide ? <PlaceBars rows={rows} item={item} measure={measure} /> : rows.length > 0 && (
        <div class="map-and-table">
          <PlaceMap words={`${t('measure_' + measure)}: ${itemName(item)}`} item={item}
            rows={rows.map(row => ({ ...onMap(row, MEASURES[measure](row.flow || {})), href: row.href, onOpen: row.onOpen }))} />
          <PlaceTable rows={rows} item={item} from={period.from} measure={measure} sort={sort} />
        </div>
      )}
      {read.data?.cut && <p class="soft">{t('more_places')}</p>}
    </Section>
  );
}

export function Flow({ params }) {
  const place = params.place || here();
  const usual = lastDays(30);
  const period = { from: params.from || usual.from, to: params.to || usual.to };
  const wide = useWide();
  const read = useRead('Reports/GetFlow', place ? { place, ...period } : null, { live: true });
  const { rows, item, row, input } = chosen(read, params.item);
  const measure = MEASURES[params.measure] ? params.measure : row && !Number(row.good) ? 'came' : 'made';
  const inside = useInside({ place, item, period, measure, kind: params.kind, params });
  const order = goods().map(view => view.item.code);

  return (
    <>
      <Path place={place} params={params} />
      <Period {...period} onChange={(from, to) => setParams({ place, from, to })} />
      <Freshness read={read} />
      <div class="chosen-line">
        {rows.length > 1 && <FewChoice label={t('item')} value={item} onChange={code => setParams({ item: code, measure: undefined })}
          options={order.filter(code => rows.some(each => each.item === code)).map(code => [code, itemName(code)])} />}
        {row && <Choice label={t('measure')} value={measure} onChange={key => setParams({ measure: key })} options={COLUMNS.map(key => [key, t('measure_' + key)])} />}
      </div>
      {wide && <Picture row={row} input={input} by={row && partsOf(row, measure, params.kind ? [] : inside.rows)} />}
      {read.data && !rows.length && <Empty>{t('nothing_in_period')}</Empty>}
      {row && (
        <>
          <div class={wide ? 'columns' : ''}>
            <div>
              <Section title={itemName(item)} aside={<Badge kind={read.stale ? 'waiting' : 'good'} icon={read.stale ? 'wait' : 'check'}>
                {session.online && !read.stale ? t('live') : t('not_live')}</Badge>}>
                <Sum row={row} />
              </Section>
            </div>
            <Days place={place} item={item} period={period} measure={measure} />
          </div>
          <Inside place={place} item={item} period={period} measure={measure} kind={params.kind} sort={params.sort} wide={wide} inside={inside} />
        </>
      )}
      <div class={wide ? 'columns' : ''}>
        <Progress place={place} period={period.to < today() ? period : { from: period.from, to: addDays(today(), 7) }} />
        <Money rows={read.data?.money} />
      </div>
    </>
  );
}
