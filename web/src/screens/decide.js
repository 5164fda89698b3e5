/* decide.js - the officer's decisions: what is asked, what is proposed, yes, other, no and why; what is set aside; what is
 * late and not confirmed, with somebody to call.
 * Rule:  what stands on the screen stays in its place: who is decided is folded up there, who comes is added below.
 *        What is proposed for one line is not proposed for another, so that all may be given at once. */
import { useRef, useState } from 'preact/hooks';
import { amountWithUnit, localDigits, nameOf, number, shortDay, t, toBase } from '../i18n.js';
import { record, settled } from '../outbox.js';
import { ask, here, itemName, itemOf, placeName, rememberPlace, session, useOutbox, useRead, useWide } from '../session.js';
import { Amount, Badge, Button, Choice, Dialog, Empty, Freshness, Icon, Note, Num, NumberBox, Receipt, Section, Keypad } from '../ui.js';
import { RequestState, ShipmentCard } from './goods.js';
import { Strip, toSupply, useOpen } from './officer.js';
import { ShareText } from './share.js';

const REFUSED_BECAUSE = ['NOT_ENOUGH', 'NOT_NEEDED', 'TWICE', 'LATER', 'OTHER'];
const ALONE = ['NOBODY_ELSE', 'NIGHT', 'DANGER'];
const TOGETHER_MAX = 50; // of Distribution/ProposeTogether
const RECEIPT_STAYS_MS = 10 * 60000;
const fine = entry => entry.state === 'recorded' && !entry.refused; // one line says so: the cards below stay where they are

const label = request => `${nameOf(request.placeName, request.place)}: ${itemName(request.item)}`;
const about = request => ({ labels: [label(request)], items: [request.item], about: request.name, route: location.hash, onBehalfOf: session.acting?.person });

const approve = (request, quantity, rest = {}) => record({
  ...about(request), method: 'Distribution/Approve', word: quantity ? 'approved' : 'not_approved',
  body: { lines: [{ request: request.name, quantity: String(quantity), ...rest }] },
});

const approveAll = requests => record({
  method: 'Distribution/Approve', word: 'approved', about: 'all', route: location.hash, onBehalfOf: session.acting?.person,
  labels: requests.map(label), items: requests.map(request => request.item),
  body: { lines: requests.map(request => ({ request: request.name, quantity: String(request.requested) })) },
});

/** Lines of Allocate for what is proposed, up to a quantity. */
function shares(request, proposals, quantity) {
  let left = quantity;
  return proposals.map(proposal => {
    const taken = Math.min(left, Number(proposal.quantity || 0));
    left -= taken;
    return { request, from: proposal.from, quantity: taken };
  }).filter(share => share.quantity > 0);
}

const allocate = (list, rest) => record({
  method: 'Distribution/Allocate', word: 'set_aside', route: location.hash, onBehalfOf: session.acting?.person, ...rest,
  labels: list.map(share => `${placeName(share.from)} → ${label(share.request)}`), items: list.map(share => share.request.item),
  body: { lines: list.map(share => ({ request: share.request.name, from: share.from, quantity: String(share.quantity) })) },
});

const putBack = (request, source) => record({
  ...about(request), method: 'Distribution/Unallocate', word: 'put_back',
  body: { lines: [{ request: request.name, from: source.place, quantity: String(source.quantity) }] },
});

/** What is proposed now for these requests, the first served first: name -> {proposals, lacking}. */
async function proposed(requests) {
  const found = new Map();
  for (let rest = requests; rest.length;) {
    const { rows = [] } = await ask('Distribution/ProposeTogether', { requests: rest.slice(0, TOGETHER_MAX).map(request => request.name) });
    for (const row of rows) found.set(row.request, row);
    rest = rest.slice(Math.max(1, rows.length));
  }
  return found;
}

