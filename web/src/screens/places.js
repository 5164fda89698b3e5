/* places.js - the administrator's places: walk down, add, change, move, close; from a spreadsheet and back into one. */
import { useState } from 'preact/hooks';
import { call } from '../api.js';
import { download, parseCsv } from '../csv.js';
import { asciiDigits, nameOf, number, t } from '../i18n.js';
import { record, settled } from '../outbox.js';
import { setParams } from '../route.js';
import { ask, here, placeName, rememberPlace, useRead } from '../session.js';
import { allKinds, Button, Choice, DayButton, Empty, Freshness, Icon, kindName, Note, Num, PlacePicker, RefusalText, Section } from '../ui.js';
import { today } from '../session.js';
import { CODE, Failure, Form, useCall } from './form.js';

const DEGREES = 1e6; // positions come in micro-degrees
const ROWS_MAX = 1000;     // of one file here; larger ones by the command line
const LINES_A_COMMAND = 500;
/* The columns of `rasad import places`; a spreadsheet from here goes in there and back. */
const COLUMNS = {
  code: 'code', kind: 'kind', parent: 'parent', name_en: 'en', name_hi: 'hi', name_fa: 'fa', latitude: 'latitude', longitude: 'longitude',
  register_number: 'registerNumber', lgd_code: 'lgdCode', gln: 'gln', gstin: 'gstin', members: 'members', phone: 'phone', calendar: 'calendar',
};
const NUMBERS = new Set(['registerNumber', 'members']);
const degrees = micro => micro ? (micro / DEGREES).toFixed(6) : '';

// ---- a spreadsheet

const sheetRow = place => [place.code, place.kind, place.parent, place.name?.en, place.name?.hi, place.name?.fa, degrees(place.latitudeUdeg),
  degrees(place.longitudeUdeg), place.registerNumber || '', place.lgdCode, place.gln, place.gstin, place.members || '', place.phone, ''];

/** A table's rows as lines of AddPlaces; throws what is wrong with the heading. */
function linesOf(rows) {
  const heading = (rows[0] || []).map(cell => cell.trim().toLowerCase());
  const unknown = heading.filter(name => !COLUMNS[name]);
  if (unknown.length || !heading.includes('code')) throw new Error(t('columns_are', { found: unknown.join(', ') || '–', columns: Object.keys(COLUMNS).join(', ') }));
  if (rows.length - 1 > ROWS_MAX) throw new Error(t('rows_at_most', { n: number(ROWS_MAX) }));
  return rows.slice(1).map(row => {
    const line = { name: {} };
    heading.forEach((name, i) => {
      const field = COLUMNS[name], text = (row[i] || '').trim();
      if (!text) return;
      if (name.startsWith('name_')) line.name[field] = text;
      else if (field === 'calendar') line.calendar = 'CALENDAR_' + text.toUpperCase();
      else line[field] = NUMBERS.has(field) ? Number(asciiDigits(text)) : field === 'phone' ? asciiDigits(text) : text;
    });
    return line;
  });
}

/** All that is wrong is shown at once, and nothing is written until it is right. */
function FromSheet() {
  const told = useCall();
  const [left, setLeft] = useState(null);
  async function read(file) {
    if (!file) return;
    setLeft(null);
    await told.run(async () => {
      const lines = linesOf(parseCsv(await file.text()));
      const check = await call('Registry/CheckPlaces', { lines });
      const present = new Set(check.present || []);
      return { name: file.name, lines: lines.filter((_, i) => !present.has(i + 1)), total: lines.length, refusals: check.refusals || [] };
    });
  }
  async function enter() {
    const { name, lines } = told.done;
    for (let i = 0; i < lines.length; i += LINES_A_COMMAND) {
      setLeft(lines.length - i);
      const part = lines.slice(i, i + LINES_A_COMMAND);
      const entry = await settled(await record({ word: 'places_from_file', labels: [name], method: 'Registry/AddPlaces', body: { lines: part } }));
      if (entry?.state !== 'recorded') return;
    }
    setLeft(0);
  }
  const found = told.done;
  return (
    <details class="more form">
      <summary><Icon name="list" /> {t('places_from_file')}</summary>
      <p class="soft">{t('file_means')}</p>
      <label class="button file"><Icon name="list" /><span>{t('choose_file')}</span><input type="file" accept=".csv,text/csv" onChange={event => { read(event.currentTarget.files[0]); event.currentTarget.value = ''; }} /></label>
      {told.error && (told.error.refusals ? <Failure error={told.error} /> : <Note kind="bad" icon="alert" role="alert">{told.error.message}</Note>)}
      {found && <p><b>{found.name}</b>{t('dot')}{t('n_rows', { n: number(found.total) })}{t('dot')}{t('n_new', { n: number(found.lines.length) })}</p>}
      {found?.refusals.length > 0 && (
        <>
          <Note kind="bad" icon="alert" role="alert">{t('rows_wrong', { n: number(found.refusals.length) })}</Note>
          <ul class="refused-rows">{found.refusals.slice(0, 100).map((refusal, i) => (
            <li key={i}><b>{t('row_n', { n: number((refusal.line || 0) + 1) })}</b> <span class="code" dir="ltr">{refusal.field?.replace(/^lines\[\d+\]\./, '')}</span> <RefusalText refusal={refusal} /></li>
          ))}</ul>
        </>
      )}
      {found && !found.refusals.length && found.lines.length > 0 && left === null && <Button kind="main" icon="check" onClick={enter}>{t('add_n_places', { n: number(found.lines.length) })}</Button>}
      {found && !found.refusals.length && (left === 0 || !found.lines.length) && <Note kind="good" icon="check" role="status">{t('all_places_stand')}</Note>}
      {left > 0 && <p role="status">{t('n_left', { n: number(left) })}</p>}
    </details>
  );
}

