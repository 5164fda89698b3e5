/* check.js - what waits for the inspector, how many pieces to draw, what was found, and what becomes of the lot. */
import { useState } from 'preact/hooks';
import { fromBase, instantText, localDigits, nameOf, number, t, toBase } from '../i18n.js';
import { go } from '../route.js';
import { here, itemName, itemOf, nowMs, today, useRead } from '../session.js';
import { Sheet, useDraft } from '../sheet.js';
import { Amount, Badge, Button, Empty, Freshness, Icon, Note, Num, PlacePicker } from '../ui.js';

/** Sacks of one maker and item at one place are looked at together. */
function batchesOf(rows) {
  const batches = new Map();
  for (const row of rows) {
    const key = `${row.place} ${row.maker} ${row.item}`;
    if (!batches.has(key)) batches.set(key, { key, ...row, rows: [] });
    batches.get(key).rows.push(row);
  }
  return [...batches.values()];
}

const waits = row => Number(row.freeFromMs || 0) > nowMs();
const sum = rows => rows.reduce((total, row) => total + Number(row.quantity), 0);

function Batch({ batch }) {
  const [left, setLeft] = useState([]);   // lots not taken this time
  const taken = batch.rows.filter(row => !left.includes(row.lot) && !waits(row));
  const several = batch.rows.length > 1;
  const toggle = lot => setLeft(left.includes(lot) ? left.filter(each => each !== lot) : [...left, lot]);
  const open = () => go('inspect', {
    place: batch.place, item: batch.item, lot: taken.map(row => row.lot).filter(Boolean).join(','), quantity: sum(taken),
    each: taken.map(row => row.quantity).join(','), number: taken.map(row => row.number || '–').join(','),
  });
  return (
    <li class="card">
      <div class="card-head"><b>{nameOf(batch.makerName, batch.maker) || nameOf(batch.placeName, batch.place)}</b>
        {!several && batch.number && <Badge icon="sack"><Num>{localDigits(batch.number)}</Num></Badge>}</div>
      <p>{itemName(batch.item)} <b class="big"><Amount of={sum(several ? taken : batch.rows)} item={batch.item} /></b> <span class="soft">{nameOf(batch.placeName, batch.place)}</span></p>
      {several && (
        <fieldset class="ticks"><legend class="field-label">{t('sacks')}</legend>
          {batch.rows.map(row => (
            <label key={row.lot} class="tick"><input type="checkbox" checked={taken.includes(row)} disabled={waits(row)} onChange={() => toggle(row.lot)} />
              <span class="row-name"><Icon name="sack" /> <Num>{row.number ? localDigits(row.number) : row.lot}</Num>: <b><Amount of={row.quantity} item={row.item} /></b>{waits(row) && <small>{t('wait_until', { time: instantText(row.freeFromMs) })}</small>}</span></label>
          ))}
        </fieldset>
      )}
      {!several && waits(batch) && <p class="soft"><Icon name="wait" /> {t('wait_until', { time: instantText(batch.freeFromMs) })}</p>}
      {!several && Number(batch.sample) > 0 && <p><Icon name="hand" /> {t('draw_n', { n: number(batch.sample) })}</p>}
      <div class="buttons">
        <Button kind="main" icon="scale" disabled={!taken.length} onClick={open}>{t('check_it')}</Button>
        {!several && batch.lot && <Button kind="quiet" icon="trace" onClick={() => go('trace', { lot: batch.lot })}>{t('trace')}</Button>}
      </div>
    </li>
  );
}

export function Unchecked({ params }) {
  const [place, setPlace] = useState(params.place || here());
  const read = useRead('Quality/ListUnchecked', { place, limit: 500 }, { list: 'rows', live: true });
  const batches = batchesOf(read.data?.rows || []);
  return (
    <>
      <div class="sheet-head"><PlacePicker label={t('place')} value={place} root={here()} onChange={setPlace} /></div>
      <Freshness read={read} />
      <ul class="cards wide-cards">{batches.map(batch => <Batch key={batch.key} batch={batch} />)}</ul>
      {read.data && !batches.length && <Empty>{t('nothing_unchecked')}</Empty>}
    </>
  );
}

