/* caller.js - the help line's desk: who calls (number, name, or the receipt number read out), the forms of her work filled in
 * for her, and who waits to be called back. */
import { useState } from 'preact/hooks';
import { call } from '../api.js';
import { asciiDigits, instantText, number, plainText, shortDay, t } from '../i18n.js';
import { go } from '../route.js';
import { actFor, ask, here, itemName, placeName, rememberPlace, somethingChanged, useRead } from '../session.js';
import { Amount, Badge, Button, Dialog, Empty, Field, Freshness, Icon, Num, Section, TextBox } from '../ui.js';
import { Failure, useCall } from './form.js';
import { rolesText, Secrets } from './people.js';
import { methodWord } from './stock.js';

const RECEIPT = /^\d{5}$/;
const PHONE = /^\+?\d{6,}$/;
const FOUND_MAX = 30;

/** From now on the screens are hers: what is recorded is recorded for her, by the help line. */
async function enterFor(person) {
  const places = [];
  for (const role of person.roles || []) {
    const place = await ask('Registry/GetPlace', { place: role.place }).catch(() => ({ code: role.place }));
    rememberPlace(place);
    places.push(place);
  }
  actFor({ person: person.code, name: person.name || person.code, roles: person.roles || [], places });
  go('home');
}

/** What to call her about; she is called from the list. */
function NoteCall({ who, onClose }) {
  const [about, setAbout] = useState('');
  const told = useCall();
  async function note() {
    const done = await told.run(() => call('Registry/AskCallBack', { ...who, about }));
    if (done) { somethingChanged(); onClose(); }
  }
  return (
    <Dialog title={t('call_back')} onClose={onClose}>
      <Field label={t('about_what')}><TextBox value={about} maxlength={100} onInput={setAbout} /></Field>
      <Failure error={told.error} />
      <Button kind="main" icon="call" onClick={note}>{t('note_it')}</Button>
    </Dialog>
  );
}

function Person({ person }) {
  const [noting, setNoting] = useState(false);
  return (
    <li class="card">
      <div class="card-head"><b>{person.name || person.code}</b>{person.phone && <a class="link" href={'tel:' + person.phone}><Num>{person.phone}</Num></a>}</div>
      <p class="soft">{rolesText(person)}</p>
      <div class="buttons">
        <Button kind="main" icon="needle" onClick={() => enterFor(person)}>{t('enter_for_her')}</Button>
        <Button icon="call" onClick={() => setNoting(true)}>{t('call_back')}</Button>
      </div>
      <details class="more"><summary><Icon name="gear" /> {t('forgot_pin')}</summary><Secrets person={person.code} pinOnly /></details>
      {noting && <NoteCall who={{ person: person.code }} onClose={() => setNoting(false)} />}
    </li>
  );
}

const Found = ({ receipt }) => (
  <li class="card">
    <div class="card-head"><b>{methodWord(receipt.method)}</b>{receipt.refused > 0 && <Badge kind="bad" icon="alert">{t('n_refused', { n: number(receipt.refused) })}</Badge>}</div>
    <p>{receipt.item && <>{itemName(receipt.item)} {Number(receipt.moved) > 0 && <b class="big"><Amount of={receipt.moved} item={receipt.item} /></b>} </>}
      <span class="soft">{t('n_lines', { n: number(receipt.accepted || 0) })}</span></p>
    <p class="soft">{receipt.place && placeName(receipt.place)}{receipt.day && `${t('dot')}${shortDay(receipt.day)}`}{t('dot')}{t('recorded')} {instantText(receipt.serverTimeMs)}{t('dot')}<Num>{receipt.onBehalfOf || receipt.actor}</Num></p>
  </li>
);

