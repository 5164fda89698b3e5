/* goods.js - goods on their way: asked for, came, sent, received. */
import { CARRIERS, carrierCode, carrierText, vehicleOf } from '../carrier.js';
import { addDays, nameOf, number, shortDay, t, toBase } from '../i18n.js';
import { linkToken } from '../links.js';
import { nextNumber, deviceName, record } from '../outbox.js';
import { address, go, setParams } from '../route.js';
import { goods, here, itemName, itemOf, placeName, session, today, useOutbox, useRead } from '../session.js';
import { itemRow, Sheet, useDraft } from '../sheet.js';
import {
  Amount, Badge, Button, Choice, DayButton, Empty, FewChoice, Field, Freshness, Icon, Num, NumberBox, PlacePicker, Receipt, Section, TextBox,
} from '../ui.js';

const base = (text, item) => String(toBase(text || '', itemOf(item)) ?? 0);

export const SHIPMENT_STATES = { on_the_way: 'truck', came: 'check', less_came: 'alert', not_confirmed: 'wait' };

export const ShipmentState = ({ status }) => (
  <Badge kind={status === 'came' ? 'good' : status === 'less_came' ? 'bad' : 'waiting'} icon={SHIPMENT_STATES[status] || 'wait'}>{t('shipment_' + status)}</Badge>
);

export function ShipmentCard({ shipment, children, from = true }) {
  return (
    <li class="card">
      <div class="card-head">
        <b>{from ? nameOf(shipment.fromName, shipment.from) : nameOf(shipment.toName, shipment.to)}</b>
        <ShipmentState status={shipment.status} />
      </div>
      <p class="soft">{t('slip')} <Num>{shipment.slip}</Num>{shipment.sentDay && <>{t('dot')}{shortDay(shipment.sentDay)}</>}{shipment.carrier && <>{t('dot')}{carrierText(shipment.carrier)}</>}</p>
      <ul class="amounts">
        {(shipment.lines || []).map(line => (
          <li key={line.item}>{itemName(line.item)} <b><Amount of={line.sent} item={line.item} /></b>
            {Number(line.received) > 0 && <span class="soft">{t('dot')}{t('came_n')} <Amount of={line.received} item={line.item} /></span>}
            {Number(line.missing) > 0 && <span class="bad-text">{t('dot')}{t('missing_n')} <Amount of={line.missing} item={line.item} /></span>}</li>
        ))}
      </ul>
      {children}
    </li>
  );
}

/** One tap: everything on the slip came. */
export async function allCame(shipment, place, about) {
  const day = today();
  await record({
    method: 'Distribution/Receive', word: 'all_came', day, about, slip: shipment.slip, onBehalfOf: session.acting?.person,
    labels: shipment.lines.map(line => itemName(line.item)), items: shipment.lines.map(line => line.item), route: location.hash,
    body: {
      day, slip: shipment.slip, place, proof: 'PROOF_TAP',
      lines: shipment.lines.map(line => ({ item: line.item, quantity: String(Number(line.sent) - Number(line.received || 0)) })),
    },
  });
}

/** Everything on its way to a place. */
export function OnTheWay({ place, withEmpty }) {
  const shipments = useRead('Distribution/ListShipments', place ? { place, openOnly: true, limit: 100 } : null, { list: 'shipments', live: true });
  const { entries } = useOutbox();
  const coming = (shipments.data?.shipments || []).filter(each => each.to === place);
  if (!withEmpty && !coming.length) return null;
  return (
    <Section title={t('on_the_way')}>
      <Freshness read={shipments} />
      <ul class="cards">
        {coming.map(shipment => {
          const said = entries.filter(entry => entry.slip === shipment.slip && entry.method === 'Distribution/Receive').at(-1);
          return (
            <ShipmentCard key={shipment.slip} shipment={shipment}>
              {said ? <Receipt entry={said} onAgain={() => go('received', { slip: shipment.slip, place })} /> : (
                <div class="buttons">
                  {shipment.status !== 'less_came' && <Button kind="main" icon="check" onClick={() => allCame(shipment, place)}>{t('all_came')}</Button>}
                  <Button icon="alert" onClick={() => go('received', { slip: shipment.slip, place })}>{t('something_wrong')}</Button>
                </div>
              )}
            </ShipmentCard>
          );
        })}
      </ul>
      {shipments.data && !coming.length && <Empty>{t('nothing_on_the_way')}</Empty>}
    </Section>
  );
}

