/* form.js - one entry of a few text boxes, for the address book: what was typed is kept until it is recorded. */
import { useState } from 'preact/hooks';
import { t } from '../i18n.js';
import { record } from '../outbox.js';
import { useOutbox } from '../session.js';
import { useDraft } from '../sheet.js';
import { Button, Field, Icon, Note, Receipt, RefusalText, TextBox } from '../ui.js';

export const CODE = /^[A-Za-z0-9._-]{1,24}$/;

/** fields: [key, properties of the box]; entryOf(values) makes {method, body, labels}; children(values, set) what is chosen. */
export function Form({ word, icon = 'needle', draftKey, fields, start = {}, ready = () => true, entryOf, children, kind = 'main' }) {
  const draft = useDraft(draftKey);
  const [last, setLast] = useState(null);
  const { entries } = useOutbox();
  const typed = draft.row('head');
  const values = { ...start, ...typed };
  const set = (key, text) => draft.set('head', key, text);
  async function save() {
    const id = await record({ word, draftKey: draft.key, keys: ['head'], typed: { head: typed }, route: location.hash, ...entryOf(values) });
    draft.drop(['head']);
    setLast(id);
  }
  const shown = entries.find(entry => entry.id === last);
  return (
    <details class="more form" open={Object.keys(typed).length > 0 || Boolean(shown)}>
      <summary><Icon name={icon} /> {t(word)}</summary>
      {shown && <Receipt entry={shown} onAgain={() => { for (const [key, text] of Object.entries(shown.typed.head)) set(key, text); setLast(null); }} />}
      {fields.map(([key, rest]) => <Field key={key} label={t('field_' + key)}><TextBox value={values[key]} onInput={text => set(key, text)} {...rest} /></Field>)}
      {children?.(values, set)}
      <Button kind={kind} icon="check" disabled={!ready(values)} onClick={save}>{t('record')}</Button>
    </details>
  );
}

/** Why it did not work, as a note. */
export const Failure = ({ error }) => error
  ? <Note kind="bad" icon="alert" role="alert"><RefusalText refusal={error.refusals?.[0] || {}} message={error.message} /></Note> : null;

/** A call that is no entry (nothing goes to the journal): it needs a line now. {busy, error, done, run}. */
export function useCall() {
  const [state, setState] = useState({});
  async function run(work) {
    setState({ busy: true });
    try {
      const done = await work();
      setState({ done: done ?? true });
      return done;
    } catch (error) {
      setState({ error });
      return null;
    }
  }
  return { ...state, run, clear: () => setState({}) };
}