function ToSheet({ place }) {
  const told = useCall();
  const save = () => told.run(async () => {
    const page = await ask('Registry/ListPlaces', { parent: place, allBelow: true, limit: 500 }, 'places');
    download(`places-${place || 'all'}`, [Object.keys(COLUMNS), ...(page.places || []).map(sheetRow)]);
  });
  return <><Button icon="down" kind="quiet" onClick={save}>{t('as_spreadsheet')}</Button><Failure error={told.error} /></>;
}

// ---- one place

const NAMES = [['name', {}], ['name_hi', { lang: 'hi' }], ['name_fa', { lang: 'fa', dir: 'rtl' }]];
const LATIN = { dir: 'ltr' };

const personal = kind => Boolean(allKinds().find(each => each.code === kind)?.behaviour?.person);

function Change({ place }) {
  const start = { name: place.name?.en, name_hi: place.name?.hi, name_fa: place.name?.fa, phone: place.phone, register: place.registerNumber || '',
    members: place.members || '', gstin: place.gstin, latitude: degrees(place.latitudeUdeg), longitude: degrees(place.longitudeUdeg) };
  return (
    <Form word="change_place" draftKey={'change-place:' + place.code} start={start}
      fields={[...NAMES, ['phone', { ...LATIN, inputmode: 'tel' }], ['register', { ...LATIN, inputmode: 'numeric' }], ['members', { ...LATIN, inputmode: 'numeric' }],
        ...(personal(place.kind) ? [] : [['gstin', { ...LATIN, maxlength: 15, autocapitalize: 'characters' }]]),
        ['latitude', { ...LATIN, inputmode: 'decimal' }], ['longitude', { ...LATIN, inputmode: 'decimal' }]]}
      ready={values => Object.keys(start).some(key => String(values[key] || '') !== String(start[key] || ''))}
      entryOf={values => {
        const changed = key => String(values[key] || '') !== String(start[key] || '') ? asciiDigits(values[key]) : '';
        const moved = changed('latitude') || changed('longitude');
        return {
          method: 'Registry/ChangePlaces', labels: [nameOf(place.name, place.code)],
          body: { lines: [{
            place: place.code, name: { en: changed('name'), hi: changed('name_hi') && values.name_hi, fa: changed('name_fa') && values.name_fa }, phone: changed('phone'),
            registerNumber: Number(changed('register')), members: Number(changed('members')), gstin: changed('gstin').toUpperCase(),
            ...(moved ? { latitude: asciiDigits(values.latitude), longitude: asciiDigits(values.longitude) } : {}),
          }] },
        };
      }} />
  );
}

const Move = ({ place }) => (
  <Form word="move_place" icon="truck" draftKey={'move-place:' + place.code} fields={[]} ready={values => values.parent && values.parent !== place.parent}
    entryOf={values => ({ method: 'Registry/MovePlaces', labels: [nameOf(place.name, place.code), placeName(values.parent)], body: { lines: [{ place: place.code, parent: values.parent }] } })}>
    {(values, set) => <><p class="soft">{t('move_means')}</p><PlacePicker label={t('moves_to')} value={values.parent} root={here()} onChange={code => set('parent', code)} /></>}
  </Form>
);