/** A slip in hand: what came of it, line by line; a slip the books do not know yet is taken too. */
export function Received({ params }) {
  const place = params.place || here();
  const shipments = useRead('Distribution/ListShipments', { place, limit: 200 }, { list: 'shipments' });
  const draft = useDraft(`received:${place}:${params.slip || ''}`);
  const head = draft.row('head');
  const slip = (params.slip || head.slip || '').toUpperCase().trim();
  const shipment = shipments.data?.shipments?.find(each => each.slip === slip);
  const day = params.day || today();
  const rows = (shipment ? goods().filter(view => shipment.lines?.some(line => line.item === view.item.code)) : goods());
  const slipWrong = !/^[A-Z0-9/-]{1,16}$/.test(slip);
  return (
    <Sheet word="received" draft={draft} day={day} onDay={to => setParams({ day: to })} showKept
      missing={slipWrong ? t('say_slip') : !shipment && !head.from ? t('say_from_whom') : ''}
      head={
        <>
          {!params.slip && <Field label={t('slip_no')}><TextBox value={head.slip} dir="ltr" maxlength={16} onInput={text => draft.set('head', 'slip', text)} /></Field>}
          {shipment ? <p><Icon name="truck" /> {nameOf(shipment.fromName, shipment.from)}{t('dot')}{t('slip')} <Num>{slip}</Num></p>
            : <PlacePicker label={t('from_whom')} empty={t('from_whom')} value={head.from} onChange={code => draft.set('head', 'from', code)} />}
        </>
      }
      rows={rows.map(view => {
        const line = shipment?.lines?.find(each => each.item === view.item.code);
        return itemRow(view, [{ key: 'quantity', words: t('came_n'), item: view.item.code }, { key: 'spoiled', words: t('of_it_spoiled'), item: view.item.code }], {
          facts: line && <span>{t('sent_n')} <Amount of={line.sent} item={view.item.code} /></span>,
        });
      })}
      build={lines => ({
        method: 'Distribution/Receive', slip,
        body: {
          day, slip, place, proof: 'PROOF_TAP', ...(shipment ? {} : { from: head.from }),
          lines: lines.map(({ row, values }) => ({ item: row.key, quantity: base(values.quantity, row.key), spoiled: base(values.spoiled, row.key) })),
        },
      })}>
      <Freshness read={shipments} />
    </Sheet>
  );
}

const CAME_FROM = ['BOUGHT', 'DONATED', 'ALLOTTED', 'ADVANCE'];

/** A number on the goods as it is stored: a code. */
const lotCode = text => (text || '').trim().replace(/\s+/g, '-').replace(/[^A-Za-z0-9._-]/g, '');

/** What a quantity of a material makes, as expected: [item, pieces], of the first thing made of it. */
function worth(item, quantity) {
  for (const view of session.items) {
    const input = view.inputs?.find(each => each.item === item);
    if (input && Number(input.quantity)) return [view.item.code, Math.floor(quantity * Number(input.per) / Number(input.quantity))];
  }
  return null;
}

/** Beside what came of one item: what it is worth, what the order still waits for; its own number, last day and price. */
function CameMore({ item, values, onSet, line, day }) {
  const quantity = Number(base(values.quantity, item));
  if (!quantity) return null;
  const [made, pieces] = worth(item, quantity) || [];
  const rest = line && Number(line.quantity) - Number(line.received || 0) - quantity;
  const money = session.items.find(view => view.item.class === 'ITEM_CLASS_MONEY')?.item;
  return (
    <div class="came-more">
      {made && <p class="soft">{t('worth_about')} <b><Amount of={pieces} item={made} /></b> {itemName(made)}</p>}
      {line && (rest > 0 ? <p class="soft">{t('still_to_come')} <b><Amount of={rest} item={item} /></b></p>
        : rest < 0 && <p class="bad-text">{t('more_than_ordered')} <b><Amount of={-rest} item={item} /></b></p>)}
      <details class="more">
        <summary>{t('number_day_price')}</summary>
        <Field label={t('supplier_lot')}><TextBox value={values.lot} dir="ltr" maxlength={24} onInput={text => onSet('lot', text)} /></Field>
        <div class="inline"><span class="field-label">{t('use_by')}</span>
          {values.expiry ? <><DayButton label={t('use_by')} value={values.expiry} onChange={to => onSet('expiry', to)} /><Button kind="quiet" icon="cross" onClick={() => onSet('expiry', '')}>{t('erase')}</Button></>
            : <Button onClick={() => onSet('expiry', addDays(day, 180))}>{t('choose')}</Button>}</div>
        {money && <NumberBox name={`${item}|price`} label={t('price')} words={t('price')} item={money} value={values.price} onInput={text => onSet('price', text)} onNext={() => document.activeElement.blur()} />}
      </details>
    </div>
  );
}

