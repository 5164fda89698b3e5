/* app.js - the shell: who is signed in, which screen is open, what is on the phone. */
import { render } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { call, NoAnswer } from './api.js';
import { backToDraft, getKept, putKept } from './db.js';
import { applyLanguage, currentLanguage, dayText, loadWords, number, t } from './i18n.js';
import { later, ofDesk } from './later.js';
import { flush, isHeld, isOld, momentOf, release, saveFile, undo } from './outbox.js';
import { another, phone } from './phone.js';
import { address, routeOf } from './route.js';
import { Ask, Came, Received, Send } from './screens/goods.js';
import { Home, SCREENS, screensOf } from './screens/home.js';
import { CallHelp, cardsPlace, Entries, Needs, useCards } from './screens/needs.js';
import { Languages, OtherNames, Pin, SignInForm, Welcome } from './screens/welcome.js';
import {
  ask, chooseRole, currentRole, here, listenToEvents, placeName, roleWord, session, signOut, start, today, useLanguage,
  useOutbox, useSession, useWide, workDay,
} from './session.js';
import { Button, Choice, Dialog, greeting, Icon, learnKinds, Note, usePlainHash } from './ui.js';

const sheet = name => later(() => import('./screens/sheets.js'), name);
const stock = name => later(() => import('./screens/stock.js'), name);
const COMPONENTS = {
  home: Home, made: sheet('Made'), handed: sheet('HandedIn'), gave: sheet('Gave'), deliver: sheet('Deliver'), cooked: sheet('Cooked'), served: sheet('Served'), count: sheet('Count'), earned: sheet('Earned'),
  came: Came, received: Received, ask: Ask, send: Send, stock: stock('Stock'), card: stock('StockCard'), needs: Needs, entries: Entries,
  decide: ofDesk('Decide'), unchecked: ofDesk('Unchecked'), inspect: ofDesk('Inspect'), trace: ofDesk('Trace'), flow: ofDesk('Flow'),
  print: later(() => import('./print.js'), 'Print'), journal: ofDesk('Journal'), places: ofDesk('Places'), people: ofDesk('People'), items: ofDesk('Items'), caller: ofDesk('Caller'), play: ofDesk('Play'),
};

/** Always there: what is on the phone, what is recorded, what needs you. */
function Counts() {
  const { entries } = useOutbox();
  const own = entries.filter(entry => entry.person === session.me?.person);
  const waiting = entries.filter(entry => entry.state === 'waiting');
  const old = waiting.some(isOld);
  const recorded = own.filter(entry => entry.state === 'recorded' && workDay(momentOf(entry)) === today() && entry.receipt?.accepted !== 0).length;
  const needs = useCards(cardsPlace()).count;
  return (
    <a class="counts" href={address('entries')} aria-live="polite">
      <span class={`count-waiting ${waiting.length ? 'some' : ''} ${old ? 'old' : ''}`}><Icon name="phone" />{t('n_on_phone', { n: number(waiting.length) })}</span>
      <span class="count-recorded"><Icon name="check" />{t('n_recorded', { n: number(recorded) })}</span>
      <span class={`count-needs ${needs ? 'some' : ''}`}><Icon name="alert" />{t('n_need_you', { n: number(needs) })}</span>
    </a>
  );
}

/** The help line calls back: most people would rather talk. */
function CallMe() {
  const [said, setSaid] = useState('');
  const askIt = () => call('Registry/AskCallBack', {}).then(() => setSaid(t('will_be_called')), error => setSaid(error instanceof NoAnswer ? t('no_line') : t('failed')));
  return said ? <Note kind="quiet" icon="call" role="status">{said}</Note> : <p><Button icon="call" onClick={askIt}>{t('call_me')}</Button></p>;
}

