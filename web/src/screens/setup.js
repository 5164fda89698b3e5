/* setup.js - the administrator's places, people and items; the help line's finding of a caller. */
import { useState } from 'preact/hooks';
import { call } from '../api.js';
import { amountWithUnit, nameOf, number, plainText, t } from '../i18n.js';
import { record } from '../outbox.js';
import { go, setParams } from '../route.js';
import { actFor, ask, here, itemOf, placeName, rememberPlace, roleWord, session, useOutbox, useRead } from '../session.js';
import { useDraft } from '../sheet.js';
import {
  allKinds, Amount, Button, Choice, Empty, Field, Freshness, Icon, kindName, Note, Num, PlacePicker, Receipt, RefusalText, Section, TextBox,
} from '../ui.js';

const CODE = /^[A-Za-z0-9._-]{1,24}$/;

/** One form of a few text boxes; what was typed is kept until it is recorded. */
function Form({ word, draftKey, fields, ready, entryOf, children }) {
  const draft = useDraft(draftKey);
  const [last, setLast] = useState(null);
  const { entries } = useOutbox();
  const values = draft.row('head');
  const set = (key, text) => draft.set('head', key, text);
  async function save() {
    const id = await record({ word, draftKey: draft.key, keys: ['head'], typed: { head: values }, route: location.hash, ...entryOf(values) });
    draft.drop(['head']);
    setLast(id);
  }
  const shown = entries.find(entry => entry.id === last);
  return (
    <details class="more form" open={Object.keys(values).length > 0 || Boolean(shown)}>
      <summary><Icon name="needle" /> {t(word)}</summary>
      {shown && <Receipt entry={shown} onAgain={() => { for (const [key, text] of Object.entries(shown.typed.head)) set(key, text); setLast(null); }} />}
      {fields.map(([key, rest]) => <Field key={key} label={t('field_' + key)}><TextBox value={values[key]} onInput={text => set(key, text)} {...rest} /></Field>)}
      {children?.(values, set)}
      <Button kind="main" icon="check" disabled={!ready(values)} onClick={save}>{t('record')}</Button>
    </details>
  );
}

export function Places({ params }) {
  const place = params.place ?? here();
  const own = useRead('Registry/GetPlace', place ? { place } : null);
  const below = useRead('Registry/ListPlaces', { parent: place, limit: 500 }, { list: 'places', live: true });
  if (own.data) rememberPlace(own.data);
  const up = own.data?.path?.[0];
  return (
    <>
      <p>{place !== here() && <Button kind="quiet" icon="back" onClick={() => setParams({ place: up ?? '' })}>{up ? placeName(up) : t('back')}</Button>} <b class="big">{place ? placeName(place) : t('every_place')}</b></p>
      <Freshness read={below} />
      <ul class="rows">
        {(below.data?.places || []).map(each => (
          <li key={each.code}>
            <button type="button" class="row-button" onClick={() => setParams({ place: each.code })}>
              <span class="row-name">{nameOf(each.name, each.code)}<small>{kindName(each.kind)} · <Num>{each.code}</Num></small></span>
              {each.members > 0 && <span class="soft">{t('n_members', { n: number(each.members) })}</span>}<Icon name="forward" />
            </button>
          </li>
        ))}
      </ul>
      {below.data && !below.data.places?.length && <Empty>{t('nothing_here')}</Empty>}
      <Form word="add_place" draftKey={'add-place:' + place} fields={[['name', {}], ['name_hi', { lang: 'hi' }], ['name_fa', { lang: 'fa', dir: 'rtl' }], ['code', { dir: 'ltr', maxlength: 24 }]]}
        ready={values => values.name && values.kind && CODE.test(values.code || '')}
        entryOf={values => ({
          method: 'Registry/AddPlaces', labels: [values.name],
          body: { lines: [{ code: values.code, kind: values.kind, parent: place, name: { en: values.name, hi: values.name_hi || '', fa: values.name_fa || '' } }] },
        })}>
        {(values, set) => <Choice label={t('field_kind')} value={values.kind} onChange={kind => set('kind', kind)} options={allKinds().map(kind => [kind.code, nameOf(kind.label, kind.code)])} />}
      </Form>
    </>
  );
}

const ROLES = ['CLUSTER_MANAGER', 'STORE_KEEPER', 'INSPECTOR', 'SUPPLY_OFFICER', 'KITCHEN_OPERATOR', 'HELPLINE', 'AUDITOR', 'ADMINISTRATOR'];

function Password({ person }) {
  const [text, setText] = useState('');
  const [said, setSaid] = useState(null);
  async function set() {
    try {
      await call('Registry/SetPassword', { person, password: text });
      setText('');
      setSaid(<Note kind="good" icon="check">{t('password_set')}</Note>);
    } catch (error) {
      setSaid(<Note kind="bad" icon="alert"><RefusalText refusal={error.refusals?.[0] || {}} message={error.message} /></Note>);
    }
  }
  return (
    <div class="inline">
      <input class="text" type="password" autocomplete="new-password" aria-label={t('new_password')} placeholder={t('new_password')} value={text} onInput={event => setText(event.currentTarget.value)} />
      <Button disabled={text.length < 8} onClick={set}>{t('set_password')}</Button>
      {said}
    </div>
  );
}

