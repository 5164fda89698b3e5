/* decide.js - the officer's decisions: what is asked, what is proposed, yes, other, no and why; then what is set aside. */
import { useState } from 'preact/hooks';
import { nameOf, number, shortDay, t, toBase } from '../i18n.js';
import { record, settled } from '../outbox.js';
import { ask, here, itemName, itemOf, placeName, session, useOutbox, useRead, useWide } from '../session.js';
import { Amount, Badge, Button, Choice, Empty, Freshness, Icon, Note, Num, NumberBox, Receipt, Section, Keypad } from '../ui.js';
import { ShipmentCard } from './goods.js';

const REFUSED_BECAUSE = ['NOT_ENOUGH', 'NOT_NEEDED', 'TWICE', 'LATER', 'OTHER'];
const ALONE = ['NOBODY_ELSE', 'NIGHT', 'DANGER'];

const about = request => ({
  labels: [`${nameOf(request.placeName, request.place)}: ${itemName(request.item)}`], items: [request.item], about: request.name,
  route: location.hash, onBehalfOf: session.acting?.person,
});

const approve = (request, quantity, rest = {}) => record({
  ...about(request), method: 'Distribution/Approve', word: quantity ? 'approved' : 'not_approved',
  body: { lines: [{ request: request.name, quantity: String(quantity), ...rest }] },
});

/** Sets aside as proposed: one line for each place that has some. */
const allocate = (request, parts) => record({
  ...about(request), method: 'Distribution/Allocate', word: 'set_aside',
  labels: parts.map(part => `${placeName(part.from)} → ${nameOf(request.placeName, request.place)}: ${itemName(request.item)}`),
  items: parts.map(() => request.item),
  body: { lines: parts.map(part => ({ request: request.name, from: part.from, quantity: String(part.quantity) })) },
});

const parts = (proposals, quantity) => {
  let left = quantity;
  return proposals.map(proposal => {
    const taken = Math.min(left, Number(proposal.quantity || 0) || Number(proposal.available || 0), Number(proposal.available || Infinity));
    left -= taken;
    return { from: proposal.from, quantity: taken };
  }).filter(part => part.quantity > 0);
};

const distance = metres => t('km', { n: number(Number(metres) / 1000, Number(metres) < 10000 ? 1 : 0) });

function Proposals({ read, item }) {
  const proposals = read.data?.proposals || [];
  const lacking = Number(read.data?.lacking || 0);
  if (!read.data) return <Freshness read={read} />;
  if (!proposals.length && !lacking) return null;
  return (
    <ul class="amounts">
      {proposals.map(proposal => (
        <li key={proposal.from}><Icon name="box" /> {nameOf(proposal.fromName, proposal.from)} <b><Amount of={proposal.quantity} item={item} /></b>
          {' '}<span class="soft">{proposal.because && t('because_' + proposal.because)}{Number(proposal.distanceM) >= 0 && proposal.distanceM !== undefined && <> · {distance(proposal.distanceM)}</>}</span></li>
      ))}
      {lacking > 0 && <li class="bad-text"><Icon name="alert" /> {t('lacking')} <b><Amount of={lacking} item={item} /></b></li>}
    </ul>
  );
}

