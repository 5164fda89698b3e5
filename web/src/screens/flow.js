/* flow.js - the flow of a place and period: the picture, the sum behind it, day by day, and the places inside. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { FlowPicture, flowWord, terms } from '../flow.js';
import { currentLanguage, daysBetween, nameOf, number, shortDay, t } from '../i18n.js';
import { address, setParams } from '../route.js';
import { goods, here, itemName, lastDays, placeName, rememberPlace, session, useRead, useWide, viewOf } from '../session.js';
import { Amount, Badge, Choice, Empty, FewChoice, Freshness, Icon, kindName, Num, PeriodChoice, Section } from '../ui.js';

function useWidth() {
  const ref = useRef();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** From the place she works at down to the one shown. */
function Path({ place, period, item }) {
  const read = useRead('Registry/GetPlace', { place });
  if (read.data) rememberPlace(read.data);
  const up = [...(read.data?.path || [])].reverse();
  const own = up.indexOf(here());
  const shown = own >= 0 ? up.slice(own) : here() === place || !here() ? up.slice(here() ? up.length : 0) : [];
  return (
    <nav class="path" aria-label={t('place')}>
      {shown.map(code => <a key={code} href={address('flow', { place: code, item, ...period })}>{placeName(code)}</a>)}
      <b aria-current="page">{placeName(place)}</b>
    </nav>
  );
}

const MEASURES = {
  made: flow => Number(flow.good || 0),
  came: flow => Number(flow.supplied || 0) + Number(flow.in || 0),
  used: flow => Number(flow.consumed || 0),
  went: flow => Number(flow.out || 0) + Number(flow.served || 0) + Number(flow.sold || 0),
  left: flow => Number(flow.closing || 0),
};

/** A column of bars: the sum, term by term. */
function Sum({ row }) {
  const { into, outOf } = terms(row);
  const most = Math.max(1, ...[...into, ...outOf].map(each => each.value));
  const inside = ['issued', 'handedIn', 'delivered', 'spoiled'].filter(key => Number(row[key]) > 0);
  return (
    <>
      <ul class="sum-bars">
        {[[into, '+'], [outOf, '−']].map(([list, sign]) => list.map(each => (
          <li key={sign + each.key} class={sign === '+' ? 'in' : each.left ? 'left' : 'out'}>
            <span class="sum-word"><span aria-hidden="true">{each.left ? '=' : sign}</span> {flowWord(each.key)}</span>
            <b data-flow={each.key}><Amount of={each.value} item={row.item} /></b>
            <progress max={most} value={each.value} aria-hidden="true" />
          </li>
        )))}
      </ul>
      {inside.length > 0 && <p class="soft inside">{t('inside')}{' '}
        {inside.map(key => <span key={key}>{flowWord(key)} <b data-flow={key}><Amount of={row[key]} item={row.item} /></b></span>)}</p>}
    </>
  );
}

function Days({ place, item, period }) {
  const read = useRead('Reports/GetSeries', daysBetween(period.from, period.to) < 400 ? { place, item, ...period } : null, { live: true });
  const days = read.data?.days || [];
  const measure = days.some(day => Number(day.flow?.good)) ? 'made' : days.some(day => MEASURES.came(day.flow || {})) ? 'came' : 'went';
  const values = days.map(day => MEASURES[measure](day.flow || {}));
  const most = Math.max(1, ...values);
  if (days.length < 2) return null;
  return (
    <Section title={t('day_by_day')} aside={<span class="soft">{t('measure_' + measure)}</span>}>
      <div class="days">
        {days.map((day, i) => (
          <div key={day.day} class="day-bar" title={shortDay(day.day)}>
            <meter min="0" max={most} value={values[i]} aria-label={shortDay(day.day)}>{values[i]}</meter>
            <span class="day-name">{shortDay(day.day)}</span><b><Amount of={values[i]} item={item} unit={false} /></b>
          </div>
        ))}
      </div>
    </Section>
  );
}

