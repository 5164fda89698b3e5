/* app.js - the shell: who is signed in, which screen is open, what is on the phone. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call, NoAnswer } from './api.js';
import { getKept, putKept } from './db.js';
import { applyLanguage, currentLanguage, dayText, LANGUAGES, loadWords, number, setLanguage, t } from './i18n.js';
import { later } from './later.js';
import { flush } from './outbox.js';
import { address, routeOf } from './route.js';
import { Ask, Came, Received, Send } from './screens/goods.js';
import { Home, SCREENS, screensOf } from './screens/home.js';
import { Entries, Needs, needsPerson } from './screens/needs.js';
import { Cooked, Count, Deliver, Earned, Gave, HandedIn, Made, Served } from './screens/sheets.js';
import { Stock, StockCard } from './screens/stock.js';
import {
  ask, chooseRole, currentRole, here, listenToEvents, placeName, roleWord, session, signIn, signOut, start, today, useLanguage,
  useOutbox, useSession, useWide,
} from './session.js';
import { Button, Choice, Dialog, Field, greeting, Icon, learnKinds, Note, Num, RefusalText, usePlainHash } from './ui.js';

const desk = name => later(() => import('./desk.js'), name);
const COMPONENTS = {
  home: Home, made: Made, handed: HandedIn, gave: Gave, deliver: Deliver, cooked: Cooked, served: Served, count: Count, earned: Earned,
  came: Came, received: Received, ask: Ask, send: Send, stock: Stock, card: StockCard, needs: Needs, entries: Entries,
  decide: desk('Decide'), unchecked: desk('Unchecked'), inspect: desk('Inspect'), trace: desk('Trace'), flow: desk('Flow'),
  print: later(() => import('./print.js'), 'Print'), journal: desk('Journal'), places: desk('Places'), people: desk('People'), items: desk('Items'), caller: desk('Caller'),
};

const Languages = () => (
  <div class="languages" role="group">
    {LANGUAGES.map(([code, name]) => (
      <button type="button" key={code} lang={code} aria-pressed={code === currentLanguage()} onClick={() => setLanguage(code)}>{name}</button>
    ))}
  </div>
);

function SignInForm({ again }) {
  const [login, setLogin] = useState(again ? session.me?.person || '' : '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(login.trim(), password);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  }
  return (
    <form class="sign-in" onSubmit={submit}>
      <Field label={t('your_name_code')}><input class="text" name="login" autocomplete="username" autocapitalize="none" spellcheck={false} dir="ltr" required value={login} onInput={event => setLogin(event.currentTarget.value)} /></Field>
      <Field label={t('password')}><input class="text" name="password" type="password" autocomplete="current-password" dir="ltr" required value={password} onInput={event => setPassword(event.currentTarget.value)} /></Field>
      {error && <Note kind="bad" icon="alert" role="alert">{error instanceof NoAnswer ? t('no_line') : <RefusalText refusal={error.refusals?.[0] || {}} message={error.message} />}</Note>}
      <button type="submit" class="button main" disabled={busy}><Icon name="check" /><span>{busy ? t('loading') : t('sign_in')}</span></button>
    </form>
  );
}

const Welcome = () => (
  <main class="welcome">
    <img src="/icon.svg" alt="" width="72" height="72" />
    <h1>{t('rasad')}</h1>
    <p class="soft">{t('motto')}</p>
    <SignInForm />
    <Languages />
  </main>
);

/** Always there: what is on the phone, what is recorded, what needs you. */
function Counts() {
  const { entries } = useOutbox();
  const own = entries.filter(entry => entry.person === session.me?.person);
  const waiting = entries.filter(entry => entry.state === 'waiting');
  const old = waiting.some(entry => entry.madeMs < Date.now() - 86400000);
  const start = new Date().setHours(0, 0, 0, 0);
  const recorded = own.filter(entry => entry.state === 'recorded' && entry.madeMs >= start && entry.receipt?.accepted !== 0).length;
  const needs = Math.max(own.filter(needsPerson).length, session.needs || 0);
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

function Menu({ onClose }) {
  const roles = session.me?.roles || [];
  return (
    <Dialog title={greeting()} onClose={onClose}>
      {roles.length > 1 && !session.acting && (
        <Choice label={t('role')} value={session.roleIndex} onChange={index => { chooseRole(index); location.hash = '#/home'; onClose(); }}
          options={roles.map((role, i) => [i, `${t(roleWord(role.role))}, ${placeName(role.place)}`])} />
      )}
      <Languages />
      <p><a class="button" href={address('entries')} onClick={onClose}><Icon name="phone" /><span>{t('my_entries')}</span></a></p>
      <p><Button icon="forward" onClick={() => { flush(); onClose(); }}>{t('send_now')}</Button></p>
      {!session.acting && <CallMe />}
      <p><Button icon="out" onClick={() => { onClose(); signOut(); }}>{t('sign_out')}</Button></p>
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
          <p>{name === 'home' ? dayText(today()) : placeName(here())}</p>
        </div>
        {!session.online && <span class="badge waiting"><Icon name="wait" />{t('no_line')}</span>}
        <button type="button" class="plain who" aria-label={`${greeting()}, ${t('menu')}`} onClick={() => setMenu(true)}><Icon name="people" /><span>{greeting()}</span></button>
      </div>
      <Counts />
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
  useEffect(() => { scrollTo(0, 0); }, [known]);
  useEffect(() => { if (session.state === 'in') loadKinds(); }, [session.state]);
  if (session.state === 'starting') return <p class="loading center" role="status">{t('loading')}</p>;
  if (session.state === 'out') return <Welcome />;
  return (
    <div class={`shell ${wide ? 'with-rail' : ''}`}>
      <Header name={known} title={title} />
      {wide && <Rail name={known} />}
      <main class={`screen screen-${known}`}>
        {session.expired && <div class="card again"><p><b>{t('sign_in_again')}</b> {t('nothing_is_lost')}</p><SignInForm again /></div>}
        <Screen key={`${known} ${session.acting?.person || ''} ${session.roleIndex}`} params={params} />
      </main>
    </div>
  );
}

async function loadKinds() {
  try {
    const kinds = (await ask('Registry/ListKinds', {})).kinds || [];
    learnKinds(kinds);
    putKept('kinds', kinds);
  } catch {
    learnKinds(await getKept('kinds') || []);
  }
}

const IDLE_MS = 8000; // a phone that has been open so long fetches what it may need without a line

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
