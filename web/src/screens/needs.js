/* needs.js - what waits for a person: questions of the books, entries that were refused; and her own entries. */
import { useState } from 'preact/hooks';
import { clockText, instantText, nameOf, number, shortDay, t } from '../i18n.js';
import { markSeen, record, sendAgain } from '../outbox.js';
import { go } from '../route.js';
import { currentRole, here, itemName, session, today, useOutbox, useRead } from '../session.js';
import { lineRefused } from '../sheet.js';
import { Amount, Badge, Button, Dialog, Empty, EntryLines, EntryState, Freshness, Icon, Num, Receipt, ReceiptCode, Section } from '../ui.js';
import { putDraft, getDraft } from '../db.js';

export const needsPerson = entry => !entry.seen && (entry.state === 'refused' || (entry.state === 'recorded' && entry.refused > 0));

// Whose work it is to settle what is missing, and to confirm what one approved alone.
const SETTLES = new Set(['ROLE_STORE_KEEPER', 'ROLE_SUPPLY_OFFICER']);
const CONFIRMS = new Set(['ROLE_SUPPLY_OFFICER']);

/** Answers to a question, by its kind: [word, icon, what it does]. */
function answers(question) {
  const place = question.place;
  const { role } = currentRole();
  const settle = outcome => () => record({
    method: 'Distribution/Settle', word: 'settle_' + outcome, labels: [itemName(question.item)], items: [question.item], about: question.name + question.slip,
    body: { day: today(), slip: question.slip, lines: [{ item: question.item, quantity: String(question.quantity), outcome: 'SETTLEMENT_' + outcome }] },
  });
  switch (question.kind) {
    case 'QUESTION_KIND_SHORTFALL':
      return question.stage === 'STAGE_MADE'
        ? [['made_it', 'needle', () => go('made', { place, item: question.item })], ['count', 'count', () => go('count', { place })]]
        : [['came', 'truck', () => go('came', { place })], ['count', 'count', () => go('count', { place })], ['stock_register', 'book', () => go('card', { place, item: question.item })]];
    case 'QUESTION_KIND_MISSING':
      return !SETTLES.has(role) ? [] : [['settle_CAME', 'check', settle('CAME')], ['settle_BACK', 'back', settle('BACK')], ['settle_LOST', 'cross', settle('LOST')]];
    case 'QUESTION_KIND_TO_CONFIRM':
      return !CONFIRMS.has(role) ? [] : [['confirm', 'check', () => record({
        method: 'Distribution/ConfirmApproval', word: 'confirm', labels: [itemName(question.item)], items: [question.item], about: question.name + question.slip,
        body: { requests: [question.name] },
      })]];
    case 'QUESTION_KIND_VARIANCE':
      return [['stock_register', 'book', () => go('card', { place, item: question.item })], ['count', 'count', () => go('count', { place })]];
    default:
      return [];
  }
}

function Question({ question, place }) {
  const { entries } = useOutbox();
  const said = entries.filter(entry => entry.about === question.name + question.slip).at(-1);
  const choices = answers(question);
  return (
    <li class="card question">
      <div class="card-head"><b>{t('question_' + String(question.kind).replace('QUESTION_KIND_', ''))}</b><span class="soft">{t('since', { day: shortDay(question.since) })}</span></div>
      <p>{nameOf(question.placeName, question.place || place)} · {itemName(question.item)} <b class="big"><Amount of={question.quantity} item={question.item} /></b></p>
      {question.slip && <p class="soft">{t('slip')} <Num>{question.slip}</Num></p>}
      {Number(question.reserved) > 0 && <p class="soft"><Icon name="box" /> {t('set_aside_for_others')} <Amount of={question.reserved} item={question.item} /></p>}
      {said ? <Receipt entry={said} /> : !choices.length ? <p class="soft">{t('others_answer')}</p> : (
        <div class="buttons">{choices.map(([word, icon, act], i) => <Button key={word} kind={i ? '' : 'main'} icon={icon} onClick={act}>{t(word)}</Button>)}</div>
      )}
    </li>
  );
}

export function Needs({ params }) {
  const place = params.place || here();
  const read = useRead('Reports/ListQuestions', place ? { place, limit: 200 } : null, { list: 'questions', live: true });
  const questions = read.data?.questions || [];
  const { entries } = useOutbox();
  const own = entries.filter(needsPerson);
  return (
    <>
      {own.length > 0 && (
        <Section title={t('your_entries')}>
          <ul class="cards">{own.map(entry => <Entry key={entry.id} entry={entry} />)}</ul>
        </Section>
      )}
      <Section title={t('questions')}>
        <Freshness read={read} />
        <ul class="cards">{questions.map(question => <Question key={question.kind + question.name + question.slip + question.item} question={question} place={place} />)}</ul>
        {read.data && !questions.length && <Empty>{t('nothing_needs_you')}</Empty>}
      </Section>
    </>
  );
}