export function People() {
  const read = useRead('Registry/ListPeople', { place: here(), limit: 500 }, { list: 'people', live: true });
  const people = read.data?.people || [];
  return (
    <>
      <Freshness read={read} />
      <ul class="rows">
        {people.map(person => (
          <li key={person.code}>
            <details class="more person">
              <summary><Icon name="people" /><span class="row-name">{person.name || person.code}<small>{(person.roles || []).map(role => `${t(roleWord(role.role))}, ${placeName(role.place)}`).join(' · ')}</small></span></summary>
              <p><Num>{person.code}</Num>{person.phone && <> · <a class="link" href={'tel:' + person.phone}><Num>{person.phone}</Num></a></>}</p>
              <Password person={person.code} />
            </details>
          </li>
        ))}
      </ul>
      {read.data && !people.length && <Empty>{t('nothing_here')}</Empty>}
      <Form word="add_person" draftKey="add-person" fields={[['person_name', {}], ['code', { dir: 'ltr', maxlength: 24 }], ['phone', { dir: 'ltr', inputmode: 'tel', maxlength: 20 }]]}
        ready={values => values.person_name && values.role && values.place && CODE.test(values.code || '')}
        entryOf={values => ({
          method: 'Registry/AddPeople', labels: [values.code],
          body: { lines: [{ code: values.code, name: values.person_name, phone: values.phone || '', roles: [{ role: 'ROLE_' + values.role, place: values.place }] }] },
        })}>
        {(values, set) => (
          <>
            <Choice label={t('role')} value={values.role} onChange={role => set('role', role)} options={ROLES.map(role => [role, t(roleWord(role))])} />
            <PlacePicker label={t('place')} value={values.place} root={here()} onChange={code => set('place', code)} />
          </>
        )}
      </Form>
    </>
  );
}

const UNITS = { UNIT_PIECE: 'PIECE', UNIT_GRAM: 'GRAM', UNIT_MILLILITRE: 'MILLILITRE', UNIT_CENTIMETRE: 'CENTIMETRE', UNIT_PAISE: 'PAISE', UNIT_RIAL: 'RIAL' };

export function Items() {
  return (
    <ul class="cards">
      {session.items.map(({ item, inputs, ratePerPiece, rateMoney }) => (
        <li key={item.code} class="card">
          <div class="card-head"><b>{nameOf(item.name, item.code)}</b><Num class="soft">{item.code}</Num></div>
          <p class="soft">{t('unit_' + (UNITS[item.unit] || 'PIECE'))}{item.check && item.check !== 'CHECK_NONE' && <> · {t('check_' + item.check.replace('CHECK_', ''))}</>}</p>
          {inputs?.length > 0 && <ul class="amounts">{inputs.map(input => (
            <li key={input.item}>{nameOf(itemOf(input.item).name, input.item)} <b><Amount of={input.quantity} item={input.item} /></b> {t('for_n', { n: amountWithUnit(input.per, item) })}</li>
          ))}</ul>}
          {Number(ratePerPiece) > 0 && <p>{t('pay_per_piece')} <b><Amount of={ratePerPiece} item={rateMoney} /></b></p>}
        </li>
      ))}
    </ul>
  );
}

/** Who calls: by phone number or by name, then the forms of her work are filled in for her. */
export function Caller() {
  const [text, setText] = useState('');
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  async function find() {
    setError(null);
    try {
      const digits = /^[+\d\s-]{5,}$/.test(text.trim());
      const answer = await ask('Registry/ListPeople', digits ? { phone: text.replace(/[\s-]/g, '') } : { place: here(), limit: 500 }, digits ? undefined : 'people');
      const sought = plainText(text.trim());
      setFound((answer.people || []).filter(person => digits || plainText(`${person.name} ${person.code}`).includes(sought)).slice(0, 30));
    } catch (failure) {
      setError(failure);
    }
  }
  async function choose(person) {
    const places = [];
    for (const role of person.roles || []) {
      const place = await ask('Registry/GetPlace', { place: role.place }).catch(() => ({ code: role.place }));
      rememberPlace(place);
      places.push(place);
    }
    actFor({ person: person.code, name: person.name || person.code, roles: person.roles || [], places });
    go('home');
  }
  return (
    <>
      <form class="find" onSubmit={event => { event.preventDefault(); find(); }}>
        <Field label={t('phone_or_name')}><TextBox value={text} onInput={setText} /></Field>
        <button class="button main" type="submit" disabled={!text.trim()}><Icon name="search" /><span>{t('find')}</span></button>
      </form>
      {error && <Note kind="bad" icon="alert"><RefusalText refusal={error.refusals?.[0] || {}} message={error.message} /></Note>}
      <ul class="rows">
        {(found || []).map(person => (
          <li key={person.code}>
            <button type="button" class="row-button" onClick={() => choose(person)}>
              <Icon name="call" /><span class="row-name">{person.name || person.code}<small>{(person.roles || []).map(role => `${t(roleWord(role.role))}, ${placeName(role.place)}`).join(' · ')}</small></span><Icon name="forward" />
            </button>
          </li>
        ))}
      </ul>
      {found && !found.length && <Empty>{t('nobody_found')}</Empty>}
    </>
  );
}
