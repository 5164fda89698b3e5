/* names.js - an enrolled phone: its names and their PINs, and enrolling it. A file of its own: most phones have one owner. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { localDigits, number, t } from '../i18n.js';
import { enrol, openWithPin, phone, PIN_MAX, PIN_MIN, waitOf } from '../phone.js';
import { address } from '../route.js';
import { session, useOutbox } from '../session.js';
import { Button, Icon, Note, Num } from '../ui.js';
import { Failure } from './welcome.js';

/** The first letter as people write it: with its vowel sign, if it has one. */
const initial = name => (/^\P{M}\p{M}*/u.exec(name)?.[0] || '?').toUpperCase();
const TINTS = 6;
const tintOf = code => [...code].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 997, 7) % TINTS;
const Face = ({ person }) => <span class={`initial initial-${tintOf(person.code)}`} aria-hidden="true">{initial(person.name || person.code)}</span>;

/** Large digits of our own; nothing of it is seen by the keyboard of the phone. */
function DigitPad({ length, min = length, secret, busy, onDone, word }) {
  const [text, setText] = useState('');
  const pad = useRef(null);
  const type = key => setText(text => (text + key).slice(0, length));
  const done = () => { if (text.length >= min) { onDone(text); setText(''); } };
  useEffect(() => {
    const onKey = event => {
      if (pad.current.closest('dialog') !== document.querySelector('dialog[open]')) return; // another asks, before this one
      if (/^\d$/.test(event.key)) type(event.key);
      else if (event.key === 'Backspace') setText(text => text.slice(0, -1));
      else if (event.key === 'Enter' && event.target === document.body) done();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  return (
    <div class="digit-pad" dir="ltr" ref={pad}>
      <output class="digits" aria-label={t('n_digits', { n: number(text.length) })}>
        {Array.from({ length: secret ? Math.max(min, text.length) : length }, (_, i) => (
          <span key={i} class={i < text.length ? 'filled' : ''}>{secret ? '' : localDigits(text[i] || '')}</span>
        ))}
      </output>
      <div class="digit-keys" role="group" aria-label={t('keypad')}>
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(key => <button type="button" key={key} disabled={busy} onClick={() => type(key)}>{localDigits(key)}</button>)}
        <button type="button" aria-label={t('erase')} onClick={() => setText(text.slice(0, -1))}><Icon name="erase" class="unmirrored" /></button>
        <button type="button" disabled={busy} onClick={() => type('0')}>{localDigits('0')}</button>
        <button type="button" class="digit-done" disabled={busy || text.length < min} aria-label={word} onClick={done}><Icon name="check" /></button>
      </div>
    </div>
  );
}

/** Her PIN; `said` is what came of the last one. */
export function Pin({ person, onBack, onIn }) {
  const [said, setSaid] = useState(null);
  const [wait, setWait] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const look = () => waitOf(person.code).then(setWait);
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [said]);
  async function tryPin(pin) {
    setBusy(true);
    setSaid(null);
    const answer = await openWithPin(person.code, pin).catch(error => error);
    if (answer === 'in') return onIn?.();
    setSaid(answer);
    setBusy(false);
  }
  const waits = wait > 0 || said === 'wait';
  return (
    <section class="pin">
      <div class="pin-who"><Face person={person} /><h2>{person.name || person.code}</h2></div>
      <p class="soft" role="status">{busy ? t('loading') : t('type_pin')}</p>
      {waits ? <Note kind="bad" icon="wait" role="alert"><b>{t('pin_wait')}</b> {wait > 0 && t('again_in', { n: number(Math.ceil(wait / 1000)) })} {t('pin_help')}</Note>
        : said === 'wrong' ? <Note kind="bad" icon="alert" role="alert"><b>{t('pin_wrong')}</b> {t('pin_help')}</Note>
          : said === 'no_line' ? <Note icon="wait" role="alert">{t('pin_first_line')}</Note> : said instanceof Error && <Failure error={said} />}
      <DigitPad length={PIN_MAX} min={PIN_MIN} secret busy={busy || wait > 0} onDone={tryPin} word={t('sign_in')} />
      {onBack && <Button kind="quiet" icon="back" onClick={onBack}>{t('another_name')}</Button>}
    </section>
  );
}

/** A phone of several people: with the digits the administrator reads out, or by the picture she shows (#/enrol?key=...). */
export function Enrol({ link }) {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(Boolean(link));
  async function start(how) {
    setBusy(true);
    setError(null);
    try {
      await enrol(how);
      location.replace(address('home'));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }
  useEffect(() => { if (link) start({ key: link }); }, []);
  return (
    <>
      <h2>{t('enrol_phone')}</h2>
      <p class="soft">{t('enrol_means')}</p>
      <Failure error={error} />
      <DigitPad length={8} busy={busy} onDone={digits => start({ digits })} word={t('enrol_phone')} />
      <a class="button quiet" href={address('home')}><Icon name="back" /><span>{t('back')}</span></a>
    </>
  );
}

export function Names({ onOther }) {
  const { entries } = useOutbox();
  const [chosen, setChosen] = useState(null);
  const waitingOf = code => entries.filter(entry => entry.state === 'waiting' && entry.person === code).length;
  const all = entries.filter(entry => entry.state === 'waiting').length;
  if (chosen) return <Pin key={chosen.code} person={chosen} onBack={() => setChosen(null)} />;
  return (
    <>
      <h2>{t('choose_name')}</h2>
      <ul class="names">
        {phone.people.map(person => (
          <li key={person.code}>
            <button type="button" class="name" onClick={() => setChosen(person)}>
              <Face person={person} /><span class="row-name">{person.name || person.code}
                {waitingOf(person.code) > 0 && <small><Icon name="phone" />{t('n_on_phone', { n: number(waitingOf(person.code)) })}</small>}</span><Icon name="forward" />
            </button>
          </li>
        ))}
      </ul>
      <p class="soft"><Icon name="phone" /> {all ? t('n_on_phone', { n: number(all) }) : t('all_recorded')}{t('dot')}<Num>{phone.code}</Num></p>
      <Button kind="quiet" onClick={onOther}>{t('with_password')}</Button>
    </>
  );
}

/** The others of this phone: from one to the next in two taps. */
export const OtherNames = ({ onChoose }) => (
  <ul class="names">{phone.people.filter(person => person.code !== session.me?.person).map(person => (
    <li key={person.code}><button type="button" class="name" onClick={() => onChoose(person)}><Face person={person} /><span class="row-name">{person.name || person.code}</span><Icon name="forward" /></button></li>
  ))}</ul>
);
