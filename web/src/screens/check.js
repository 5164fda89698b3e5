/* check.js - what waits for the inspector, how many pieces to draw, what was found, and what becomes of the lot. */
import { useState } from 'preact/hooks';
import { instantText, nameOf, number, t, toBase } from '../i18n.js';
import { go } from '../route.js';
import { here, itemName, itemOf, today, useRead } from '../session.js';
import { Sheet, useDraft } from '../sheet.js';
import { Amount, Badge, Button, Empty, Freshness, Icon, Num, PlacePicker } from '../ui.js';

export function Unchecked({ params }) {
  const [place, setPlace] = useState(params.place || here());
  const read = useRead('Quality/ListUnchecked', { place, limit: 500 }, { list: 'rows', live: true });
  const rows = read.data?.rows || [];
  const waits = row => Number(row.freeFromMs || 0) > Date.now();
  return (
    <>
      <div class="sheet-head"><PlacePicker label={t('place')} value={place} root={here()} onChange={setPlace} /></div>
      <Freshness read={read} />
      <ul class="cards">
        {rows.map(row => (
          <li key={row.lot + row.place} class="card">
            <div class="card-head"><b>{nameOf(row.makerName, row.maker) || nameOf(row.placeName, row.place)}</b>
              {row.number && <Badge icon="sack"><Num>{row.number}</Num></Badge>}</div>
            <p>{itemName(row.item)} <b class="big"><Amount of={row.quantity} item={row.item} /></b> <span class="soft">{nameOf(row.placeName, row.place)}</span></p>
            {Number(row.sample) > 0 && <p><Icon name="hand" /> {t('draw_n', { n: number(row.sample) })}</p>}
            {waits(row) && <p class="soft"><Icon name="wait" /> {t('wait_until', { time: instantText(row.freeFromMs) })}</p>}
            <div class="buttons">
              <Button kind="main" icon="scale" onClick={() => go('inspect', { place: row.place, item: row.item, lot: row.lot, quantity: row.quantity, number: row.number })}>{t('check_it')}</Button>
              {row.lot && <Button kind="quiet" icon="trace" onClick={() => go('trace', { lot: row.lot })}>{t('trace')}</Button>}
            </div>
          </li>
        ))}
      </ul>
      {read.data && !rows.length && <Empty>{t('nothing_unchecked')}</Empty>}
    </>
  );
}

/** Tapped defects; the plan says how many are too many, the inspector says what becomes of the pieces. */
function Defects({ draft, plan }) {
  const values = draft.row('head');
  const count = key => Number(values[key] || 0);
  const found = count('critical') + count('major');
  const bad = count('critical') > 0 || (plan && found > Number(plan.accept || 0));
  return (
    <div class="defects">
      {['critical', 'major', 'minor'].map(key => (
        <div key={key} class="defect">
          <span>{t('defect_' + key)}</span>
          <button type="button" aria-label={`${t('defect_' + key)} −`} disabled={!count(key)} onClick={() => draft.set('head', key, count(key) > 1 ? String(count(key) - 1) : '')}>−</button>
          <Num class="big">{number(count(key))}</Num>
          <button type="button" aria-label={`${t('defect_' + key)} +`} onClick={() => draft.set('head', key, String(count(key) + 1))}>+</button>
        </div>
      ))}
      {plan && <p class={bad ? 'verdict bad-text' : 'verdict good-text'} role="status"><Icon name={bad ? 'alert' : 'check'} />
        {bad ? t('by_plan_fails', { n: number(plan.refuse || 0) }) : t('by_plan_passes', { n: number(plan.accept || 0) })}</p>}
    </div>
  );
}

export function Inspect({ params }) {
  const { place, item, lot, quantity } = params;
  const aql = Number(itemOf(item).aqlHundredths || 0) || 250;
  const plan = useRead('Quality/GetPlan', Number(quantity) > 0 ? { lotSize: String(quantity), aqlHundredths: aql } : null, {});
  const draft = useDraft(`inspect:${place}:${item}:${lot}`);
  const head = draft.row('head');
  const day = today();
  const values = draft.row(lot || item);
  const value = key => toBase(values[key] || '', itemOf(item)) ?? 0;
  const left = Number(quantity || 0) - value('accepted') - value('rework') - value('scrapped');
  return (
    <Sheet word="check_it" draft={draft} showKept missing={left < 0 ? t('more_than_there_is') : ''}
      head={
        <>
          <p>{itemName(item)} <b class="big"><Amount of={quantity} item={item} /></b>{params.number && <> · {t('sack')} <Num>{params.number}</Num></>}</p>
          {plan.data && <p class="draw"><Icon name="hand" /> {plan.data.everyPiece ? t('draw_all') : t('draw_n', { n: number(plan.data.sample || 0) })}</p>}
          <Freshness read={plan} />
          <Defects draft={draft} plan={plan.data} />
        </>
      }
      rows={[{
        key: lot || item, name: t('what_becomes'),
        boxes: [{ key: 'accepted', words: t('checked_fine'), item }, { key: 'rework', words: t('make_again'), item }, { key: 'scrapped', words: t('spoiled'), item }],
        facts: <span>{t('still_to_say')} <Amount of={Math.max(0, left)} item={item} /></span>,
      }]}
      build={() => ({
        method: 'Quality/Inspect',
        body: {
          day,
          lines: [{
            place, item, ...(lot ? { lots: [lot] } : {}), accepted: String(value('accepted')), rework: String(value('rework')), scrapped: String(value('scrapped')),
            sample: Number(plan.data?.sample || 0), critical: Number(head.critical || 0), major: Number(head.major || 0), minor: Number(head.minor || 0),
          }],
        },
      })} />
  );
}