/** What is given as proposed: not what a place needs itself, unless it is chosen. */
const usable = (row, also) => (row?.proposals || []).filter(each => each.because !== 'own_use' || also?.has(each.from));
const lackingOf = (row, also) => Number(row?.lacking || 0) + sumOf(row?.proposals || []) - sumOf(usable(row, also));

const distance = metres => t('km', { n: number(Number(metres) / 1000, Number(metres) < 10000 ? 1 : 0) });
const sumOf = proposals => proposals.reduce((sum, each) => sum + Number(each.quantity || 0), 0);

/** From where, how far and why; what would have to be bought. */
function Proposals({ row, item, typed, also, onAlso }) {
  const proposals = row?.proposals || [];
  const lacking = typed === null ? lackingOf(row, also) : Math.max(0, typed - sumOf(usable(row, also)));
  if (!row) return null;
  return (
    <ul class="amounts proposals">
      {proposals.map(proposal => (
        <li key={proposal.from} data-from={proposal.from} class={proposal.because === 'own_use' && !also.has(proposal.from) ? 'untaken' : ''}><Icon name="box" /> <span>{t(proposal.because === 'own_use' && !also.has(proposal.from) ? 'could_give' : 'gives', { place: nameOf(proposal.fromName, proposal.from) })} <b><Amount of={proposal.quantity} item={item} /></b>
          {' '}<span class="soft">{proposal.because && t('because_' + proposal.because)}{Number(proposal.distanceM) >= 0 && proposal.distanceM !== undefined && <>{t('comma')}{distance(proposal.distanceM)}</>}
            {Number(proposal.available) > Number(proposal.quantity) && <>{t('comma')}{t('has_n', { n: amountWithUnit(proposal.available, itemOf(item)).replace(' ', '\u00a0') })}</>}</span></span>
          {proposal.because === 'own_use' && <button type="button" class="choose" role="checkbox" aria-checked={also.has(proposal.from)} onClick={() => onAlso(proposal.from)}>{t('take_it_too')}</button>}</li>
      ))}
      {lacking > 0 && <li class="bad-text" role={typed === null ? undefined : 'status'} data-lacking={lacking}><Icon name="alert" /> <span><b><Amount of={lacking} item={item} /></b> {t('would_be_bought')}</span></li>}
    </ul>
  );
}

