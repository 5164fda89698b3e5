/* play.js - an officer plays in what a phone kept: the file it saved, entry by entry, each as it was made.
 * Rule:   id, body, device, times and author are the phone's; the actor is who plays it in. The same file twice, or after the
 *         phone found a line, changes nothing. */
import { useState } from 'preact/hooks';
import { instantText, number, t } from '../i18n.js';
import { headersOf, momentOf, outcomeOf, readFile } from '../outbox.js';
import { personCode } from '../session.js';
import { Badge, Button, EntryLines, EntryState, Note, ReceiptCode } from '../ui.js';

const ownHeaders = entry => {
  const author = entry.onBehalfOf || entry.person;
  return { ...headersOf(entry), 'rasad-channel': 'import', 'rasad-person': personCode(), 'rasad-on-behalf-of': author === personCode() ? '' : author };
};

export function Play() {
  const [file, setFile] = useState(null);
  const [entries, setEntries] = useState([]);
  const [said, setSaid] = useState('');
  const left = entries.filter(entry => entry.state === 'waiting');

  async function take(event) {
    const chosen = event.currentTarget.files[0];
    const read = chosen && readFile(await chosen.text());
    setFile(read);
    setSaid(chosen && !read ? 'no_such_file' : '');
    setEntries((read?.entries || []).map(entry => ({ ...entry, state: 'waiting', tries: 0 })));
  }

  async function play() {
    setSaid('');
    for (const entry of left) {
      const { stranger, ...change } = await outcomeOf(entry, ownHeaders(entry));
      if (stranger) dispatchEvent(new Event('signed-out'));
      if (!change.state) return setSaid(stranger ? 'sign_in_again' : 'no_line');
      setEntries(all => all.map(each => each.id === entry.id ? { ...each, ...change } : each));
    }
    return undefined;
  }

  return (
    <>
      <p class="soft">{t('play_in_means')}</p>
      <label class="button file-button"><span>{t('choose_file')}</span><input type="file" accept=".json,application/json" onChange={take} /></label>
      {said && <Note kind="bad" icon="alert" role="alert">{t(said)}</Note>}
      {file && <p><b>{t('file_of', { n: number(entries.length), device: file.device, time: instantText(file.savedMs) })}</b></p>}
      {left.length > 0 && <Button kind="main" icon="check" onClick={play}>{t('play_n', { n: number(left.length) })}</Button>}
      <ul class="cards">
        {entries.map(entry => (
          <li key={entry.id} class="card">
            <div class="card-head"><b>{t(entry.word)}</b>{entry.state === 'waiting' ? <Badge icon="slip">{t('on_phone')}</Badge> : <EntryState entry={entry} />}</div>
            <p class="soft"><bdi>{entry.personName || entry.person}</bdi>{t('dot')}{instantText(momentOf(entry))}{t('dot')}{t('n_lines', { n: number(entry.labels?.length || 0) })} <ReceiptCode code={entry.receipt?.receiptCode} /></p>
            <ul class="amounts">{(entry.labels || []).map((label, i) => <li key={i}>{label} <b>{entry.texts?.[i]}</b></li>)}</ul>
            <EntryLines entry={entry} />
          </li>
        ))}
      </ul>
    </>
  );
}