export function Came({ params }) {
  const place = params.place || here();
  const day = params.day || today();
  const draft = useDraft(`came:${place}:${day}`);
  const head = draft.row('head');
  const how = head.how || 'ALLOTTED';
  // What came before comes again: known items first.
  const stock = useRead('Materials/GetStock', place ? { place } : null, {});
  const there = new Set((stock.data?.rows || []).map(row => row.item));
  const orders = useRead('Materials/ListOrders', place ? { place, limit: 500 } : null, { list: 'orders', live: true });
  const open = (orders.data?.orders || []).filter(line => Number(line.received || 0) < Number(line.quantity) || line.order === head.order);
  const order = open.some(line => line.order === head.order) ? head.order : '';
  const lineOf = code => order && open.find(line => line.order === order && line.item === code);
  const money = session.items.find(view => view.item.class === 'ITEM_CLASS_MONEY')?.item.code;
  const weight = view => Number(Boolean(lineOf(view.item.code))) * 2 + Number(there.has(view.item.code));
  return (
    <>
      <OnTheWay place={place} />
      <Section title={t('from_outside')} aside={<Button kind="quiet" icon="slip" onClick={() => go('received', { place })}>{t('have_a_slip')}</Button>}>
        <Sheet word="came" start={params.item} draft={draft} day={day} onDay={to => setParams({ day: to })} showKept
          head={
            <>
              <PlacePicker label={t('place')} value={place} root={here()} fits={each => each.behaviour?.holds || each.behaviour?.serves}
                onChange={code => setParams({ place: code })} />
              {open.length > 0 && <FewChoice label={t('against_order')} value={order} onChange={code => draft.set('head', 'order', code)}
                options={[['', t('without_order')], ...[...new Set(open.map(line => line.order))].map(code => [code, `${t('order')} ${code}`])]} />}
              {!order && <Choice label={t('from_outside')} value={how} onChange={code => draft.set('head', 'how', code)}
                options={CAME_FROM.map(code => [code, t('came_' + code)])} />}
              {!order && <PlacePicker label={t('supplier')} empty={t('supplier')} value={head.supplier} fits={each => each.behaviour?.outside}
                onChange={code => draft.set('head', 'supplier', code)} />}
            </>
          }
          rows={[...goods()].sort((a, b) => weight(b) - weight(a)).map(view => {
            const uneven = view.item.packs?.find(pack => !Number(pack.quantity)), line = lineOf(view.item.code);
            return itemRow(view, [
              { key: 'quantity', words: t('how_much'), item: view.item.code },
              ...(uneven ? [{ key: 'packs', words: nameOf(uneven.name, uneven.code), unsummed: true }] : []),
            ], {
              uneven, line, seldom: order ? !line : !there.has(view.item.code),
              facts: line && <><span>{t('ordered')} <Amount of={line.quantity} item={line.item} /></span><span>{t('came_n')} <Amount of={line.received} item={line.item} /></span></>,
              extra: (values, onSet) => <CameMore item={view.item.code} values={values} onSet={onSet} line={line} day={day} />,
            });
          })}
          build={lines => ({
            method: 'Materials/Receive',
            body: {
              day, place,
              lines: lines.map(({ row, values }) => ({
                item: row.key, quantity: base(values.quantity, row.key), how: 'CAME_FROM_' + (order ? 'BOUGHT' : how),
                ...(row.line ? { orderLine: row.line.name, supplier: row.line.supplier } : head.supplier ? { supplier: head.supplier } : {}),
                ...(lotCode(values.lot) ? { supplierLot: lotCode(values.lot) } : {}), ...(values.expiry ? { expiry: values.expiry } : {}),
                ...(Number(values.price) ? { price: base(values.price, money), money } : {}),
                ...(values.packs ? { pack: row.uneven.code, packs: base(values.packs) } : {}),
              })),
            },
          })} />
      </Section>
    </>
  );
}

export const REQUEST_STATES = {
  asked: 'wait', approved: 'check', less_approved: 'alert', not_approved: 'cross', set_aside: 'box', on_the_way: 'truck', came: 'check',
  less_came: 'alert', cancelled: 'cross',
};
const GOOD_STATES = new Set(['approved', 'set_aside', 'came']);
const BAD_STATES = new Set(['less_approved', 'not_approved', 'less_came']);

