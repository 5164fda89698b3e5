/* people.js - who works where: names, roles, passwords and PINs, the phones they share; forgetting a person. */
import { useState } from 'preact/hooks';
import { call } from '../api.js';
import { asciiDigits, clockText, localDigits, number, plainDigits, plainText, t } from '../i18n.js';
import { later } from '../later.js';
import { here, placeName, roleWord, session, useRead } from '../session.js';
import { Button, Choice, Dialog, Empty, Field, Freshness, Icon, Note, Num, PlacePicker, Section, TextBox } from '../ui.js';
import { CODE, Failure, Form, useCall } from './form.js';

const ROLES = ['CLUSTER_MANAGER', 'STORE_KEEPER', 'INSPECTOR', 'SUPPLY_OFFICER', 'KITCHEN_OPERATOR', 'HELPLINE', 'AUDITOR', 'ADMINISTRATOR'];
const PIN = /^\d{4,8}$/;
const PASSWORD_CHARACTERS_MIN = 8;
const PEOPLE_OF_PHONE_MAX = 16;
export const rolesText = person => (person.roles || []).map(role => `${t(roleWord(role.role))}${t('dot')}${placeName(role.place)}`).join(t('comma'));

const RoleChoice = ({ values, set }) => (
  <>
    <Choice label={t('role')} value={values.role} onChange={role => set('role', role)} options={ROLES.map(role => [role, t(roleWord(role))])} />
    <PlacePicker label={t('place')} value={values.place} root={here()} onChange={code => set('place', code)} />
  </>
);

/** A PIN for a phone that was enrolled; who administers gives passwords too. For oneself, with what stands now. */
export function Secrets({ person, pinOnly }) {
  const [pin, setPin] = useState('');
  const [password, setPassword] = useState('');
  const [old, setOld] = useState('');
  const told = useCall();
  const own = person === session.me?.person;
  const put = secret => told.run(() => call('Registry/SetPassword', { person, ...secret, ...(own && { old }) })).then(done => { if (done) { setPin(''); setPassword(''); setOld(''); } });
  return (
    <>
      {own && <Field label={t('old_password')}><input class="text" type="password" autocomplete="current-password" dir="ltr" value={old} onInput={event => setOld(event.currentTarget.value)} /></Field>}
      <div class="inline">
        <Field label={t('new_pin')}><TextBox value={pin} inputmode="numeric" dir="ltr" maxlength={8} onInput={text => setPin(plainDigits(text))} /></Field>
        <Button disabled={!PIN.test(pin)} onClick={() => put({ pin })}>{t('set_pin')}</Button>
      </div>
      {!pinOnly && (
        <div class="inline">
          <Field label={t('new_password')}><input class="text" type="password" autocomplete="new-password" dir="ltr" value={password} onInput={event => setPassword(event.currentTarget.value)} /></Field>
          <Button disabled={password.length < PASSWORD_CHARACTERS_MIN} onClick={() => put({ password })}>{t('set_password')}</Button>
        </div>
      )}
      {told.done && <Note kind="good" icon="check" role="status">{t('password_set')}</Note>}
      <Failure error={told.error} />
    </>
  );
}

const setRoles = (person, roles) => ({ method: 'Registry/SetRoles', labels: [person.name || person.code], body: { lines: [{ person: person.code, roles }] } });

function Person({ person }) {
  const [open, setOpen] = useState(false);
  const roles = person.roles || [];
  return (
    <li>
      <details class="more person" onToggle={event => setOpen(event.currentTarget.open)}>
        <summary><Icon name="people" /><span class="row-name">{person.name || person.code}<small>{rolesText(person)}</small></span></summary>
        {open && (
          <>
            <p><Num>{person.code}</Num>{person.phone && <>{t('dot')}<a class="link" href={'tel:' + person.phone}><Num>{localDigits(person.phone)}</Num></a></>}</p>
            <Secrets person={person.code} />
            <Form word="add_role" icon="people" draftKey={'add-role:' + person.code} fields={[]} ready={values => values.role && values.place}
              entryOf={values => setRoles(person, [...roles, { role: 'ROLE_' + values.role, place: values.place }])}>
              {(values, set) => <RoleChoice values={values} set={set} />}
            </Form>
            {roles.map(role => (
              <Form key={role.role + role.place} word="end_role" icon="cross" draftKey={`end-role:${person.code}:${role.role}:${role.place}`} fields={[]} kind="bad"
                entryOf={() => setRoles(person, roles.filter(each => each !== role))}>
                {() => <p>{t(roleWord(role.role))}{t('dot')}{placeName(role.place)}</p>}
              </Form>
            ))}
            {person.code !== session.me?.person && (
              <Form word="forget_person" icon="erase" draftKey={'forget:' + person.code} fields={[['repeat_code', { dir: 'ltr', placeholder: person.code }]]} kind="bad"
                ready={values => values.repeat_code === person.code}
                entryOf={() => ({ method: 'Registry/ForgetPeople', labels: [person.code], body: { people: [person.code] } })}>
                {() => <p class="soft">{t('forget_means')}</p>}
              </Form>
            )}
          </>
        )}
      </details>
    </li>
  );
}

