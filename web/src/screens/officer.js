/* officer.js - what an officer asks of the day: to decide, late, not confirmed; the sums; what nobody asked for; how long
 * material lasts; and the same as a text for whoever has no app. */
import { useState } from 'preact/hooks';
import { MEASURES } from '../flow.js';
import { addDays, amountWithUnit, dayText, nameOf, number, shortDay, t } from '../i18n.js';
import { progressRows, useProgress } from '../pictures/progress.js';
import { address, setParams } from '../route.js';
import { here, inputItems, itemName, itemOf, lastDays, madeItems, placeName, today, useRead } from '../session.js';
import { Amount, Button, DayButton, Freshness, Icon, Section } from '../ui.js';
import { ShareText } from './share.js';

/** What was agreed, or asked as long as nobody decided, and has not left yet. */
export const toSupply = request => {
  const wanted = Number(request.requested) - Number(request.cancelled || 0);
  const agreed = request.status === 'asked' ? wanted : Math.min(wanted, Number(request.approved || 0));
  return Math.max(0, agreed - Number(request.sent || 0));
};

/** The open requests and slips of a place: {requests, shipments, asked, late, unconfirmed, short}. */
export function useOpen(place) {
  const read = useRead('Distribution/ListRequests', place ? { place, openOnly: true, limit: 200 } : null, { list: 'requests', live: true });
  const slips = useRead('Distribution/ListShipments', place ? { place, openOnly: true, limit: 200 } : null, { list: 'shipments', live: true });
  const requests = read.data?.requests || [];
  const shipments = slips.data?.shipments || [];
  return {
    read, slips, requests, shipments,
    asked: requests.filter(request => request.status === 'asked'),
    late: requests.filter(request => request.neededDay < today() && toSupply(request) > 0),
    unconfirmed: shipments.filter(each => each.status === 'not_confirmed'),
    short: shipments.filter(each => each.status === 'less_came'),
  };
}

/** DECIDE n, LATE n, NOT CONFIRMED n. */
export function Strip({ open, what }) {
  const counts = [['decide', 'check', open.asked.length, open.read], ['late', 'wait', open.late.length, open.read], ['unconfirmed', 'truck', open.unconfirmed.length, open.slips]];
  return (
    <nav class="strip" aria-label={t('decide')}>
      {counts.map(([key, icon, count, read]) => (
        <a key={key} data-what={key} href={address('decide', { what: key })} aria-current={key === what ? 'page' : undefined} class={count && key !== 'decide' ? 'some' : ''}>
          <Icon name={icon} /><b>{read.data ? number(count) : '…'}</b><span>{t('strip_' + key)}</span>
        </a>
      ))}
    </nav>
  );
}

const LASTS_DAYS = 7;     // used up in so many days, a Sunday among them
const LASTS_SHOWN_MAX = 30; // what lasts longer needs no thought today

const stockIn = row => Number(row?.closingByStage?.find(each => each.stage === 'STAGE_STOCK')?.quantity || 0);

/** Material that is being used up, the shortest first: [{item, days, left}]. */
export function lasting(week) {
  const inputs = new Set(inputItems().map(view => view.item.code));
  return week.filter(row => inputs.has(row.item) && Number(row.consumed) > 0)
    .map(row => ({ item: row.item, left: stockIn(row), days: Math.floor(Math.max(0, stockIn(row)) * LASTS_DAYS / Number(row.consumed)) }))
    .filter(each => each.days <= LASTS_SHOWN_MAX).sort((a, b) => a.days - b.days);
}

/** Made goods in stock that no open request wants: [{item, quantity}]. */
export function unasked(week, requests) {
  const inputs = new Set(inputItems().map(view => view.item.code));
  const made = new Set(madeItems().map(view => view.item.code).filter(code => !inputs.has(code)));
  return week.filter(row => made.has(row.item)).map(row => ({
    item: row.item,
    quantity: stockIn(row) - requests.filter(request => request.item === row.item).reduce((sum, request) => sum + Math.max(0, toSupply(request) - Number(request.allocated || 0)), 0),
  })).filter(each => each.quantity > 0);
}

/** The sums of the day, an item a row: what was asked for that day and what became of it, what was made, what people got. */
export function daySums(flow, progress) {
  const rows = new Map();
  const of = item => { if (!rows.has(item)) rows.set(item, { item, asked: 0, approved: 0, sent: 0, came: 0, made: 0, given: 0, arrived: 0, went: 0, left: 0 }); return rows.get(item); };
  for (const row of progress) Object.assign(of(row.item), { asked: row.requested || 0, approved: row.approved || 0, sent: row.sent || 0, came: row.received || 0 });
  for (const row of flow) {
    const given = Number(row.served || 0) + Number(row.sold || 0);
    if (!rows.has(row.item) && !given && !Number(row.good) && !MEASURES.came(row) && !Number(row.out)) continue;
    Object.assign(of(row.item), { made: Number(row.good || 0), given, arrived: MEASURES.came(row), went: Number(row.out || 0), left: MEASURES.left(row) });
  }
  return [...rows.values()];
}