export const RequestState = ({ status }) => (
  <Badge kind={GOOD_STATES.has(status) ? 'good' : BAD_STATES.has(status) ? 'bad' : 'waiting'} icon={REQUEST_STATES[status] || 'wait'}>{t('request_' + status)}</Badge>
);

export function Ask({ params }) {
  const place = params.place || here();
  const day = today();
  const draft = useDraft(`ask:${place}:${day}`);
  const head = draft.row('head');
  const needed = head.needed || addDays(day, 1);
  const asked = useRead('Distribution/ListRequests', place ? { place, limit: 100 } : null, { list: 'requests', live: true });
  const ours = (asked.data?.requests || []).filter(request => request.place === place);
  const lastOf = code => ours.filter(request => request.item === code).sort((a, b) => a.day < b.day ? 1 : -1)[0];
  const usual = goods().filter(view => lastOf(view.item.code));
  const rest = goods().filter(view => !usual.includes(view));
  return (
    <>
      <Sheet word="ask" start={params.item} draft={draft} showKept action={t('ask_for_it')}
        head={
          <>
            <PlacePicker label={t('place')} value={place} root={here()} onChange={code => setParams({ place: code })} />
            <div class="inline"><span class="field-label">{t('needed_by')}</span>
              <DayButton label={t('needed_by')} value={needed} onChange={to => draft.set('head', 'needed', to)} /></div>
            <Choice label={t('how_soon')} value={head.urgent ? 'urgent' : 'usual'} onChange={code => draft.set('head', 'urgent', code === 'urgent' ? '1' : '')}
              options={[['usual', t('usual')], ['urgent', t('urgent'), 'alert']]} />
          </>
        }
        rows={[...usual, ...rest].map(view => {
          const last = lastOf(view.item.code);
          return itemRow(view, [{ key: 'quantity', words: t('how_much'), item: view.item.code }], {
            seldom: !last,
            extra: (values, onSet) => last && !values.quantity && (
              <Button kind="quiet" icon="back" onClick={() => onSet('quantity', fromLast(last))}>{t('as_last')} <Amount of={last.requested} item={last.item} /></Button>
            ),
          });
        })}
        build={lines => ({
          method: 'Distribution/Request', quantityWord: 'approved_n',
          body: {
            day, place,
            lines: lines.map(({ row, values }) => ({ item: row.key, quantity: base(values.quantity, row.key), neededDay: needed, urgent: Boolean(head.urgent) })),
          },
        })} />
      <Section title={t('asked_before')}>
        <Freshness read={asked} />
        <ul class="rows">
          {ours.slice(0, 20).map(request => (
            <li key={request.name} class="fact-row">
              <span class="row-name">{itemName(request.item)}<small>{t('needed_until', { day: shortDay(request.neededDay) })}</small></span>
              <span class="fact"><Amount of={request.requested} item={request.item} />{Number(request.approved) !== Number(request.requested) && request.status !== 'asked'
                && <small>{t('approved_n')} <Amount of={request.approved} item={request.item} /></small>}</span>
              <RequestState status={request.status} />
            </li>
          ))}
        </ul>
        {asked.data && !ours.length && <Empty>{t('nothing_here')}</Empty>}
      </Section>
    </>
  );
}

function fromLast(request) {
  const factor = Number(itemOf(request.item).displayFactor || 1);
  return String(Number(request.requested) / factor);
}

/** Made by the device, so that the slip can be written without a line: device, then its running number. */
function newSlip() {
  const device = deviceName().replace(/-/g, '').slice(0, 5).toUpperCase();
  return `${device}-${nextNumber('slip-number')}`;
}