/** What was just recorded leaves the phone in a moment; until then it never was. */
function UndoBar() {
  const { entries } = useOutbox();
  const [now, setNow] = useState(Date.now());
  const held = entries.filter(entry => isHeld(entry) && entry.person === session.me?.person).at(-1);
  useEffect(() => {
    if (!held) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [held?.id]);
  if (!held) return null;
  async function takeBack() {
    if (!await undo(held)) return;
    backToDraft(held);
    if (held.route) location.hash = held.route;
  }
  return (
    <div class="undo" role="status">
      <span><b>{t(held.word)}</b> {t('leaves_in', { n: number(Math.max(0, Math.ceil((held.heldUntilMs - Math.max(now, held.madeMs)) / 1000))) })}</span>
      <Button icon="undo" onClick={takeBack}>{t('undo')}</Button>
      <Button icon="forward" aria-label={t('send_it_now')} onClick={() => { release(held.id); }}>{t('send_it')}</Button>
    </div>
  );
}

/** The disk took nothing: the numbers are still on the sheet, and may go at once or into a file. */
function FullDisk() {
  const { unkept } = useOutbox();
  if (!unkept) return null;
  const { entry, send, leave, filed } = unkept;
  return (
    <Dialog title={t('disk_full')} onClose={leave}>
      <p>{t('disk_full_means')}</p>
      {entry.unsent && <Note kind="bad" icon="alert" role="alert">{t('no_line')}</Note>}
      <div class="buttons">
        <Button kind="main" icon="forward" onClick={send}>{t('send_unkept')}</Button>
        <Button icon="slip" onClick={async () => { await saveFile([entry]); filed(); }}>{t('save_file')}</Button>
        <Button kind="quiet" onClick={leave}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

/** Before she goes: what is not sent yet stays, and she may give it out of hand. */
function SignOut({ onClose }) {
  const { entries } = useOutbox();
  const waiting = entries.filter(entry => entry.state === 'waiting' && entry.person === session.me?.person);
  const [sure, setSure] = useState(!waiting.length);
  useEffect(() => { if (sure) { onClose(); signOut(); } }, [sure]);
  if (sure) return null;
  return (
    <>
      <Note kind="bad" icon="alert" role="alert"><b>{t('n_on_phone', { n: number(waiting.length) })}.</b> {t('sign_out_means')}</Note>
      <div class="buttons">
        <Button kind="main" icon="forward" onClick={() => waiting.reduce((before, entry) => before.then(() => release(entry.id)), Promise.resolve())}>{t('send_now')}</Button>
        <Button icon="slip" onClick={() => saveFile(waiting)}>{t('save_file')}</Button>
        <Button kind="quiet" icon="out" onClick={() => setSure(true)}>{t('sign_out')}</Button>
      </div>
    </>
  );
}

function Menu({ onClose }) {
  const roles = session.me?.roles || [];
  const [next, setNext] = useState(null);
  const [leaving, setLeaving] = useState(false);
  if (next) return <Dialog title={t('sign_in')} onClose={onClose}><Pin person={next} onBack={() => setNext(null)} onIn={onClose} /></Dialog>;
  return (
    <Dialog title={greeting()} onClose={onClose}>
      {phone.people && <OtherNames onChoose={setNext} />}
      {roles.length > 1 && !session.acting && (
        <Choice label={t('role')} value={session.roleIndex} onChange={index => { chooseRole(index); location.hash = '#/home'; onClose(); }}
          options={roles.map((role, i) => [i, `${t(roleWord(role.role))}${t('dot')}${placeName(role.place)}`])} />
      )}
      <Languages />
      <p><a class="button" href={address('entries')} onClick={onClose}><Icon name="phone" /><span>{t('my_entries')}</span></a></p>
      <p><Button icon="forward" onClick={() => { flush(); onClose(); }}>{t('send_now')}</Button></p>
      {!session.acting && <CallMe />}
      {leaving ? <SignOut onClose={onClose} /> : phone.people ? <p><Button icon="people" onClick={another}>{t('another_name')}</Button></p>
        : <p><Button icon="out" onClick={() => setLeaving(true)}>{t('sign_out')}</Button></p>}
    </Dialog>
  );
}

function Header({ name, title }) {
  const [menu, setMenu] = useState(false);
  return (
    <header class="top">
      <div class="top-line">
        {name === 'home' ? <img src="/icon.svg" alt="" width="32" height="32" class="top-icon" />
          : <a class="plain" href={address('home')} aria-label={t('home')} onClick={event => { if (history.length > 1 && history.state !== 'first') { event.preventDefault(); history.back(); } }}><Icon name="back" /></a>}
        <div class="top-names">
          <h1>{title}</h1>
          <p>{name === 'home' ? dayText(today(), { weekday: 'short', day: 'numeric', month: 'short' }) : placeName(here())}</p>
        </div>
        {!session.online && <span class="badge waiting"><Icon name="wait" />{t('no_line')}</span>}
        <CallHelp class="plain" />
        <button type="button" class="plain who" aria-label={`${greeting()}, ${t('menu')}`} onClick={() => setMenu(true)}><Icon name="people" /><span dir="auto">{greeting()}</span></button>
      </div>
      <Counts />
      <UndoBar />
      {menu && <Menu onClose={() => setMenu(false)} />}
    </header>
  );
}

function Rail({ name }) {
  const role = currentRole().role;
  return (
    <nav class="rail" aria-label={t('menu')}>
      {['home', ...screensOf(role)].map(each => (
        <a key={each} href={address(each)} aria-current={each === name ? 'page' : undefined}><Icon name={SCREENS[each][0]} /><span>{t(SCREENS[each][1])}</span></a>
      ))}
    </nav>
  );
}

function App() {
  useLanguage();
  useSession();
  const hash = usePlainHash();
  const wide = useWide(1000);
  const { name, params } = routeOf(hash);
  const known = COMPONENTS[name] ? name : 'home';
  const Screen = COMPONENTS[known];
  const title = known === 'home' ? placeName(here()) || t('rasad') : t(SCREENS[known][1]);
  useEffect(() => { document.title = session.state === 'in' ? `${title} · ${t('rasad')}` : t('rasad'); });
  useLayoutEffect(() => { scrollTo(0, 0); }, [known]); // before a sheet goes to its row
  useEffect(() => { if (session.state === 'in') loadKinds(); }, [session.state]);
  if (session.state === 'starting') return <p class="loading center" role="status">{t('loading')}</p>;
  if (session.state !== 'in') return <Welcome />;
  return (
    <div class={`shell ${wide ? 'with-rail' : ''}`}>
      <Header name={known} title={title} />
      {wide && <Rail name={known} />}
      <main class={`screen screen-${known}`}>
        {session.expired && <div class="card again"><p><b>{t(phone.people ? 'pin_again' : 'sign_in_again')}</b> {t('nothing_is_lost')}</p><SignInForm again /></div>}
        <Screen key={`${known} ${session.me.person} ${session.acting?.person || ''} ${session.roleIndex}`} params={params} />
      </main>
      <FullDisk />
    </div>
  );
}

async function loadKinds() {
  try {
    const kinds = (await ask('Registry/ListKinds', {})).kinds || [];
    learnKinds(kinds);
    putKept('kinds', kinds).catch(() => {});
  } catch {
    learnKinds(await getKept('kinds') || []);
  }
}

const IDLE_MS = 4000; // a phone that has been open so long fetches what it may need without a line

function installWorker() {
  if (!('serviceWorker' in navigator)) return;
  let controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (controlled) location.reload();
    controlled = true;
  });
  navigator.serviceWorker.register('/sw.js').then(registration => registration.waiting?.postMessage('take over')).catch(() => {});
  navigator.serviceWorker.ready.then(({ active }) => {
    active.postMessage({ keep: [WORD_PATHS[currentLanguage()]] });
    setTimeout(() => active.postMessage('keep the rest'), IDLE_MS);
  });
}

// A lot's label leads to /lot/812-3.
const label = /^\/lot\/(\d+)-(\d+)$/.exec(location.pathname);
if (label) location.replace('/' + address('trace', { lot: `${label[1]}.${label[2]}` }));

applyLanguage();
installWorker();
loadWords().then(() => {
  render(<App />, document.getElementById('app'));
  start().then(listenToEvents);
});