const REVERSIBLE = /^(Materials|Production|Quality|Distribution)\/(Receive|Issue|ReturnGoods|Waste|Count|LogOutput|HandIn|Inspect|Send|Deliver|Serve)$/;

function takeBack(entry) {
  const lines = (entry.receipt.lines || []).filter(line => !line.refusal).map(line => ({ requestId: entry.id, line: line.line }));
  return record({
    method: entry.method.split('/')[0] + '/Reverse', word: 'taken_back', labels: entry.labels, items: entry.items, undoes: entry.id,
    onBehalfOf: entry.onBehalfOf, route: entry.route, body: { lines },
  });
}

/** Refused lines go back to their sheet. */
function correct(entry) {
  if (entry.draftKey && entry.typed) {
    const draft = getDraft(entry.draftKey);
    for (const key of entry.keys) if (entry.state === 'refused' || lineRefused(entry, key)) draft[key] = { ...draft[key], ...entry.typed[key] };
    putDraft(entry.draftKey, draft);
  }
  markSeen(entry);
  location.hash = entry.route;
}

function Entry({ entry }) {
  const [sure, setSure] = useState(false);
  const { entries } = useOutbox();
  const undone = entries.find(each => each.undoes === entry.id && each.state !== 'refused');
  const bad = needsPerson(entry);
  return (
    <li class="card">
      <div class="card-head"><b>{t(entry.word)}</b><EntryState entry={entry} />{undone && <Badge icon="back">{t('taken_back')}</Badge>}</div>
      <p class="soft">{instantText(entry.madeMs)} · {t('n_lines', { n: number(entry.labels?.length || 0) })} <ReceiptCode code={entry.receipt?.receiptCode} /></p>
      <ul class="amounts">{(entry.labels || []).slice(0, 6).map((label, i) => <li key={i}>{label} <b>{entry.texts?.[i]}</b></li>)}
        {entry.labels?.length > 6 && <li class="soft">{t('and_more', { n: number(entry.labels.length - 6) })}</li>}</ul>
      <EntryLines entry={entry} />
      <div class="buttons">
        {bad && <Button kind="main" icon="needle" onClick={() => correct(entry)}>{t('correct_it')}</Button>}
        {bad && entry.state === 'refused' && <Button icon="forward" onClick={() => sendAgain(entry)}>{t('send_again')}</Button>}
        {bad && <Button kind="quiet" icon="check" onClick={() => markSeen(entry)}>{t('done_with_it')}</Button>}
        {entry.state === 'recorded' && !undone && REVERSIBLE.test(entry.method) && entry.receipt?.lines?.some(line => !line.refusal)
          && <Button kind="quiet" icon="back" onClick={() => setSure(true)}>{t('take_back')}</Button>}
      </div>
      {sure && <Dialog title={t('take_back_sure')} onClose={() => setSure(false)}>
        <p>{t('take_back_means')}</p>
        <div class="buttons"><Button kind="main" icon="back" onClick={() => { setSure(false); return takeBack(entry); }}>{t('take_back')}</Button>
          <Button onClick={() => setSure(false)}>{t('back')}</Button></div>
      </Dialog>}
    </li>
  );
}

export function Entries() {
  const { entries } = useOutbox();
  const own = entries.filter(entry => entry.person === session.me?.person).reverse();
  const days = [...new Set(own.map(entry => new Date(entry.madeMs).toDateString()))];
  const others = entries.filter(entry => entry.person !== session.me?.person && entry.state === 'waiting');
  return (
    <>
      {others.length > 0 && <p class="note"><Icon name="phone" /> {t('others_wait', { n: number(others.length) })}</p>}
      {days.map(day => {
        const list = own.filter(entry => new Date(entry.madeMs).toDateString() === day);
        return (
          <Section key={day} title={instantText(list[0].madeMs).replace(clockText(list[0].madeMs), '').replace(/[,،\s]+$/, '')} aside={<Num class="count">{number(list.length)}</Num>}>
            <ul class="cards">{list.slice(0, 50).map(entry => <Entry key={entry.id} entry={entry} />)}</ul>
          </Section>
        );
      })}
      {!own.length && <Empty>{t('no_entries')}</Empty>}
    </>
  );
}
