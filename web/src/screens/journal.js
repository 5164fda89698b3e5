/* journal.js - the auditor's view: every entry as stored and its mark; marks printed and compared; entries drawn at random to
 * phone up. Who knows the number of a draw and the journal's length can draw the same entries again. */
import { useEffect, useState } from 'preact/hooks';
import { asciiDigits, dayOfNumber, instantText, localDigits, number, plainDigits, shortDay, t } from '../i18n.js';
import { setParams } from '../route.js';
import { ask, itemName, itemOf, placeName, useRead } from '../session.js';
import { useDraft } from '../sheet.js';
import { Amount, Badge, Button, Choice, Empty, Field, Freshness, Icon, Note, Num, PlacePicker, Section, TextBox } from '../ui.js';
import { Failure, useCall } from './form.js';
import { methodWord } from './stock.js';

const PAGE = 20;
const DRAWN = 20;
const TRIES_MAX = 400;     // what followed by itself (actor system) is no one's word: others are drawn instead
const MARK_LETTERS_MIN = 8; // of a printed mark: enough to tell, and a person copies them
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
  .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(t('dot'));

function EventView({ event, line }) {
  const kind = Object.keys(event).find(key => !NOT_FACTS.has(key) && typeof event[key] === 'object');
  return (
    <li class={kind === 'refused' ? 'bad' : ''}>
      <div>
        <Num>{number(line)}</Num>. <b>{kind}</b>{event.place && <>{t('dot')}{placeName(event.place)}</>}{event.item && <>{t('dot')}{itemOf(event.item).name ? itemName(event.item) : event.item}</>}
        {event.day && <>{t('dot')}{shortDay(dayOfNumber(event.day))}</>}{event.reverses && <Badge icon="back">{t('taken_back')}</Badge>}
        <p class="soft code" dir="ltr">{factText(event[kind] || {})}</p>
        {event.movements?.length > 0 && <ul class="movements">{event.movements.slice(0, 40).map((movement, i) => <Movement key={i} movement={movement} event={event} />)}</ul>}
      </div>
    </li>
  );
}

function EntryView({ view, children }) {
  const header = view.entry?.header || {};
  const events = view.entry?.events || [];
  return (
    <li class="card entry">
      <details>
        <summary>
          <Num class="big">{number(header.sequence)}</Num> <b>{methodWord(header.method)}</b>
          <span class="soft">{instantText(header.serverTimeMs)}{t('dot')}{header.actor}{header.onBehalfOf && ` → ${header.onBehalfOf}`}{t('dot')}{t('channel_' + String(header.channel || 'UNKNOWN').replace('CHANNEL_', ''))}
            {t('dot')}{t('n_lines', { n: number(events.length) })}</span>
        </summary>
        {Math.abs(Number(header.deviceTimeMs || 0) - Number(header.serverTimeMs)) > 600000 && Number(header.deviceTimeMs) > 0
          && <p><Badge kind="waiting" icon="wait">{t('entered_at', { time: instantText(header.deviceTimeMs) })}</Badge></p>}
        <Mark hash={view.hash} />
        <ol class="lines">{events.slice(0, 100).map((event, i) => <EventView key={i} event={event} line={i + 1} />)}</ol>
        {events.length > 100 && <p class="soft">{t('and_more', { n: number(events.length - 100) })}</p>}
      </details>
      {children}
    </li>
  );
}

/** The mark in groups of four, to be read, copied and compared by eye. */
const Mark = ({ hash }) => <p class="hash code" dir="ltr">{hex(hash).match(/.{1,4}/g)?.join(' ')}</p>;

// ---- drawing

/** A number of so many digits to draw by. */
const newSeed = () => String(crypto.getRandomValues(new Uint32Array(1))[0] % 100000000).padStart(8, '0');

/** Sequences from 1 to `last` in the order that the number draws them, each as likely as any other (splitmix64). */
function* sequencesDrawn(seed, last) {
  const mask = (1n << 64n) - 1n;
  let state = BigInt(seed);
  for (;;) {
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    yield Number((z ^ (z >> 31n)) % BigInt(last)) + 1;
  }
}

async function drawEntries(seed, last, place) {
  const seen = new Set(), found = [];
  const source = sequencesDrawn(seed, last);
  for (let tries = 0; tries < TRIES_MAX && found.length < DRAWN && seen.size < last; tries += DRAWN) {
    const next = [];
    while (next.length < DRAWN && seen.size < last) {
      const sequence = source.next().value;
      if (!seen.has(sequence)) next.push(sequence);
      seen.add(sequence);
    }
    const pages = await Promise.all(next.map(sequence => ask('Reports/ListEntries', { after: String(sequence - 1), limit: 1, ...(place ? { place } : {}) })));
    for (const page of pages) {
      const view = page.entries?.[0], header = view?.entry?.header;
      const again = found.some(each => each.entry.header.sequence === header?.sequence);
      if (header && !again && header.actor !== 'system' && found.length < DRAWN) found.push(view);
    }
  }
  return found;
}

/** Whose entry it was, to be phoned up. */
function Caller({ code }) {
  const read = useRead('Registry/ListPeople', { person: code }, {});
  const person = read.data?.people?.[0];
  return <>{person?.name || <Num>{code}</Num>}{person?.phone && <> <a class="link" href={'tel:' + person.phone}><Icon name="call" /><Num>{localDigits(person.phone)}</Num></a></>}</>;
}

const ANSWERS = [['agrees', 'check'], ['differs', 'alert'], ['not_reached', 'wait']];