function Request({ request, row, reload }) {
  const [mode, setMode] = useState(null);
  const [text, setText] = useState('');
  const [because, setBecause] = useState('NOT_ENOUGH');
  const [alone, setAlone] = useState('');
  const { entries } = useOutbox();
  const said = entries.filter(entry => entry.about === request.name && (entry.state !== 'recorded' || entry.refused || entry.settledMs > Date.now() - RECEIPT_STAYS_MS));
  const undecided = request.status === 'asked' && !request.gone;
  const wanted = (undecided ? Number(request.requested) : Number(request.approved || 0)) - Number(request.cancelled || 0);
  const open = request.gone ? 0 : Math.max(0, wanted - Number(request.allocated || 0) - Number(request.sent || 0));
  const [also, setAlso] = useState(new Set());
  const there = Math.min(open, sumOf(usable(row, also)));
  const lacking = Math.max(0, open - there);
  const onAlso = from => { const next = new Set(also); if (!next.delete(from)) next.add(from); setAlso(next); };
  const busy = said.some(entry => entry.state === 'waiting');
  const needsAlone = said.some(entry => entry.refusals?.some(refusal => String(refusal.reason).includes('SAME_PERSON'))
    || entry.receipt?.lines?.some(line => String(line.refusal?.reason).includes('SAME_PERSON')));
  const other = mode === 'other' ? toBase(text, itemOf(request.item)) : null;

  /** Approved first; what was approved is set aside only when that is recorded. */
  async function give(quantity) {
    if (undecided) {
      const less = quantity < Number(request.requested) ? { because: 'REFUSE_REASON_' + because } : {};
      const entry = await settled(await approve(request, quantity, { ...less, ...(alone ? { alone: 'ALONE_REASON_' + alone } : {}) }));
      if (entry.state !== 'recorded' || entry.refused) return;
    }
    // What there is may have changed meanwhile: asked again, after the approval.
    const now = (await proposed([request]).catch(() => null))?.get(request.name) || row;
    const list = shares(request, usable(now, also), quantity);
    if (list.length) await allocate(list, { about: request.name });
    reload();
  }

  return (
    <li class={`card request ${open ? '' : 'is-done'}`} data-request={request.name}>
      <div class="card-head">
        <b>{nameOf(request.placeName, request.place)}</b>
        {request.urgent && <Badge kind="bad" icon="alert">{t('urgent')}</Badge>}
        <span class="soft">{t('needed_by')} {shortDay(request.neededDay)}</span>
      </div>
      <p class="wanted">{itemName(request.item)} <b class="big"><Amount of={open || wanted || request.requested} item={request.item} /></b>
        {!undecided && <RequestState status={request.status} />}</p>
      {open > 0 && !busy && <Proposals row={row} item={request.item} typed={other} also={also} onAlso={onAlso} />}
      {said.filter(entry => !fine(entry)).map(entry => <Receipt key={entry.id} entry={entry} />)}
      {said.some(fine) && <p class="said good-text" role="status"><Icon name="check" /> {t('recorded')} {said.filter(fine).map(entry => <Num key={entry.id}>{localDigits(entry.receipt?.receiptCode || '')}</Num>)}</p>}
      {needsAlone && undecided && (
        <Note icon="alert"><p>{t('alone_why')}</p>
          <Choice label={t('alone_why')} value={alone} onChange={setAlone} options={ALONE.map(code => [code, t('alone_' + code)])} /></Note>
      )}
      {mode === null && open > 0 && !busy && (
        <div class="buttons">
          <Button kind="main" icon="check" disabled={!undecided && !there} onClick={() => give(undecided ? open : there)}>
            {t(undecided ? 'give' : 'set_aside_n')} <Amount of={undecided && there && lacking ? there : undecided ? open : there} item={request.item} unit={false} />
            {undecided && there > 0 && lacking > 0 && <> + <Amount of={lacking} item={request.item} unit={false} /></>}</Button>
          <Button onClick={() => setMode('other')}>{t('other_amount')}</Button>
          {undecided && <Button kind="quiet" onClick={() => setMode('no')}>{t('no_and_why')}</Button>}
        </div>
      )}
      {mode && (
        <div class="decide">
          {mode === 'other' && <NumberBox label={t('how_much')} item={itemOf(request.item)} name={'give|' + request.name} value={text} onInput={setText} />}
          {undecided && (mode === 'no' || (other && other < Number(request.requested))) && <Choice label={t('because')} value={because} onChange={setBecause} options={REFUSED_BECAUSE.map(code => [code, t('refuse_' + code)])} />}
          <div class="buttons">
            {mode === 'other'
              ? <Button kind="main" icon="check" disabled={!other || other > (undecided ? Number(request.requested) : open)} onClick={() => { setMode(null); return give(other); }}>{t(undecided ? 'give' : 'set_aside_n')} {other ? <Amount of={other} item={request.item} /> : ''}</Button>
              : <Button kind="main" icon="cross" onClick={() => { setMode(null); return approve(request, 0, { because: 'REFUSE_REASON_' + because }); }}>{t('not_approved')}</Button>}
            <Button kind="quiet" onClick={() => setMode(null)}>{t('back')}</Button>
          </div>
          <Keypad />
        </div>
      )}
      {request.setAside?.length > 0 && (
        <ul class="amounts">{request.setAside.map(source => (
          <li key={source.place} class="put-back"><Icon name="box" /> <span>{t('set_aside_at')} {placeName(source.place)} <b><Amount of={source.quantity} item={request.item} /></b></span>
            {!busy && <Button kind="quiet" icon="back" onClick={() => putBack(request, source)}>{t('put_back')}</Button>}</li>
        ))}</ul>
      )}
    </li>
  );
}

