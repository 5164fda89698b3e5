/* needs.js - what waits for a person: questions of the books, entries that were refused; and her own entries. */
import { useState } from 'preact/hooks';
import { amountWithUnit, dayText, instantText, localDigits, nameOf, number, shortDay, t } from '../i18n.js';
import { markSeen, momentOf, record, saveFile, sendAgain } from '../outbox.js';
import { go } from '../route.js';
import { currentRole, helpPhone, here, itemName, itemOf, keepsDay, madeItem, placeName, placeOf, session, today, useOutbox, useRead, workDay } from '../session.js';
import { lineRefused } from '../sheet.js';
import { Amount, Badge, Button, Choice, Dialog, Empty, EntryLines, EntryState, Freshness, Icon, Num, Receipt, ReceiptCode, Section } from '../ui.js';
import { backToDraft } from '../db.js';
import { allCame } from './goods.js';

export const needsPerson = entry => !entry.seen && (entry.state === 'refused' || (entry.state === 'recorded' && entry.refused > 0));

const LOGS = new Set(['ROLE_CLUSTER_MANAGER', 'ROLE_KITCHEN_OPERATOR', 'ROLE_SUPPLY_OFFICER']);
// Whose work it is to settle what is missing, to confirm what one approved alone, to give out material.
const SETTLES = new Set(['ROLE_STORE_KEEPER', 'ROLE_SUPPLY_OFFICER']);
const LOOKS_ON = new Set(['ROLE_AUDITOR', 'ROLE_ADMINISTRATOR', 'ROLE_INSPECTOR']); // enter no goods: others answer
const GIVES = new Set(['ROLE_CLUSTER_MANAGER', 'ROLE_STORE_KEEPER', 'ROLE_SUPPLY_OFFICER']);

const aboutOf = question => `${question.name || ''}${question.slip || ''}`;

/** A command in one tap, about a card: the card then shows what became of it. */
const tell = (about, word, item, method, body) => record({
  method, word, labels: [itemName(item)], items: [item], about, day: body.day || body.workDate, route: location.hash, onBehalfOf: session.acting?.person, body,
});

/** Answers to a question, by its kind: [word, icon, what it does]. What one tap books is said in the word. */
function answers(question) {
  const { place, item, slip, name } = question;
  const { role } = currentRole();
  const about = aboutOf(question);
  const n = amountWithUnit(question.quantity, itemOf(item));
  const quantity = String(question.quantity || 0);
  const day = question.since && question.since <= today() ? question.since : today();
  const book = ['stock_register', 'book', () => go('card', { place, item })];
  const count = ['count', 'count', () => go('count', { place, item })];
  if (LOOKS_ON.has(role)) return [book];
  switch (question.kind) {
    case 'QUESTION_KIND_SHORTFALL':
      if (question.stage === 'STAGE_MADE') {
        const made = LOGS.has(role) ? [
          [t('made_n_more', { n }), 'check', () => tell(about, 'made', item, 'Production/LogOutput', { workDate: day, lines: [{ place, item, good: quantity }] })],
          ['made_it', 'needle', () => go('made', { place, item, day })]] : [];
        return [...made, count];
      }
      if (place !== here() && GIVES.has(role) && placeOf(here()).behaviour?.holds) {
        return [[t('gave_n_more', { n }), 'bolt', () => tell(about, 'gave', item, 'Materials/Issue', { day, from: here(), lines: [{ to: place, item, quantity }] })], count, book];
      }
      return [['came_it', 'truck', () => go('came', { place, item })], count, book];
    case 'QUESTION_KIND_MISSING': {
      const settle = outcome => () => tell(about, 'settle_' + outcome, item, 'Distribution/Settle',
        { day: today(), slip, lines: [{ item, quantity, outcome: 'SETTLEMENT_' + outcome }] });
      return SETTLES.has(role) ? [['settle_CAME', 'check', settle('CAME')], ['settle_BACK', 'undo', settle('BACK')], ['settle_LOST', 'cross', settle('LOST')]]
        : [['slip', 'slip', () => go('print', { slip })], book];
    }
    case 'QUESTION_KIND_TO_CONFIRM':
      return role !== 'ROLE_SUPPLY_OFFICER' ? [] : [
        ['confirm', 'check', () => tell(about, 'confirm', item, 'Distribution/ConfirmApproval', { requests: [name] })],
        ['cancel_it', 'cross', () => tell(about, 'cancel_it', item, 'Distribution/CancelRequest', { lines: [{ request: name }] })]];
    case 'QUESTION_KIND_VARIANCE':
      return [...(Number(question.quantity) > 0 ? [['came_it', 'truck', () => go('came', { place, item, day })]] : []), count, book];
    case 'QUESTION_KIND_PARKED':
      return [book, ...(LOGS.has(role) ? [['earned_by', 'coin', () => go('earned', { place })]] : [])];
    default:
      return [];
  }
}