/** How many of the draw come out of each sack: as its share is, whole pieces, none more than it holds. */
function shares(sample, each) {
  const total = each.reduce((all, quantity) => all + quantity, 0);
  const whole = each.map(quantity => Math.floor(sample * quantity / total));
  const rest = each.map((quantity, i) => [sample * quantity % total, i]).sort((a, b) => b[0] - a[0]);
  let left = sample - whole.reduce((all, n) => all + n, 0);
  for (const [, i] of rest) if (left > 0 && whole[i] < each[i]) { whole[i]++; left--; }
  return whole;
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

/** Which boxes one tap fills: all fine, all made again, all spoiled. */
const WHOLE = [['accepted', 'all_fine', 'check'], ['rework', 'all_again', 'undo'], ['scrapped', 'all_spoiled', 'cross']];

export function Inspect({ params }) {
  const { place, item, quantity } = params;
  const lots = (params.lot || '').split(',').filter(Boolean);
  const each = (params.each || quantity || '').split(',').map(Number);
  const sacks = (params.number || '').split(',');
  const plan = useRead('Quality/GetPlan', Number(quantity) > 0 ? { lotSize: String(quantity), ...(lots.length ? { lot: lots[0] } : { aqlHundredths: Number(itemOf(item).aqlHundredths || 0) || 250 }) } : null, {});
  const draft = useDraft(`inspect:${place}:${item}:${params.lot}`);
  const head = draft.row('head');
  const row = params.lot || item;
  const values = draft.row(row);
  const value = key => toBase(values[key] || '', itemOf(item)) ?? 0;
  const left = Number(quantity || 0) - value('accepted') - value('rework') - value('scrapped');
  const sample = Number(plan.data?.sample || 0);
  const fill = key => { for (const [box] of WHOLE) draft.set(row, box, box === key ? fromBase(quantity, itemOf(item)) : ''); };
  return (
    <Sheet word="check_it" draft={draft} showKept missing={left < 0 ? t('more_than_there_is') : ''}
      head={
        <>
          <p>{itemName(item)} <b class="big"><Amount of={quantity} item={item} /></b>{sacks.length === 1 && sacks[0] && <>{t('dot')}{t('sack')} <Num>{localDigits(sacks[0])}</Num></>}</p>
          {plan.data && <p class="draw"><Icon name="hand" /> {plan.data.everyPiece ? t('draw_all') : t('draw_n', { n: number(sample) })}</p>}
          {plan.data && !plan.data.everyPiece && sacks.length > 1 && (
            <ul class="shares">{shares(sample, each).map((n, i) => <li key={i}>{t('sack')} <Num>{localDigits(sacks[i])}</Num>: <b>{number(n)}</b></li>)}</ul>
          )}
          {plan.data && !plan.data.everyPiece && <p class="soft">{t('draw_how')}</p>}
          {plan.data?.tightened && <Note kind="quiet" icon="alert">{t('tightened')}</Note>}
          {plan.data?.stopped && <Note kind="bad" icon="alert">{t('stopped')}</Note>}
          <Freshness read={plan} />
          <p><b>{t('faults_found')}</b></p>
          <Defects draft={draft} plan={plan.data} />
          <div class="buttons" role="group" aria-label={t('what_becomes')}>{WHOLE.map(([key, word, icon]) => <Button key={key} icon={icon} onClick={() => fill(key)}>{t(word)}</Button>)}</div>
        </>
      }
      rows={[{
        key: row, name: t('what_becomes'),
        boxes: [{ key: 'accepted', words: t('checked_fine'), item }, { key: 'rework', words: t('make_again'), item }, { key: 'scrapped', words: t('spoiled'), item }],
        facts: <span>{t('still_to_say')} <Amount of={Math.max(0, left)} item={item} /></span>,
      }]}
      build={() => ({
        method: 'Quality/Inspect',
        body: {
          day: today(),
          lines: [{
            place, item, ...(lots.length ? { lots } : {}), accepted: String(value('accepted')), rework: String(value('rework')), scrapped: String(value('scrapped')),
            sample, critical: Number(head.critical || 0), major: Number(head.major || 0), minor: Number(head.minor || 0),
          }],
        },
      })} />
  );
}
