/* journal.js - the auditor's view: every entry as stored, its hash, and one drawn at random to phone up. */
import { useState } from 'preact/hooks';
import { dayOfNumber, instantText, number, shortDay, t } from '../i18n.js';
import { setParams } from '../route.js';
import { ask, itemName, itemOf, placeName, useRead } from '../session.js';
import { Amount, Badge, Button, Empty, Field, Freshness, Icon, Num, PlacePicker, Section, TextBox } from '../ui.js';
import { methodWord } from './stock.js';

const PAGE = 20;
const NOT_FACTS = new Set(['place', 'item', 'day', 'bookedLater', 'movements', 'reverses']);

const hex = base64 => {
  try {
    return [...atob(String(base64 || '').replace(/-/g, '+').replace(/_/g, '/'))].map(char => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch { return ''; }
};
const stage = code => t('stage_' + String(code).replace('STAGE_', ''));

function Movement({ movement, event }) {
  const item = movement.item || event.item;
  const side = (place, code) => `${placeName(place || event.place)}, ${stage(code)}`;
  return (
    <li><Amount of={movement.quantity} item={item} /> {movement.item && movement.item !== event.item ? itemName(item) : ''}:
      {' '}{side(movement.fromPlace, movement.fromStage)} <Icon name="forward" /> {side(movement.toPlace, movement.toStage)}</li>
  );
}

/** Every field of a fact, names as stored. */
const factText = fact => Object.entries(fact)
  .filter(([, value]) => value !== '' && value !== '0' && value !== 0 && value !== false && !(Array.isArray(value) && !value.length))
  .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(' · ');

function EventView({ event, line }) {
  const kind = Object.keys(event).find(key => !NOT_FACTS.has(key) && typeof event[key] === 'object');
  return (
    <li class={kind === 'refused' ? 'bad' : ''}>
      <div>
        <Num>{number(line)}</Num>. <b>{kind}</b>{event.place && <> · {placeName(event.place)}</>}{event.item && <> · {itemOf(event.item).name ? itemName(event.item) : event.item}</>}
        {event.day && <> · {shortDay(dayOfNumber(event.day))}</>}{event.reverses && <Badge icon="back">{t('taken_back')}</Badge>}
        <p class="soft code" dir="ltr">{factText(event[kind] || {})}</p>
        {event.movements?.length > 0 && <ul class="movements">{event.movements.slice(0, 40).map((movement, i) => <Movement key={i} movement={movement} event={event} />)}</ul>}
      </div>
    </li>
  );
}

function EntryView({ view, open }) {
  const header = view.entry?.header || {};
  const events = view.entry?.events || [];
  return (
    <li class="card entry">
      <details open={open}>
        <summary>
          <Num class="big">{number(header.sequence)}</Num> <b>{methodWord(header.method)}</b>
          <span class="soft">{instantText(header.serverTimeMs)} · {header.actor}{header.onBehalfOf && ` → ${header.onBehalfOf}`} · {t('channel_' + String(header.channel || 'UNKNOWN').replace('CHANNEL_', ''))}
            {' '}· {t('n_lines', { n: number(events.length) })}</span>
        </summary>
        {Math.abs(Number(header.deviceTimeMs || 0) - Number(header.serverTimeMs)) > 600000 && Number(header.deviceTimeMs) > 0
          && <p><Badge kind="waiting" icon="wait">{t('entered_at', { time: instantText(header.deviceTimeMs) })}</Badge></p>}
        <p class="hash code" dir="ltr">{hex(view.hash)}</p>
        <ol class="lines">{events.slice(0, 100).map((event, i) => <EventView key={i} event={event} line={i + 1} />)}</ol>
        {events.length > 100 && <p class="soft">{t('and_more', { n: number(events.length - 100) })}</p>}
      </details>
    </li>
  );
}

export function Journal({ params }) {
  const head = useRead('Reports/GetHead', {}, { live: true });
  const last = Number(head.data?.sequence || 0);
  const after = params.after !== undefined ? Number(params.after) : Math.max(0, last - PAGE);
  const read = useRead('Reports/ListEntries', head.data ? { after: String(after), limit: PAGE, ...(params.place ? { place: params.place } : {}) } : null, {});
  const [drawn, setDrawn] = useState(null);
  const [text, setText] = useState('');

  /** Any entry, each as likely as the other. */
  async function draw() {
    const pick = crypto.getRandomValues(new Uint32Array(2));
    const sequence = 1 + Number((BigInt(pick[0]) * 4294967296n + BigInt(pick[1])) % BigInt(last));
    const page = await ask('Reports/ListEntries', { after: String(sequence - 1), limit: 1 });
    setDrawn(page.entries?.[0]);
  }
  const entries = [...(read.data?.entries || [])].reverse();
  return (
    <>
      <Freshness read={head} />
      {head.data && (
        <div class="card journal-head">
          <p>{t('journal_head')} <b class="big"><Num>{number(last)}</Num></b></p>
          <p class="hash code" dir="ltr">{hex(head.data.hash)}</p>
          <p class="soft">{t('journal_head_means')}</p>
          <Button kind="main" icon="hand" disabled={!last} onClick={draw}>{t('draw_entry')}</Button>
        </div>
      )}
      {drawn && <Section title={t('drawn')}><ul class="cards"><EntryView view={drawn} open /></ul></Section>}
      <Section title={t('entries')} aside={<PlacePicker label={t('place')} empty={t('every_place')} value={params.place} onChange={place => setParams({ place, after: 0 })} />}>
        <Freshness read={read} />
        <ul class="cards">{entries.map(view => <EntryView key={view.entry?.header?.sequence} view={view} />)}</ul>
        {read.data && !entries.length && <Empty>{t('nothing_here')}</Empty>}
        <div class="buttons">
          {after > 0 && !params.place && <Button icon="down" onClick={() => setParams({ after: Math.max(0, after - PAGE) })}>{t('older')}</Button>}
          {Number(read.data?.next) > 0 && <Button icon="forward" onClick={() => setParams({ after: read.data.next })}>{t('newer')}</Button>}
        </div>
        <form class="find" onSubmit={event => { event.preventDefault(); setParams({ after: Math.max(0, Number(text) - 1) }); }}>
          <Field label={t('entry_number')}><TextBox value={text} dir="ltr" inputmode="numeric" onInput={setText} /></Field>
          <button class="button" type="submit"><Icon name="search" /><span>{t('find')}</span></button>
        </form>
      </Section>
    </>
  );
}