const said = (entries, about) => entries.filter(entry => entry.about === about && !entry.undone).at(-1);

function Answers({ about, choices, others, children }) {
  const { entries } = useOutbox();
  const answer = said(entries, about);
  if (answer) return <Receipt entry={answer} />;
  return (
    <>
      {(!choices.length || others) && !children && <p class="soft">{t('others_answer')}</p>}
      {children}
      <div class="buttons">{choices.map(([word, icon, act], i) => <Button key={word} kind={i || others || children ? '' : 'main'} icon={icon} onClick={act}>{t(word)}</Button>)}</div>
    </>
  );
}

const WASTE = ['OFFCUTS', 'DAMAGED', 'WET', 'PESTS', 'EXPIRED', 'OTHER'];

/** Less was counted than the books had: what became of it is booked on the count's day, and the difference closes. */
export function WhereTheRest({ place, item, quantity, stage = 'STAGE_STOCK', day, about }) {
  const [open, setOpen] = useState(false);
  const amountMissing = String(Math.abs(quantity));
  const waste = reason => { setOpen(false); return tell(about, 'went_bad', item, 'Materials/Waste', { day, lines: [{ place, item, quantity: amountMissing, reason: 'WASTE_REASON_' + reason, stage }] }); };
  const stock = stage === 'STAGE_STOCK';
  return (
    <div class="rest">
      <p><b>{t('where_the_rest')}</b></p>
      <div class="buttons">
        <Button kind="main" icon="alert" onClick={() => setOpen(true)}>{t('went_bad')}</Button>
        {stock && (place === here()
          ? <Button icon="bolt" onClick={() => go('gave', { item, day })}>{t('gave')}</Button>
          : <Button icon="undo" onClick={() => tell(about, 'came_back', item, 'Materials/ReturnGoods', { day, to: here(), lines: [{ from: place, item, quantity: amountMissing }] })}>{t('came_back')}</Button>)}
        {stock && place === here() && <Button icon="box" onClick={() => go('deliver', { day, item })}>{t('gave_out')}</Button>}
      </div>
      {open && <Dialog title={t('went_bad_how')} onClose={() => setOpen(false)}>
        <p class="big"><Amount of={amountMissing} item={item} /></p>
        <Choice label={t('went_bad_how')} options={WASTE.map(code => [code, t('waste_' + code)])} onChange={waste} />
      </Dialog>}
    </div>
  );
}

/** A card: what, who, two or three answers. */
function Card({ what, since, who, children }) {
  return (
    <li class="card question">
      <div class="card-head"><b>{what}</b>{since && <span class="soft">{t('since', { day: shortDay(since) })}</span>}</div>
      <p>{who}</p>
      {children}
    </li>
  );
}

function Question({ question }) {
  const choices = answers(question);
  const item = question.item;
  const others = othersAnswer(question);
  const gone = question.kind === 'QUESTION_KIND_VARIANCE' && Number(question.quantity) < 0;
  return (
    <Card what={t('question_' + (gone ? 'LESS' : String(question.kind).replace('QUESTION_KIND_', '')))} since={question.since}
      who={<>{nameOf(question.placeName, question.place)}{item && <>{t('dot')}{itemName(item)} <b class="big"><Amount of={Math.abs(question.quantity || 0)} item={item} /></b></>}</>}>
      {question.slip && <p class="soft">{t('slip')} <Num>{question.slip}</Num></p>}
      {Number(question.reserved) > 0 && <p class="soft"><Icon name="box" /> {t('set_aside_for_others')} <Amount of={question.reserved} item={item} /></p>}
      <Answers about={aboutOf(question)} choices={choices} others={others}>
        {gone && !others && <WhereTheRest place={question.place} item={item} quantity={Number(question.quantity)} stage={question.stage} day={question.since} about={aboutOf(question)} />}
      </Answers>
    </Card>
  );
}