/** All that is asked, as proposed. Nobody takes a claim back by accident: what it comes to is shown first. */
function AllAsProposed({ requests, rows, reload }) {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const items = [...new Set(requests.map(request => request.item))].map(item => {
    const own = requests.filter(request => request.item === item);
    return { item, n: own.length, from: own.reduce((sum, request) => sum + sumOf(usable(rows.get(request.name))), 0), lacking: own.reduce((sum, request) => sum + lackingOf(rows.get(request.name)), 0) };
  });
  async function giveAll() {
    const entry = await settled(await approveAll(requests));
    if (entry.state !== 'recorded') return;
    const refused = new Set((entry.receipt?.lines || []).filter(line => line.refusal).map(line => (line.line || 1) - 1));
    const agreed = requests.filter((_, i) => !refused.has(i));
    const now = agreed.length ? await proposed(agreed).catch(() => rows) : rows;
    const list = agreed.flatMap(request => shares(request, usable(now.get(request.name)), Number(request.requested)));
    if (list.length) await settled(await allocate(list, { about: 'all' }));
    reload();
  }
  return (
    <>
      <Button kind="main give-all" icon="check" disabled={busy} onClick={() => setSure(true)}>{t('give_all', { n: number(requests.length) })}</Button>
      {sure && (
        <Dialog title={t('give_all', { n: number(requests.length) })} onClose={() => setSure(false)}>
          <ul class="rows all-sums">{items.map(each => (
            <li key={each.item} class="fact-row" data-item={each.item}><span class="row-name">{itemName(each.item)}<small>{t('n_requests', { n: number(each.n) })}</small></span>
              <span class="fact"><small>{t('set_aside')}</small><Amount of={each.from} item={each.item} /></span>
              {each.lacking > 0 && <span class="fact minus"><small>{t('would_be_bought')}</small><Amount of={each.lacking} item={each.item} /></span>}</li>
          ))}</ul>
          <p class="soft">{t('give_all_means')}</p>
          <div class="buttons"><Button kind="main" icon="check" onClick={() => { setSure(false); setBusy(true); giveAll().finally(() => setBusy(false)); }}>{t('yes_give_all')}</Button>
            <Button onClick={() => setSure(false)}>{t('back')}</Button></div>
        </Dialog>
      )}
    </>
  );
}

function ToConfirm({ requests }) {
  const confirm = request => record({ ...about(request), method: 'Distribution/ConfirmApproval', word: 'confirm', body: { requests: [request.name] } });
  return (
    <ul class="cards">
      {requests.map(request => (
        <li key={request.name} class="card">
          <div class="card-head"><b>{nameOf(request.placeName, request.place)}</b><Badge kind="waiting" icon="wait">{t('to_be_confirmed')}</Badge></div>
          <p>{itemName(request.item)} <b><Amount of={request.approved} item={request.item} /></b></p>
          <Button icon="check" onClick={() => confirm(request)}>{t('confirm')}</Button>
        </li>
      ))}
    </ul>
  );
}

/** What stands on the screen, in the order it first did: who leaves the list keeps the place, with what is known of it. */
function useSteady(list, known) {
  const kept = useRef(new Map()).current;
  const now = new Map(list.map(each => [each.name, each]));
  for (const each of list) kept.set(each.name, each);
  return [...kept.values()].map(each => now.get(each.name) || known.find(other => other.name === each.name) || { ...each, gone: true });
}

const byNeed = (a, b) => Number(Boolean(b.urgent)) - Number(Boolean(a.urgent)) || (a.neededDay < b.neededDay ? -1 : a.neededDay > b.neededDay ? 1 : 0);