/** What is set aside here for others, by receiver; and goods sent without a request. */
export function Send({ params }) {
  const place = params.place || here();
  const day = params.day || today();
  const requests = useRead('Distribution/ListRequests', place ? { place, toSend: true, limit: 200 } : null, { list: 'requests', live: true });
  const waiting = (requests.data?.requests || []).filter(request => request.setAside?.some(source => source.place === place && Number(source.quantity) > 0));
  const draft = useDraft(`send:${place}:${day}:${params.to || ''}`);
  const head = draft.row('head');
  const to = params.to || head.to;
  const stock = useRead('Materials/GetStock', place ? { place } : null, { live: true });
  const there = (code, stage) => stock.data?.rows?.find(row => row.item === code && row.stage === stage)?.quantity || 0;
  const receivers = [...new Set(waiting.map(request => request.place))];
  const asideFor = code => waiting.filter(request => request.place === to && request.item === code);
  const setAside = request => Number(request.setAside.find(source => source.place === place)?.quantity || 0);
  const weight = view => Number(asideFor(view.item.code).length > 0) * 2 + Number(there(view.item.code, 'STAGE_STOCK') > 0);
  const sorted = [...goods()].sort((a, b) => weight(b) - weight(a));
  return (
    <>
      <Section title={t('set_aside_to_send')}>
        <Freshness read={requests} />
        <ul class="cards">
          {receivers.map(receiver => (
            <li key={receiver} class="card">
              <b>{placeName(receiver)}</b>
              <ul class="amounts">{waiting.filter(request => request.place === receiver).map(request => (
                <li key={request.name}>{itemName(request.item)} <b><Amount of={setAside(request)} item={request.item} /></b> <span class="soft">{t('needed_until', { day: shortDay(request.neededDay) })}</span></li>
              ))}</ul>
              <Button kind={receiver === to ? 'chosen' : ''} icon="truck" onClick={() => setParams({ to: receiver })}>{t('send_to_them')}</Button>
            </li>
          ))}
        </ul>
        {requests.data && !receivers.length && <Empty>{t('nothing_set_aside')}</Empty>}
      </Section>
      <Section title={t('goods_slip')}>
        <Sheet word="send" draft={draft} day={day} onDay={next => setParams({ day: next })} showKept action={t('send_it')}
          missing={to ? '' : t('say_to_whom')}
          head={
            <>
              <PlacePicker label={t('out_of')} value={place} root={here()} onChange={code => setParams({ place: code })} />
              <PlacePicker label={t('to_whom')} empty={t('to_whom')} value={to} onChange={code => setParams({ to: code })} />
              <details class="more">
                <summary>{t('carrier')}{head.carrier && `: ${carrierText(carrierCode(head.carrier, head.vehicle))}`}</summary>
                <Choice label={t('carrier')} value={head.carrier} onChange={code => draft.set('head', 'carrier', code)} options={CARRIERS.map(code => [code, t('carrier_' + code)])} />
                <Field label={t('vehicle_number')}><TextBox value={head.vehicle} dir="ltr" maxlength={16} autocapitalize="characters" onInput={text => draft.set('head', 'vehicle', text)} /></Field>
                <Field label={t('waybill')}><TextBox value={head.waybill} dir="ltr" maxlength={16} onInput={text => draft.set('head', 'waybill', text)} /></Field>
              </details>
            </>
          }
          rows={sorted.map(view => itemRow(view, [{ key: 'quantity', words: t('how_much'), item: view.item.code }], {
            seldom: !asideFor(view.item.code).length && !there(view.item.code, 'STAGE_STOCK'),
            requests: asideFor(view.item.code),
            facts: (
              <>
                {asideFor(view.item.code).map(request => <span key={request.name}><Icon name="box" /> {t('set_aside_n')} <Amount of={setAside(request)} item={view.item.code} /></span>)}
                <span>{t('here_there_is')} <Amount of={there(view.item.code, 'STAGE_STOCK')} item={view.item.code} /></span>
              </>
            ),
          }))}
          build={lines => {
            const slip = newSlip();
            linkToken(slip);
            return {
              method: 'Distribution/Send', slip, numberWord: 'slip', labels: lines.map(({ row }) => `${row.name} → ${placeName(to)}`),
              body: {
                day, slip, from: place, to, ...(head.carrier || vehicleOf(head.vehicle) ? { carrier: carrierCode(head.carrier, head.vehicle) } : {}), ...(head.waybill ? { waybill: head.waybill.trim() } : {}),
                lines: lines.map(({ row, values }) => ({
                  item: row.key, quantity: base(values.quantity, row.key), ...(row.requests[0] ? { request: row.requests[0].name } : {}),
                })),
              },
            };
          }} />
      </Section>
      <Sent place={place} />
    </>
  );
}

/** What left here and has not been confirmed. */
function Sent({ place }) {
  const shipments = useRead('Distribution/ListShipments', place ? { place, openOnly: true, limit: 100 } : null, { list: 'shipments', live: true });
  const sent = (shipments.data?.shipments || []).filter(each => each.from === place);
  if (!sent.length) return null;
  return (
    <Section title={t('on_the_way')} aside={<span class="soft">{number(sent.length)}</span>}>
      <ul class="cards">{sent.map(shipment => (
        <ShipmentCard key={shipment.slip} shipment={shipment} from={false}>
          <a class="button" href={address('print', { slip: shipment.slip })}><Icon name="slip" /><span>{t('paper_slip')}</span></a>
        </ShipmentCard>
      ))}</ul>
    </Section>
  );
}