/** Sent to her more than a day ago, and nobody has said whether it came. */
function NotConfirmed({ shipment }) {
  const about = 'slip:' + shipment.slip;
  const mine = shipment.to === here();
  const settles = SETTLES.has(currentRole().role);
  const settle = outcome => ['settle_' + outcome, { CAME: 'check', BACK: 'undo', LOST: 'cross' }[outcome], () => record({
    method: 'Distribution/Settle', word: 'settle_' + outcome, labels: shipment.lines.map(line => itemName(line.item)), items: shipment.lines.map(line => line.item),
    about, day: today(), route: location.hash, onBehalfOf: session.acting?.person,
    body: { day: today(), slip: shipment.slip, lines: shipment.lines.map(line => ({ item: line.item, quantity: String(Number(line.sent) - Number(line.received || 0)), outcome: 'SETTLEMENT_' + outcome })) },
  })];
  return (
    <Card what={t('not_said_whether_came')} since={shipment.sentDay}
      who={<>{nameOf(shipment.fromName, shipment.from)} <Icon name="forward" /> {nameOf(shipment.toName, shipment.to)}</>}>
      <p class="soft">{t('slip')} <Num>{shipment.slip}</Num>{(shipment.lines || []).map(line => <span key={line.item}>{t('dot')}{itemName(line.item)} <b><Amount of={line.sent} item={line.item} /></b></span>)}</p>
      <Answers about={about} others={!mine && !settles} choices={mine ? [
        ['all_came', 'check', () => allCame(shipment, shipment.to, about)], ['something_wrong', 'alert', () => go('received', { slip: shipment.slip, place: shipment.to })],
      ] : settles ? [settle('CAME'), settle('BACK'), settle('LOST')] : [['slip', 'slip', () => go('print', { slip: shipment.slip })]]} />
    </Card>
  );
}

/** Asked for, the day is here or past, and nobody has decided. */
function StillAsked({ request }) {
  const about = 'asked:' + request.name;
  const officer = currentRole().role === 'ROLE_SUPPLY_OFFICER';
  const cancel = ['cancel_it', 'cross', () => tell(about, 'cancel_it', request.item, 'Distribution/CancelRequest', { lines: [{ request: request.name }] })];
  return (
    <Card what={t('nobody_answered')} since={request.day}
      who={<>{nameOf(request.placeName, request.place)}{t('dot')}{itemName(request.item)} <b class="big"><Amount of={request.requested} item={request.item} /></b></>}>
      <p class="soft">{t('needed_until', { day: shortDay(request.neededDay) })}</p>
      <Answers about={about} choices={officer ? [['decide', 'check', () => go('decide', {})], cancel] : [['bought_it', 'truck', () => go('came', { place: request.place, item: request.item })], cancel]} />
    </Card>
  );
}

/** The help line's number, where the programme has one. */
export function CallHelp({ class: kind, words }) {
  const number = !session.acting && currentRole().role !== 'ROLE_HELPLINE' && helpPhone();
  return number && <a class={kind} href={`tel:${number.replace(/[^\d+]/g, '')}`} aria-label={`${t('call_help')} ${number}`}><Icon name="call" />{words && <span>{t('call_help')} <Num>{localDigits(number)}</Num></span>}</a>;
}

/** Where what waits for her is: of who only looks after the books or the places, nowhere. */
export const cardsPlace = () => LOOKS_ON.has(currentRole().role) ? '' : here();

/** Lines of one day that say the same: [{method, place, item, quantity, requestId, line}], the later of each two. */
function twiceIn(lines) {
  const seen = new Map();
  return lines.filter(line => {
    const says = [line.method, line.item, line.place, line.quantity, line.spoiled, line.people].join();
    const again = Number(line.quantity) > 0 && seen.has(says) && seen.get(says) !== line.requestId;
    seen.set(says, line.requestId);
    return again;
  });
}

const lineKey = line => `${line.requestId}:${line.line}`;

/** What two people, or one who was not sure, entered both. */
function Twice({ line }) {
  const about = 'twice:' + lineKey(line);
  const say = (word, method) => () => tell(about, word, line.item, line.method.split('/')[0] + method, { lines: [{ requestId: line.requestId, line: line.line }] });
  return (
    <Card what={t('twice_card')} who={<>{line.place && placeName(line.place)}{t('dot')}{t('method_' + line.method.replace('/', '_'))}{t('dot')}{itemName(line.item)} <b class="big">{number(2)} × <Amount of={line.quantity} item={line.item} /></b></>}>
      <Answers about={about} choices={[['both_right', 'check', say('both_right', '/KeepBoth')], ['take_one_back', 'undo', say('taken_back', '/Reverse')]]} />
    </Card>
  );
}