function ToDecide({ open }) {
  const wide = useWide();
  const { entries } = useOutbox();
  const all = open.requests;
  const everything = [...open.asked].sort(byNeed);
  const asked = everything.slice(0, TOGETHER_MAX);
  const approved = all.filter(request => ['approved', 'less_approved', 'set_aside', 'less_came'].includes(request.status) && toSupply(request) > 0).sort(byNeed).slice(0, TOGETHER_MAX);
  const cards = useSteady(asked, all);
  const stands = new Set(cards.map(request => request.name));
  const aside = useSteady(approved.filter(request => !stands.has(request.name)), all);
  // Who is agreed has the first claim on what there is.
  const names = [...approved.filter(request => toSupply(request) > Number(request.allocated || 0)), ...asked].slice(0, TOGETHER_MAX).map(request => request.name);
  const read = useRead('Distribution/ProposeTogether', names.length ? { requests: names } : null, { live: true });
  const last = useRef(new Map());
  if (read.data) last.current = new Map((read.data.rows || []).map(row => [row.request, row]));
  const rows = last.current;
  const batch = asked.filter(request => rows.has(request.name));
  const confirm = all.filter(request => request.toConfirm);
  const saidOfAll = entries.filter(entry => entry.about === 'all' && (entry.state === 'waiting' || entry.settledMs > Date.now() - RECEIPT_STAYS_MS)).slice(-2);
  const reload = () => read.reload?.();
  return (
    <div class={wide ? 'columns' : ''}>
      <Section title={t('to_decide')} aside={<Num class="count">{number(everything.length)}</Num>}>
        <Freshness read={open.read} />
        {saidOfAll.map(entry => <Receipt key={entry.id} entry={entry} />)}
        <ul class="cards">{cards.map(request => <Request key={request.name} request={request} row={rows.get(request.name)} reload={reload} />)}</ul>
        {batch.length > 1 && <AllAsProposed requests={batch} rows={rows} reload={reload} />}
        {everything.length > asked.length && <p class="soft more-wait">{t('n_more_wait', { n: number(everything.length - asked.length) })}</p>}
        {open.read.data && !cards.length && <Empty>{t('nothing_to_decide')}</Empty>}
      </Section>
      <Section title={t('to_set_aside')} aside={<Num class="count">{number(approved.length)}</Num>}>
        <ul class="cards">{aside.map(request => <Request key={request.name} request={request} row={rows.get(request.name)} reload={reload} />)}</ul>
        {open.read.data && !aside.length && <Empty>{t('nothing_here')}</Empty>}
        {confirm.length > 0 && <><h3>{t('to_be_confirmed')}</h3><ToConfirm requests={confirm} /></>}
      </Section>
    </div>
  );
}

// ---- late, not confirmed

/** Who answers at a place: its people, its own number. */
function usePhones(place) {
  const people = useRead('Registry/ListPeople', place ? { place, limit: 20 } : null);
  const own = useRead('Registry/GetPlace', place ? { place } : null);
  if (own.data) rememberPlace(own.data);
  return [...(people.data?.people || []).filter(person => person.phone && person.roles?.some(role => role.place === place)).map(person => [person.name, person.phone]),
    ...(own.data?.phone ? [[placeName(place), own.data.phone]] : [])];
}

/** The place that has to answer, else the one at the other end. */
function Contact({ place, orElse, text }) {
  const [asked, setAsked] = useState(false);
  const first = usePhones(place), second = usePhones(orElse);
  const phones = first.length ? first : second;
  return (
    <div class="buttons">
      {phones.slice(0, 2).map(([name, phone]) => <a key={phone} class="button" href={`tel:${phone.replace(/[^\d+]/g, '')}`}><Icon name="call" /><span>{t('call_n', { name })} <Num>{phone}</Num></span></a>)}
      <Button icon="forward" onClick={() => setAsked(true)}>{t('ask_again')}</Button>
      {asked && <ShareText title={t('ask_again')} text={text} phone={phones[0]?.[1]} onClose={() => setAsked(false)} />}
    </div>
  );
}