const Qr = later(() => import('../print.js'), 'Qr');

/** The digits that make a phone theirs: typed on it, or read out to whoever holds it. */
const Digits = ({ device, enrolled, onClose }) => (
  <Dialog title={t('phone_of', { name: device })} onClose={onClose}>
    <p>{t('type_on_phone')}</p>
    <p class="claim-code"><Num class="big">{localDigits(enrolled.claimCode.replace(/(.{4})(?=.)/g, '$1 '))}</Num></p>
    <Qr text={`${location.origin}/#/enrol?key=${enrolled.deviceKey}`} label={t('share_phone')} />
    <p class="soft">{t('digits_until', { time: clockText(enrolled.claimUntilMs) })}</p>
  </Dialog>
);

/** A phone that several use: who may choose her name on it. */
function Phones({ people }) {
  const [device, setDevice] = useState('');
  const [chosen, setChosen] = useState([]);
  const told = useCall();
  const toggle = code => setChosen(chosen.includes(code) ? chosen.filter(each => each !== code) : [...chosen, code]);
  return (
    <details class="more form">
      <summary><Icon name="phone" /> {t('share_phone')}</summary>
      <p class="soft">{t('share_means')}</p>
      <Field label={t('field_device')}><TextBox value={device} dir="ltr" maxlength={24} placeholder="bakshi-1" onInput={setDevice} /></Field>
      <fieldset class="ticks"><legend class="field-label">{t('who_uses_it')}</legend>
        {people.map(person => (
          <label key={person.code} class="tick"><input type="checkbox" checked={chosen.includes(person.code)} disabled={!chosen.includes(person.code) && chosen.length === PEOPLE_OF_PHONE_MAX} onChange={() => toggle(person.code)} />
            <span class="row-name">{person.name || person.code}<small>{rolesText(person)}</small></span></label>
        ))}
      </fieldset>
      <Failure error={told.error} />
      <Button kind="main" icon="phone" disabled={!CODE.test(device) || !chosen.length || told.busy}
        onClick={() => told.run(() => call('Registry/EnrolDevice', { device, people: chosen }))}>{t('make_digits')}</Button>
      {told.done && <Digits device={device} enrolled={told.done} onClose={told.clear} />}
    </details>
  );
}

export function People() {
  const read = useRead('Registry/ListPeople', { place: here(), limit: 500 }, { list: 'people', live: true });
  const [sought, setSought] = useState('');
  const people = read.data?.people || [];
  const fits = person => plainText(`${person.name} ${person.code} ${rolesText(person)}`).includes(plainText(sought));
  const shown = people.filter(fits);
  return (
    <>
      <Freshness read={read} />
      <Form word="add_person" icon="people" draftKey="add-person" fields={[['person_name', {}], ['code', { dir: 'ltr', maxlength: 24 }], ['phone', { dir: 'ltr', inputmode: 'tel', maxlength: 20 }]]}
        ready={values => values.person_name && values.role && values.place && CODE.test(values.code || '')}
        entryOf={values => ({
          method: 'Registry/AddPeople', labels: [values.code],
          body: { lines: [{ code: values.code, name: values.person_name, phone: asciiDigits(values.phone || ''), roles: [{ role: 'ROLE_' + values.role, place: values.place }] }] },
        })}>
        {(values, set) => <RoleChoice values={values} set={set} />}
      </Form>
      <Phones people={people} />
      <Section title={t('people')} aside={<Num class="count">{number(people.length)}</Num>}>
        {people.length > 12 && <Field label={t('find_by_name')}><TextBox value={sought} onInput={setSought} /></Field>}
        <ul class="rows">{shown.map(person => <Person key={person.code} person={person} />)}</ul>
        {read.data && !shown.length && <Empty>{t('nothing_here')}</Empty>}
      </Section>
    </>
  );
}