const NAMED = 6;

/** Who can not go on tomorrow, by what they lack. */
const RanOut = ({ item, rows }) => (
  <Card what={t('no_material_left')} who={<>{rows.slice(0, NAMED).map(row => nameOf(row.name, row.place)).join(t('comma'))}{rows.length > NAMED && ` ${t('and_more', { n: number(rows.length - NAMED) })}`}{t('dot')}{itemName(item)}</>}>
    <Answers about={'out:' + item} choices={[['gave', 'bolt', () => go('gave', { item })], ['ask', 'hand', () => go('ask', { item })]]} />
  </Card>
);

/** Is it somebody else who answers? */
const othersAnswer = question => LOOKS_ON.has(currentRole().role) || (question.kind === 'QUESTION_KIND_MISSING' && !SETTLES.has(currentRole().role))
  || (question.kind === 'QUESTION_KIND_TO_CONFIRM' && currentRole().role !== 'ROLE_SUPPLY_OFFICER');

/** All that waits for this person at a place: her refused entries, questions, slips and requests nobody answered. */
export function useCards(place) {
  const { role } = currentRole();
  const asks = place && !LOOKS_ON.has(role) && role !== 'ROLE_HELPLINE';
  const read = useRead('Reports/ListQuestions', place ? { place, limit: 200 } : null, { list: 'questions', live: true });
  const slips = useRead('Distribution/ListShipments', asks ? { place, openOnly: true, limit: 100 } : null, { list: 'shipments', live: true });
  const requests = useRead('Distribution/ListRequests', asks ? { place, openOnly: true, limit: 200 } : null, { list: 'requests', live: true });
  const works = place === here() && ['ROLE_CLUSTER_MANAGER', 'ROLE_KITCHEN_OPERATOR'].includes(role);
  const item = role === 'ROLE_CLUSTER_MANAGER' ? madeItem() : '';
  const sheet = useRead('Production/GetSheet', works && item ? { place, day: today(), item, limit: 500, allBelow: true } : null, { list: 'rows', live: true });
  const lines = useRead('Reports/ListDayLines', works && keepsDay(place) ? { place, day: today() } : null, { live: true });
  const { entries } = useOutbox();
  const own = entries.filter(entry => needsPerson(entry) && entry.person === session.me?.person);
  const all = read.data?.questions || [];
  const late = (slips.data?.shipments || []).filter(each => each.status === 'not_confirmed');
  const asked = (requests.data?.requests || []).filter(each => each.status === 'asked' && each.neededDay <= today());
  const rows = sheet.data?.rows || [];
  const twice = twiceIn([...(lines.data?.lines || []), ...rows.flatMap(row => (row.lines || []).map(line => ({ ...line, method: 'Production/LogOutput', place: row.place, item, quantity: line.good })))])
    .filter(line => !line.bothKept);
  const ranOut = new Map();
  for (const row of rows) if (row.scarce && Number(row.canMake || 0) === 0 && (row.lastDay || row.lines?.length)) ranOut.set(row.scarce, [...(ranOut.get(row.scarce) || []), row]);
  const questions = all.filter(each => !othersAnswer(each));
  const hers = late.filter(each => each.to === here() || SETTLES.has(role));
  const count = own.length + questions.length + hers.length + asked.length + twice.length + ranOut.size;
  return { read, own, questions, late: hers, asked, twice, ranOut, count, others: { questions: all.filter(othersAnswer), late: late.filter(each => !hers.includes(each)) } };
}

const keyOf = question => question.kind + question.name + question.slip + question.item;

export function Needs({ params }) {
  const { read, own, questions, late, asked, twice, ranOut, others, count } = useCards(params.place || here());
  const answered = others.questions.length + others.late.length;
  return (
    <>
      <Freshness read={read} />
      <ul class="cards">
        {own.map(entry => <Entry key={entry.id} entry={entry} />)}
        {late.map(shipment => <NotConfirmed key={shipment.slip} shipment={shipment} />)}
        {twice.map(line => <Twice key={lineKey(line)} line={line} />)}
        {questions.map(question => <Question key={keyOf(question)} question={question} />)}
        {[...ranOut].map(([item, rows]) => <RanOut key={item} item={item} rows={rows} />)}
        {asked.map(request => <StillAsked key={request.name} request={request} />)}
      </ul>
      {read.data && !count && <Empty>{t('nothing_needs_you')}</Empty>}
      {answered > 0 && (
        <Section title={t('others_asked')} aside={<Num class="count">{number(answered)}</Num>}>
          <ul class="cards">
            {others.late.map(shipment => <NotConfirmed key={shipment.slip} shipment={shipment} />)}
            {others.questions.map(question => <Question key={keyOf(question)} question={question} />)}
          </ul>
        </Section>
      )}
      <CallHelp class="button call-help" words />
    </>
  );
}