const Holiday = ({ place }) => (
  <Form word="add_holiday" icon="sun" draftKey={'holiday:' + place.code} fields={[]} start={{ from: today(), to: today() }}
    ready={values => values.from <= values.to}
    entryOf={values => ({ method: 'Registry/SetHolidays', labels: [nameOf(place.name, place.code)], body: { lines: [{ place: place.code, fromDay: values.from, toDay: values.to }] } })}>
    {(values, set) => (
      <>
        <p class="soft">{t('holiday_means')}</p>
        <div class="period-days">
          <DayButton label={t('from_day')} value={values.from} onChange={day => { set('from', day); if (values.to < day) set('to', day); }} />
          <DayButton label={t('to_day')} value={values.to} onChange={day => set('to', day)} />
        </div>
      </>
    )}
  </Form>
);

const Close = ({ place }) => (
  <Form word="close_place" icon="cross" kind="bad" draftKey={'close-place:' + place.code} fields={[['repeat_code', { ...LATIN, placeholder: place.code }]]}
    ready={values => values.repeat_code === place.code}
    entryOf={() => ({ method: 'Registry/ChangePlaces', labels: [nameOf(place.name, place.code)], body: { lines: [{ place: place.code, close: true }] } })}>
    {() => <p class="soft">{t('close_means')}</p>}
  </Form>
);

const Add = ({ parent }) => (
  <Form word="add_place" icon="home" draftKey={'add-place:' + parent} fields={[...NAMES, ['code', { ...LATIN, maxlength: 24 }], ['phone', { ...LATIN, inputmode: 'tel' }]]}
    ready={values => values.name && values.kind && CODE.test(values.code || '')}
    entryOf={values => ({
      method: 'Registry/AddPlaces', labels: [values.name],
      body: { lines: [{ code: values.code, kind: values.kind, parent, name: { en: values.name, hi: values.name_hi || '', fa: values.name_fa || '' }, phone: asciiDigits(values.phone || '') }] },
    })}>
    {(values, set) => <Choice label={t('field_kind')} value={values.kind} onChange={kind => set('kind', kind)} options={allKinds().map(kind => [kind.code, nameOf(kind.label, kind.code)])} />}
  </Form>
);

export function Places({ params }) {
  const place = params.place ?? here();
  const own = useRead('Registry/GetPlace', place ? { place } : null, { live: true });
  const below = useRead('Registry/ListPlaces', { parent: place, limit: 500 }, { list: 'places', live: true });
  if (own.data) rememberPlace(own.data);
  const up = own.data?.path?.[0];
  const list = below.data?.places || [];
  return (
    <>
      <div class="place-head">
        {place && place !== here() && <Button kind="quiet" icon="back" onClick={() => setParams({ place: up ?? '' })}>{up ? placeName(up) : t('back')}</Button>}
        <p><b class="big">{place ? placeName(place) : t('every_place')}</b> {own.data && <span class="soft">{kindName(own.data.kind)}{t('dot')}<Num>{place}</Num></span>}</p>
      </div>
      <Freshness read={below} />
      <Section title={t('below_it')} aside={<Num class="count">{number(list.length)}</Num>}>
        <ul class="rows">
          {list.map(each => (
            <li key={each.code}>
              <button type="button" class="row-button" onClick={() => setParams({ place: each.code })}>
                <span class="row-name">{nameOf(each.name, each.code)}{each.closed && <>{t('dot')}{t('closed')}</>}<small>{kindName(each.kind)}{t('dot')}<Num>{each.code}</Num></small></span>
                {each.members > 0 && <span class="soft">{t('n_members', { n: number(each.members) })}</span>}<Icon name="forward" />
              </button>
            </li>
          ))}
        </ul>
        {below.data && !list.length && <Empty>{t('nothing_here')}</Empty>}
      </Section>
      <Add parent={place} />
      {own.data && <Change key={place + 'c'} place={own.data} />}
      {own.data && <Holiday key={place + 'h'} place={own.data} />}
      {own.data && place !== here() && <Move key={place + 'm'} place={own.data} />}
      {own.data && place !== here() && !own.data.closed && <Close key={place + 'x'} place={own.data} />}
      <FromSheet />
      <ToSheet place={place} />
    </>
  );
}