function Inside({ place, item, period }) {
  const [measure, setMeasure] = useState(viewOf(item)?.inputs?.length ? 'made' : 'came');
  const read = useRead('Reports/GetBelow', { place, item, ...period, limit: 500 }, { list: 'rows', live: true });
  const rows = read.data?.rows || [];
  const values = rows.map(row => MEASURES[measure](row.flow || {}));
  const most = Math.max(1, ...values);
  if (read.data && !rows.length) return null;
  return (
    <Section title={t('places_inside')}>
      <Choice label={t('measure')} value={measure} onChange={setMeasure} options={Object.keys(MEASURES).map(key => [key, t('measure_' + key)])} />
      <Freshness read={read} />
      <ul class="rows below">
        {rows.map((row, i) => (
          <li key={row.place}>
            <a class="row-button" href={address('flow', { place: row.place, item, ...period })} onClick={() => rememberPlace({ code: row.place, name: row.name })}>
              <span class="row-name">{nameOf(row.name, row.place)}<small>{kindName(row.kind)}</small></span>
              <b><Amount of={values[i]} item={item} /></b>
              <progress max={most} value={Math.max(0, values[i])} aria-hidden="true" />
              <Icon name="forward" />
            </a>
          </li>
        ))}
      </ul>
    </Section>
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

/** The picture; where it is narrow, one below the other. */
function Picture({ row, input }) {
  const [ref, width] = useWidth();
  const rtl = currentLanguage() === 'fa';
  return (
    <div class="flow" ref={ref}>
      {row && width > 0 && (width >= 760 && input ? <FlowPicture chain={[input, row]} width={width} rtl={rtl} /> : (
        <>
          {input && <FlowPicture chain={[input]} width={width} rtl={rtl} />}
          {input && <p class="becomes-line"><Icon name="down" /> {t('became')} <Icon name="down" /></p>}
          <FlowPicture chain={[row]} width={width} rtl={rtl} />
        </>
      ))}
    </div>
  );
}

/** The picture of the last thirty days, for the first page on a wide screen. */
export function FlowOfHere() {
  const read = useRead('Reports/GetFlow', here() ? { place: here(), ...lastDays(30) } : null, { live: true });
  const { row, input } = chosen(read);
  return row ? <a href={address('flow')} class="flow-link"><Picture row={row} input={input} /></a> : null;
}

export function Flow({ params }) {
  const place = params.place || here();
  const period = { from: params.from || lastDays(30).from, to: params.to || lastDays(30).to };
  const read = useRead('Reports/GetFlow', { place, ...period }, { live: true });
  const { rows, item, row, input } = chosen(read, params.item);
  const order = goods().map(view => view.item.code);
  const wide = useWide();

  return (
    <>
      <Path place={place} period={period} item={item} />
      <PeriodChoice {...period} onChange={(from, to) => setParams({ place, from, to })} />
      <Freshness read={read} />
      {rows.length > 1 && <FewChoice label={t('item')} value={item} onChange={code => setParams({ item: code })}
        options={order.filter(code => rows.some(each => each.item === code)).map(code => [code, itemName(code)])} />}
      <Picture row={row} input={input} />
      {read.data && !rows.length && <Empty>{t('nothing_in_period')}</Empty>}
      {row && (
        <div class={wide ? 'columns' : ''}>
          <div>
            <Section title={itemName(item)} aside={<Badge kind={read.stale ? 'waiting' : 'good'} icon={read.stale ? 'wait' : 'check'}>
              {session.online && !read.stale ? t('live') : t('not_live')} <Num>{number(read.data?.sequence || 0)}</Num></Badge>}>
              <Sum row={row} />
            </Section>
            <Money rows={read.data?.money} />
          </div>
          <div>
            <Inside key={place + item} place={place} item={item} period={period} />
            <Days place={place} item={item} period={period} />
          </div>
        </div>
      )}
    </>
  );
}