const REVERSIBLE = /^(Materials|Production|Quality|Distribution)\/(Receive|Issue|ReturnGoods|Waste|Count|LogOutput|HandIn|Inspect|Send|Deliver|Serve|KeepBoth)$/;

function takeBack(entry) {
  const lines = (entry.receipt.lines || []).filter(line => !line.refusal).map(line => ({ requestId: entry.id, line: line.line }));
  return record({
    method: entry.method.split('/')[0] + '/Reverse', word: 'taken_back', labels: entry.labels, items: entry.items, undoes: entry.id,
    onBehalfOf: entry.onBehalfOf, route: entry.route, body: { lines },
  });
}

/** Refused lines go back to their sheet. */
function correct(entry) {
  backToDraft(entry, key => entry.state === 'refused' || lineRefused(entry, key));
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
      <div class="card-head"><b>{t(entry.word)}</b><EntryState entry={entry} />{undone && <Badge icon="undo">{t('taken_back')}</Badge>}</div>
      <p class="soft">{instantText(momentOf(entry))}{t('dot')}{t('n_lines', { n: number(entry.labels?.length || 0) })} <ReceiptCode code={entry.receipt?.receiptCode} /></p>
      <ul class="amounts">{(entry.labels || []).slice(0, 6).map((label, i) => <li key={i}>{label} <b>{entry.texts?.[i]}</b></li>)}
        {entry.labels?.length > 6 && <li class="soft">{t('and_more', { n: number(entry.labels.length - 6) })}</li>}</ul>
      <EntryLines entry={entry} />
      <div class="buttons">
        {bad && <Button kind="main" icon="needle" onClick={() => correct(entry)}>{t('correct_it')}</Button>}
        {bad && entry.state === 'refused' && <Button icon="forward" onClick={() => sendAgain(entry)}>{t('send_again')}</Button>}
        {bad && <Button kind="quiet" icon="check" onClick={() => markSeen(entry)}>{t('done_with_it')}</Button>}
        {entry.state === 'recorded' && !undone && REVERSIBLE.test(entry.method) && entry.receipt?.lines?.some(line => !line.refusal)
          && <Button kind="quiet" icon="undo" onClick={() => setSure(true)}>{t('take_back')}</Button>}
      </div>
      {sure && <Dialog title={t('take_back_sure')} onClose={() => setSure(false)}>
        <p>{t('take_back_means')}</p>
        <div class="buttons"><Button kind="main" icon="undo" onClick={() => { setSure(false); return takeBack(entry); }}>{t('take_back')}</Button>
          <Button onClick={() => setSure(false)}>{t('back')}</Button></div>
      </Dialog>}
    </li>
  );
}

export function Entries() {
  const { entries } = useOutbox();
  const own = entries.filter(entry => entry.person === session.me?.person).reverse();
  const dayOf = entry => workDay(momentOf(entry));
  const days = [...new Set(own.map(dayOf))];
  const waiting = entries.filter(entry => entry.state === 'waiting');
  const others = waiting.filter(entry => entry.person !== session.me?.person);
  const persisted = localStorage.getItem('persisted');
  return (
    <>
      {waiting.length > 0 && (
        <div class="card">
          {others.length > 0 && <p><Icon name="phone" /> {t('others_wait', { n: number(others.length) })} {[...new Set(others.map(entry => entry.personName || entry.person))].join(', ')}</p>}
          <p class="soft">{t('save_file_means')}</p>
          <Button icon="slip" onClick={() => saveFile(waiting)}>{t('save_file')} ({number(waiting.length)})</Button>
        </div>
      )}
      {days.map(day => {
        const list = own.filter(entry => dayOf(entry) === day);
        return (
          <Section key={day} title={dayText(day)} aside={<Num class="count">{number(list.length)}</Num>}>
            <ul class="cards">{list.slice(0, 50).map(entry => <Entry key={entry.id} entry={entry} />)}</ul>
          </Section>
        );
      })}
      {!own.length && <Empty>{t('no_entries')}</Empty>}
      {persisted && <p class="soft">{t(persisted === 'yes' ? 'keeps_entries' : 'may_drop_entries')}</p>}
    </>
  );
}