function CallBacks() {
  const read = useRead('Registry/ListCallBacks', { place: here() }, { live: true });
  const told = useCall();
  const waiting = read.data?.waiting || [];
  const who = each => each.person ? { person: each.person } : { phone: each.phone };
  const end = (each, reached) => told.run(() => call('Registry/EndCallBack', { ...who(each), reached })).then(read.reload);
  async function enter(each) {
    const found = await told.run(() => ask('Registry/ListPeople', { person: each.person }));
    if (found?.people?.[0]) await enterFor(found.people[0]);
  }
  return (
    <Section title={t('call_backs')} aside={<Num class="count">{number(waiting.length + Number(read.data?.more || 0))}</Num>}>
      <Freshness read={read} />
      <Failure error={told.error} />
      <ul class="cards">
        {waiting.map(each => (
          <li key={each.person || each.phone} class="card">
            <div class="card-head"><b>{each.name || each.person || <Num>{each.phone}</Num>}</b>
              {each.phone && <a class="button" href={'tel:' + each.phone}><Icon name="call" /><Num>{each.phone}</Num></a>}</div>
            {each.about && <p>{each.about}</p>}
            <p class="soft">{placeName(each.place)}{t('dot')}{t('waits_since', { time: instantText(each.askedMs) })}{each.tries > 0 && <>{t('dot')}{t('n_tries', { n: number(each.tries) })}</>}</p>
            <div class="buttons">
              {each.person && <Button kind="main" icon="needle" onClick={() => enter(each)}>{t('enter_for_her')}</Button>}
              <Button icon="check" onClick={() => end(each, true)}>{t('reached')}</Button>
              <Button icon="wait" onClick={() => end(each, false)}>{t('not_reached')}</Button>
            </div>
          </li>
        ))}
      </ul>
      {read.data && !waiting.length && <Empty>{t('nobody_waits')}</Empty>}
    </Section>
  );
}

export function Caller() {
  const [text, setText] = useState('');
  const [noting, setNoting] = useState(false);
  const told = useCall();
  const plain = asciiDigits(text).replace(/[\s()-]/g, '');
  const isPhone = PHONE.test(plain);
  async function find() {
    await told.run(async () => {
      if (RECEIPT.test(plain)) return { receipts: (await ask('Reports/FindReceipt', { receiptCode: plain })).found || [] };
      if (isPhone) return { people: (await ask('Registry/ListPeople', { phone: plain })).people || [], phone: plain };
      const sought = plainText(text.trim());
      const all = (await ask('Registry/ListPeople', { place: here(), limit: 500 }, 'people')).people || [];
      return { people: all.filter(person => plainText(`${person.name} ${person.code} ${rolesText(person)}`).includes(sought)) };
    });
  }
  const found = told.done;
  return (
    <div class="desk-columns">
      <div>
        <form class="find" onSubmit={event => { event.preventDefault(); find(); }}>
          <Field label={t('phone_name_receipt')}><TextBox value={text} onInput={setText} autofocus /></Field>
          <button class="button main" type="submit" disabled={!text.trim() || told.busy}><Icon name="search" /><span>{t('find')}</span></button>
        </form>
        <Failure error={told.error} />
        <ul class="cards">
          {(found?.people || []).slice(0, FOUND_MAX).map(person => <Person key={person.code} person={person} />)}
          {(found?.receipts || []).map(receipt => <Found key={receipt.sequence} receipt={receipt} />)}
        </ul>
        {found?.people?.length > FOUND_MAX && <p class="soft">{t('and_more', { n: number(found.people.length - FOUND_MAX) })}</p>}
        {found && !(found.people || found.receipts).length && (
          <>
            <Empty>{found.receipts ? t('no_such_receipt') : t('nobody_found')}</Empty>
            {found.phone && <Button icon="call" onClick={() => setNoting(true)}>{t('call_back')} <Num>{found.phone}</Num></Button>}
          </>
        )}
        {noting && <NoteCall who={{ phone: found.phone, place: here() }} onClose={() => setNoting(false)} />}
      </div>
      <CallBacks />
    </div>
  );
}