/** The day as text: short enough for a message, and complete. */
export function report({ place, day, open, sums, free, lasts }) {
  const plain = (value, item) => amountWithUnit(value, itemOf(item));
  const said = (row, keys) => keys.filter(key => row[key]).map(key => t('text_' + key, { n: plain(row[key], row.item) })).join(t('comma'));
  const lines = [
    `*${placeName(place)}, ${dayText(day)}*`,
    `${t('strip_decide')} ${number(open.asked.length)} | ${t('strip_late')} ${number(open.late.length)} | ${t('strip_unconfirmed')} ${number(open.unconfirmed.length)}`,
  ];
  const moved = sums.filter(row => row.made || row.given || row.arrived || row.went);
  if (moved.length) lines.push('', t('text_day'), ...moved.map(row => `• ${itemName(row.item)}: ${said(row, ['made', 'arrived', 'given', 'went', 'left'])}`));
  const wanted = sums.filter(row => row.asked);
  if (wanted.length) lines.push('', t('text_wanted'), ...wanted.map(row => `• ${itemName(row.item)}: ${said(row, ['asked', 'approved', 'sent', 'came'])}`));
  if (free.length) lines.push('', `${t('nobody_asked')}: ${free.map(each => `${itemName(each.item)} ${plain(each.quantity, each.item)}`).join(t('comma'))}`);
  if (lasts.length) lines.push(...(free.length ? [] : ['']), ...lasts.slice(0, 3).map(each => t('lasts', { item: itemName(each.item), n: number(each.days) })));
  lines.push('', t('rasad'));
  return lines.join('\n');
}

const OPINIONS = ['GOOD', 'SO_SO', 'BAD'];

/** What the kitchens say of the food of that day and the one before: how many, and who found it bad. */
function Opinions({ ratings }) {
  const of = how => ratings.filter(rating => rating.how === 'HOW_WAS_IT_' + how);
  const said = OPINIONS.map(how => [how, of(how)]).filter(([, list]) => list.length);
  if (!said.length) return null;
  return (
    <li data-opinions><span class="row-button"><Icon name="plate" />
      <span class="row-name">{t('how_food_was')}: {said.map(([how, list]) => `${t('how_' + how.toLowerCase())} ${number(list.length)}`).join(t('comma'))}
        {of('BAD').map(each => <small key={each.place + each.day + each.item} class="bad-text"><Icon name="alert" /> {nameOf(each.placeName, each.place)}{t('comma')}{shortDay(each.day)}: {itemName(each.item)}</small>)}</span></span></li>
  );
}

const COLUMNS = ['asked', 'sent', 'came', 'given', 'made'];

/** The officer's own part of the first page. */
export function OfficerDay({ params }) {
  const place = here();
  const [shared, setShared] = useState(false);
  const day = params?.day && params.day <= today() ? params.day : today();
  const open = useOpen(place);
  const flow = useRead('Reports/GetFlow', place ? { place, from: day, to: day } : null, { live: true });
  const week = useRead('Reports/GetFlow', place ? { place, from: lastDays(LASTS_DAYS).from, to: today() } : null, { live: true });
  const progress = useProgress(place, { from: day, to: day });
  const opinions = useRead('Distribution/ListRatings', place ? { place, from: addDays(day, -1), to: day, limit: 500 } : null, { list: 'ratings', live: true });
  const sums = daySums(flow.data?.rows || [], progressRows(progress));
  const free = unasked(week.data?.rows || [], open.requests);
  const lasts = lasting(week.data?.rows || []);
  const shown = sums.filter(row => COLUMNS.some(key => row[key]));
  const ready = open.read.data && open.slips.data && flow.data && week.data && progress.data;
  return (
    <div class="officer">
      <Strip open={open} />
      <Section title={t('the_day')} aside={<span class="inline"><DayButton short value={day} max={today()} onChange={to => setParams({ day: to === today() ? undefined : to })} />
        <Button icon="slip" disabled={!ready} onClick={() => setShared(true)}>{t('as_text')}</Button></span>}>
        <Freshness read={flow} />
        {shown.length > 0 && (
          <div class="table-frame day-sums"><table>
            <thead><tr><th scope="col">{t('item')}</th>{COLUMNS.map(key => <th scope="col" key={key}>{t('sum_' + key)}</th>)}</tr></thead>
            <tbody>{shown.map(row => (
              <tr key={row.item} data-item={row.item}>
                <th scope="row"><a href={address('flow', { item: row.item, from: day, to: day })}>{itemName(row.item)}</a></th>
                {COLUMNS.map(key => <td key={key} data-sum={key}>{row[key] ? <Amount of={row[key]} item={row.item} unit={false} /> : <span class="soft">–</span>}</td>)}
              </tr>
            ))}</tbody>
          </table></div>
        )}
        {flow.data && progress.data && !shown.length && <p class="empty">{t('nothing_in_period')}</p>}
        <ul class="day-notes">
          <Opinions ratings={opinions.data?.ratings || []} />
          {free.map(each => (
            <li key={each.item} data-free={each.item}><a class="row-button" href={address('flow', { item: each.item, measure: 'left' })}><Icon name="box" />
              <span class="row-name">{t('nobody_asked_for', { n: amountWithUnit(each.quantity, itemOf(each.item)), item: itemName(each.item) })}</span><Icon name="forward" /></a></li>
          ))}
          {lasts.slice(0, 4).map(each => (
            <li key={each.item} data-lasts={each.item}><span class={`row-button ${each.days < 4 ? 'bad-text' : ''}`}><Icon name="wait" />
              <span class="row-name">{t('lasts', { item: itemName(each.item), n: number(each.days) })}</span>
              <a class="button" href={address('ask', { place, item: each.item })}>{t('ask_more')}</a></span></li>
          ))}
        </ul>
      </Section>
      {shared && <ShareText title={t('as_text')} text={report({ place, day, open, sums, free, lasts })} onClose={() => setShared(false)} />}
    </div>
  );
}