function Drawn({ seed, last, place }) {
  const told = useCall();
  const draft = useDraft(`audit:${seed}:${last}`);
  useEffect(() => { told.run(() => drawEntries(seed, last, place)); }, [seed, last, place]);
  const views = told.done || [];
  const said = word => views.filter(view => draft.row(view.entry.header.sequence).said === word).length;
  return (
    <Section title={t('drawn_by', { n: seed, last: number(last) })} aside={<Button icon="slip" kind="quiet" onClick={() => print()}>{t('print')}</Button>}>
      <Failure error={told.error} />
      {told.busy && <p class="loading" role="status">{t('loading')}</p>}
      {views.length > 0 && <p class="sum" role="status">{ANSWERS.map(([word]) => `${t(word)} ${number(said(word))}`).join(t('dot'))}</p>}
      <ul class="cards">
        {views.map(view => {
          const { header } = view.entry, row = String(header.sequence);
          return (
            <EntryView key={row} view={view}>
              <p><Caller code={header.onBehalfOf || header.actor} /></p>
              <Choice label={t('what_she_says')} value={draft.row(row).said} onChange={word => draft.set(row, 'said', draft.row(row).said === word ? '' : word)}
                options={ANSWERS.map(([word, icon]) => [word, t(word), icon])} />
            </EntryView>
          );
        })}
      </ul>
    </Section>
  );
}

// ---- marks

/** A mark that was printed or written down once, against the journal as it is now. */
function Compare() {
  const [entry, setEntry] = useState('');
  const [mark, setMark] = useState('');
  const told = useCall();
  const letters = mark.toLowerCase().replace(/[^0-9a-f]/g, '');
  const compare = () => told.run(async () => {
    const page = await ask('Reports/ListEntries', { after: String(Number(entry) - 1), limit: 1 });
    const view = page.entries?.[0];
    if (Number(view?.entry?.header?.sequence) !== Number(entry)) return { same: false };
    return { same: hex(view.hash).startsWith(letters) };
  });
  return (
    <details class="more form">
      <summary><Icon name="search" /> {t('compare_mark')}</summary>
      <p class="soft">{t('compare_means')}</p>
      <Field label={t('entry_number')}><TextBox value={entry} dir="ltr" inputmode="numeric" onInput={text => setEntry(plainDigits(text))} /></Field>
      <Field label={t('printed_mark')}><TextBox value={mark} dir="ltr" spellcheck={false} autocapitalize="none" onInput={text => setMark(asciiDigits(text))} /></Field>
      <Button kind="main" icon="check" disabled={!Number(entry) || letters.length < MARK_LETTERS_MIN} onClick={compare}>{t('compare')}</Button>
      <Failure error={told.error} />
      {told.done && <Note kind={told.done.same ? 'good' : 'bad'} icon={told.done.same ? 'check' : 'alert'} role="status">{t(told.done.same ? 'mark_same' : 'mark_differs')}</Note>}
    </details>
  );
}

export function Journal({ params }) {
  const head = useRead('Reports/GetHead', {}, { live: true });
  const last = Number(head.data?.sequence || 0);
  const before = params.before ? Number(params.before) : 0;
  const read = useRead('Reports/ListEntries', head.data ? { before: String(before || last + 1), limit: PAGE, ...(params.place ? { place: params.place } : {}) } : null, {});
  const [text, setText] = useState('');
  const [seed, setSeed] = useState('');
  const entries = read.data?.entries || [];
  return (
    <>
      <Freshness read={head} />
      {head.data && (
        <div class="card journal-head">
          <p>{t('journal_head')} <b class="big"><Num>{number(last)}</Num></b> <span class="soft">{instantText(head.data.serverTimeMs)}</span></p>
          <Mark hash={head.data.hash} />
          <p class="soft">{t('journal_head_means')}</p>
          <div class="buttons">
            <Button kind="main" icon="hand" disabled={!last} onClick={() => setParams({ draw: newSeed(), of: last })}>{t('draw_20')}</Button>
            <Button icon="slip" onClick={() => print()}>{t('print')}</Button>
          </div>
          <form class="find" onSubmit={event => { event.preventDefault(); setParams({ draw: plainDigits(seed), of: last }); }}>
            <Field label={t('draw_again')}><TextBox value={seed} dir="ltr" inputmode="numeric" maxlength={8} onInput={text => setSeed(plainDigits(text))} /></Field>
            <button class="button" type="submit" disabled={!seed || !last}><Icon name="hand" /><span>{t('draw')}</span></button>
          </form>
        </div>
      )}
      <Compare />
      {params.draw && Number(params.of) > 0 && <Drawn seed={params.draw} last={Number(params.of)} place={params.place} />}
      <Section title={t('entries')} aside={<PlacePicker label={t('place')} empty={t('every_place')} value={params.place} onChange={place => setParams({ place, before: '' })} />}>
        <Freshness read={read} />
        <ul class="cards">{entries.map(view => <EntryView key={view.entry?.header?.sequence} view={view} />)}</ul>
        {read.data && !entries.length && <Empty>{t('nothing_here')}</Empty>}
        <div class="buttons">
          {before > 0 && <Button icon="back" onClick={() => setParams({ before: '' })}>{t('newest')}</Button>}
          {Number(read.data?.next) > 0 && <Button icon="down" onClick={() => setParams({ before: read.data.next })}>{t('older')}</Button>}
        </div>
        <form class="find" onSubmit={event => { event.preventDefault(); setParams({ before: Number(text) + 1 }); }}>
          <Field label={t('entry_number')}><TextBox value={text} dir="ltr" inputmode="numeric" onInput={typed => setText(plainDigits(typed))} /></Field>
          <button class="button" type="submit" disabled={!Number(text)}><Icon name="search" /><span>{t('find')}</span></button>
        </form>
      </Section>
    </>
  );
}
