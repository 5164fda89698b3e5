/* welcome.js - before anybody is in: name and password; on an enrolled phone the names (names.js). */
import { useState } from 'preact/hooks';
import { NoAnswer } from '../api.js';
import { currentLanguage, LANGUAGES, setLanguage, t } from '../i18n.js';
import { later } from '../later.js';
import { phone } from '../phone.js';
import { address, routeOf } from '../route.js';
import { session, signIn } from '../session.js';
import { CallHelp } from './needs.js';
import { Button, Field, Icon, Note, RefusalText, usePlainHash } from '../ui.js';

const names = name => later(() => import('./names.js'), name);
const Enrol = names('Enrol'), Names = names('Names');
export const Pin = names('Pin'), OtherNames = names('OtherNames');

export const Languages = () => (
  <div class="languages" role="group">
    {LANGUAGES.map(([code, name]) => (
      <button type="button" key={code} lang={code} aria-pressed={code === currentLanguage()} onClick={() => setLanguage(code)}>{name}</button>
    ))}
  </div>
);

export const Failure = ({ error }) => error && (
  <Note kind="bad" icon="alert" role="alert">{error instanceof NoAnswer ? t('no_line') : <RefusalText refusal={error.refusals?.[0] || {}} message={error.message} />}</Note>
);

export function SignInForm({ again }) {
  const [login, setLogin] = useState(again ? session.me?.person || '' : '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const own = again && phone.people?.find(each => each.code === session.me?.person);
  if (own) return <Pin person={own} />;
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
      <Failure error={error} />
      <button type="submit" class="button main" disabled={busy}><Icon name="check" /><span>{busy ? t('loading') : t('sign_in')}</span></button>
    </form>
  );
}

export function Welcome() {
  const { name, params } = routeOf(usePlainHash());
  const [other, setOther] = useState(false);
  const names = session.state === 'names' && phone.people && !other;
  return (
    <main class="welcome">
      <img src="/icon.svg" alt="" width="72" height="72" />
      <h1>{t('rasad')}</h1>
      {name === 'enrol' ? <Enrol key={params.key} link={params.key} /> : names ? <Names onOther={() => setOther(true)} /> : (
        <>
          <p class="soft">{t('motto')}</p>
          <SignInForm />
          {session.state === 'names' ? <Button kind="quiet" icon="back" onClick={() => setOther(false)}>{t('choose_name')}</Button>
            : <a class="button quiet" href={address('enrol')}><Icon name="phone" /><span>{t('enrol_phone')}</span></a>}
        </>
      )}
      <Languages />
      <CallHelp class="button quiet" words />
    </main>
  );
}