const LATE_FIRST = 20; // for each somebody to call is looked up

function Late({ requests, read }) {
  const [all, setAll] = useState(false);
  return (
    <Section title={t('strip_late')} aside={<Num class="count">{number(requests.length)}</Num>}>
      <Freshness read={read} />
      <ul class="cards wide-cards">{requests.slice(0, all ? undefined : LATE_FIRST).map(request => {
        const quantity = amountWithUnit(toSupply(request), itemOf(request.item));
        const source = request.setAside?.[0]?.place;
        return (
          <li key={request.name} class="card" data-late={request.name}>
            <div class="card-head"><b>{nameOf(request.placeName, request.place)}</b><Badge kind="bad" icon="wait">{t('needed_on', { day: shortDay(request.neededDay) })}</Badge></div>
            <p class="wanted">{itemName(request.item)} <b class="big"><Num>{quantity}</Num></b> <RequestState status={request.status} /></p>
            {source && <p class="soft"><Icon name="box" /> {t('set_aside_at')} {placeName(source)}</p>}
            <Contact place={source || request.place} orElse={source ? request.place : undefined} text={t(source ? 'text_hurry' : 'text_still_needed', {
              place: nameOf(request.placeName, request.place), item: itemName(request.item), n: quantity, day: shortDay(request.neededDay) })} />
          </li>
        );
      })}</ul>
      {!all && requests.length > LATE_FIRST && <Button kind="quiet" icon="down" onClick={() => setAll(true)}>{t('all_n', { n: number(requests.length) })}</Button>}
      {read.data && !requests.length && <Empty>{t('nothing_late')}</Empty>}
    </Section>
  );
}

function Unconfirmed({ open }) {
  const [all, setAll] = useState(false);
  const card = each => (
    <ShipmentCard key={each.slip} shipment={each} from={false}>
      <p class="soft"><Icon name="box" /> {t('from_whom')}: {nameOf(each.fromName, each.from)}</p>
      <Contact place={each.to} orElse={each.from} text={t('text_did_it_come', { slip: each.slip, from: nameOf(each.fromName, each.from), day: shortDay(each.sentDay),
        goods: (each.lines || []).map(line => `${itemName(line.item)} ${amountWithUnit(line.sent, itemOf(line.item))}`).join(t('comma')) })} />
    </ShipmentCard>
  );
  return (
    <>
      <Section title={t('strip_unconfirmed')} aside={<Num class="count">{number(open.unconfirmed.length)}</Num>}>
        <Freshness read={open.slips} />
        <ul class="cards wide-cards">{open.unconfirmed.slice(0, all ? undefined : LATE_FIRST).map(card)}</ul>
        {!all && open.unconfirmed.length > LATE_FIRST && <Button kind="quiet" icon="down" onClick={() => setAll(true)}>{t('all_n', { n: number(open.unconfirmed.length) })}</Button>}
        {open.slips.data && !open.unconfirmed.length && <Empty>{t('all_confirmed')}</Empty>}
      </Section>
      {open.short.length > 0 && <Section title={t('shipment_less_came')} aside={<Num class="count">{number(open.short.length)}</Num>}><ul class="cards wide-cards">{open.short.slice(0, LATE_FIRST).map(card)}</ul></Section>}
    </>
  );
}

export function Decide({ params }) {
  const place = params.place || here();
  const open = useOpen(place);
  const what = ['late', 'unconfirmed'].includes(params.what) ? params.what : 'decide';
  return (
    <>
      <Strip open={open} what={what} />
      {what === 'late' ? <Late requests={open.late} read={open.read} /> : what === 'unconfirmed' ? <Unconfirmed open={open} /> : <ToDecide key={place} open={open} />}
    </>
  );
}