function Request({ request }) {
  const [mode, setMode] = useState(null);
  const [text, setText] = useState('');
  const [because, setBecause] = useState('NOT_ENOUGH');
  const [alone, setAlone] = useState('');
  const { entries } = useOutbox();
  const said = entries.filter(entry => entry.about === request.name && (entry.state !== 'recorded' || entry.refused || entry.settledMs > Date.now() - 60000));
  const undecided = request.status === 'asked';
  const wanted = (undecided ? Number(request.requested) : Number(request.approved || 0)) - Number(request.cancelled || 0);
  const open = Math.max(0, wanted - Number(request.allocated || 0) - Number(request.sent || 0));
  const proposal = useRead('Distribution/ProposeAllocation', open > 0 ? { request: request.name } : null, {});
  const proposals = proposal.data?.proposals || [];
  const proposed = parts(proposals, open).reduce((sum, part) => sum + part.quantity, 0);
  const busy = said.some(entry => entry.state === 'waiting');
  const needsAlone = said.some(entry => entry.refusals?.some(refusal => String(refusal.reason).includes('SAME_PERSON'))
    || entry.receipt?.lines?.some(line => String(line.refusal?.reason).includes('SAME_PERSON')));
  const aloneLine = alone ? { alone: 'ALONE_REASON_' + alone } : {};

  /** Approved first; what was approved is set aside only when that is recorded. */
  async function give(quantity) {
    if (undecided) {
      const less = quantity < Number(request.requested) ? { because: 'REFUSE_REASON_' + because } : {};
      const entry = await settled(await approve(request, quantity, { ...less, ...aloneLine }));
      if (entry.state !== 'recorded' || entry.refused) return;
    }
    // Only what is approved has proposals: asked again, after the approval.
    const now = await ask('Distribution/ProposeAllocation', { request: request.name }).catch(() => proposal.data);
    const chosen = parts(now?.proposals || [], quantity);
    if (chosen.length) await allocate(request, chosen);
    proposal.reload?.();
  }
  const other = toBase(text, itemOf(request.item));

  return (
    <li class="card request" data-request={request.name}>
      <div class="card-head">
        <b>{nameOf(request.placeName, request.place)}</b>
        {request.urgent && <Badge kind="bad" icon="alert">{t('urgent')}</Badge>}
        <span class="soft">{t('needed_by')} {shortDay(request.neededDay)}</span>
      </div>
      <p class="wanted">{itemName(request.item)} <b class="big"><Amount of={open || wanted} item={request.item} /></b>
        {!undecided && <Badge kind="good" icon="check">{t('approved')}</Badge>}</p>
      {open > 0 && <Proposals read={proposal} item={request.item} />}
      {said.map(entry => <Receipt key={entry.id} entry={entry} />)}
      {needsAlone && undecided && (
        <Note icon="alert"><p>{t('alone_why')}</p>
          <Choice label={t('alone_why')} value={alone} onChange={setAlone} options={ALONE.map(code => [code, t('alone_' + code)])} /></Note>
      )}
      {mode === null && open > 0 && !busy && (
        <div class="buttons">
          <Button kind="main" icon="check" disabled={!undecided && !proposed} onClick={() => give(undecided ? open : proposed)}>
            {undecided ? t('give') : t('set_aside_n')} <Amount of={undecided ? open : proposed} item={request.item} /></Button>
          <Button onClick={() => setMode('other')}>{t('other_amount')}</Button>
          {undecided && <Button kind="quiet" onClick={() => setMode('no')}>{t('no_and_why')}</Button>}
        </div>
      )}
      {mode && (
        <div class="decide">
          {mode === 'other' && <NumberBox label={t('how_much')} item={itemOf(request.item)} name={'give|' + request.name} value={text} onInput={setText} />}
          {undecided && <Choice label={t('because')} value={because} onChange={setBecause} options={REFUSED_BECAUSE.map(code => [code, t('refuse_' + code)])} />}
          <div class="buttons">
            {mode === 'other'
              ? <Button kind="main" icon="check" disabled={!other || other > Number(request.requested)} onClick={() => { setMode(null); return give(other); }}>{t('give')} {other ? <Amount of={other} item={request.item} /> : ''}</Button>
              : <Button kind="main" icon="cross" onClick={() => { setMode(null); return approve(request, 0, { because: 'REFUSE_REASON_' + because }); }}>{t('not_approved')}</Button>}
            <Button kind="quiet" onClick={() => setMode(null)}>{t('back')}</Button>
          </div>
          <Keypad />
        </div>
      )}
      {open === 0 && !undecided && (
        <ul class="amounts">{(request.setAside || []).map(source => (
          <li key={source.place}><Icon name="box" /> {t('set_aside_at')} {placeName(source.place)} <b><Amount of={source.quantity} item={request.item} /></b></li>
        ))}</ul>
      )}
    </li>
  );
}

function ToConfirm({ requests }) {
  const confirm = request => record({
    ...about(request), method: 'Distribution/ConfirmApproval', word: 'confirm', body: { requests: [request.name] },
  });
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

/** All that is asked, as proposed: one entry for the approvals, then one for what is set aside. */
function AllAsProposed({ requests }) {
  const [busy, setBusy] = useState(false);
  async function giveAll() {
    setBusy(true);
    const id = await record({
      method: 'Distribution/Approve', word: 'approved', route: location.hash,
      labels: requests.map(request => `${nameOf(request.placeName, request.place)}: ${itemName(request.item)}`), items: requests.map(request => request.item),
      body: { lines: requests.map(request => ({ request: request.name, quantity: String(request.requested) })) },
    });
    await settled(id);
    setBusy(false);
  }
  return <Button kind="main" icon="check" disabled={busy} onClick={giveAll}>{t('approve_all', { n: number(requests.length) })}</Button>;
}

export function Decide({ params }) {
  const place = params.place || here();
  const wide = useWide();
  const read = useRead('Distribution/ListRequests', place ? { place, openOnly: true, limit: 200 } : null, { list: 'requests', live: true });
  const shipments = useRead('Distribution/ListShipments', place ? { place, openOnly: true, limit: 200 } : null, { list: 'shipments', live: true });
  const all = read.data?.requests || [];
  const byNeed = (a, b) => Number(Boolean(b.urgent)) - Number(Boolean(a.urgent)) || (a.neededDay < b.neededDay ? -1 : 1);
  const asked = all.filter(request => request.status === 'asked').sort(byNeed);
  const approved = all.filter(request => ['approved', 'less_approved', 'set_aside', 'less_came'].includes(request.status)
    && Number(request.approved) > Number(request.sent || 0) + Number(request.cancelled || 0)).sort(byNeed);
  const confirm = all.filter(request => request.toConfirm);
  const late = (shipments.data?.shipments || []).filter(each => each.status === 'not_confirmed' || each.status === 'less_came');
  return (
    <div class={wide ? 'columns' : ''}>
      <Section title={t('to_decide')} aside={<Num class="count">{number(asked.length)}</Num>}>
        <Freshness read={read} />
        <ul class="cards">{asked.map(request => <Request key={request.name} request={request} />)}</ul>
        {asked.length > 1 && <AllAsProposed requests={asked} />}
        {read.data && !asked.length && <Empty>{t('nothing_to_decide')}</Empty>}
      </Section>
      <Section title={t('to_set_aside')} aside={<Num class="count">{number(approved.length)}</Num>}>
        <ul class="cards">{approved.map(request => <Request key={request.name} request={request} />)}</ul>
        {read.data && !approved.length && <Empty>{t('nothing_here')}</Empty>}
        {confirm.length > 0 && <><h3>{t('to_be_confirmed')}</h3><ToConfirm requests={confirm} /></>}
        {late.length > 0 && <><h3>{t('not_confirmed')}</h3><ul class="cards">{late.map(each => <ShipmentCard key={each.slip} shipment={each} from={false} />)}</ul></>}
      </Section>
    </div>
  );
}
