/* print.js - what goes on paper, a file of its own: the goods slip with its QR code, labels of sacks and lots, the
 * store's receipt, a maker's earnings. On the screen it is the paper itself, with what to do above it.
 * Paper:  two languages: the reader's, and English (with English, Hindi). A5 a slip, A4 the rest. */
import { bodyOf } from './outbox.js';
import { generate } from 'lean-qr/nano';
import { useEffect, useState } from 'preact/hooks';
import { carrierText } from './carrier.js';
import { addDays, currentLanguage, dayText, instantText, lastDayOf, localDigits, nameOf, number, t, wordsIn } from './i18n.js';
import { endLinks, linkAddress, linkTold, tellLink } from './links.js';
import { here, itemOf, placeName, placeOf, session, today, useOutbox, useRead, viewOf } from './session.js';
import { Amount, Button, Choice, Empty, Freshness, Note, Num } from './ui.js';

// ---- parts

const QUIET = 4; // modules of white around a QR code

/** A QR code as one path. */
export function Qr({ text, label }) {
  const code = generate(text);
  let path = '';
  for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  const size = code.size + 2 * QUIET;
  return <svg class="qr" role="img" aria-label={label} viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} shape-rendering="crispEdges"><rect x={-QUIET} y={-QUIET} width={size} height={size} fill="#fff" /><path d={path} fill="#000" /></svg>;
}

let other = {};   // the words of the second language, once they are here
const second = () => currentLanguage() === 'en' ? 'hi' : 'en';

/** A word in both languages. */
const Both = ({ of }) => <>{t(of)}{other[of] && other[of] !== t(of) && <> <span class="second" lang={second()}>{other[of]}</span></>}</>;
const BothNames = ({ names, code }) => {
  const name = nameOf(names, code), also = names?.[second()];
  return <>{name}{also && also !== name && <> <span class="second" lang={second()}>{also}</span></>}</>;
};

function useSecondWords() {
  const [, redraw] = useState(0);
  useEffect(() => { wordsIn(second()).then(words => { other = words; redraw(n => n + 1); }); }, [currentLanguage()]);
}

const Line = ({ of }) => <div class="sign"><span /><Both of={of} /></div>;

const Tools = ({ children }) => (
  <div class="print-tools no-print"><Button kind="main" icon="slip" onClick={() => print()}>{t('print_it')}</Button>{children}</div>
);

/** India's tax papers name the place by its number and the goods by their code; where nobody has said, there is room for the pen. */
const inIndia = () => currentLanguage() !== 'fa';
const Gstin = ({ of }) => inIndia() && <span class={of ? 'gstin' : 'gstin pen'}>GSTIN {of ? <Num>{of}</Num> : <i />}</span>;

/** A place with what stands above it: the address people here use. */
function Address({ code, taxed }) {
  const place = useRead('Registry/GetPlace', { place: code }, {});
  const found = place.data || placeOf(code);
  const above = (found.path || []).filter(each => each !== code).slice(0, 2);
  return (
    <div class="address"><b><BothNames names={found.name} code={code} /></b>
      {above.length > 0 && <span>{above.map(placeName).join(t('comma'))}</span>}
      {found.phone && <span>{t('field_phone')} <Num>{localDigits(found.phone)}</Num></span>}{taxed && <Gstin of={found.gstin} />}</div>
  );
}

// ---- the goods slip

const COPIES = ['copy_receiver', 'copy_carrier', 'copy_sender'];

const longDay = day => dayText(day, { day: 'numeric', month: 'short', year: 'numeric' });

/** What was paid for all of a line, where the books know it of each of its lots. */
function valueOf({ quantity, lots = [] }) {
  const known = lots.reduce((sum, lot) => sum + (lot.money ? Number(lot.quantity) : 0), 0);
  return known === Number(quantity) && lots.every(lot => lot.money === lots[0].money)
    ? { sum: lots.reduce((sum, lot) => sum + Number(lot.value), 0), money: lots[0].money } : null;
}

const LOTS_SHOWN = 6;
/** The books keep the lots of what is still on the way: of a line that came in part they would be the rest. */
const lotsOf = ({ quantity, lots = [] }) => (lots.reduce((sum, lot) => sum + Number(lot.quantity), 0) === Number(quantity) ? lots : []);
const Lots = ({ item, lots }) => (
  <>{lots.slice(0, LOTS_SHOWN).map(lot => (
    <small key={lot.lot} class="slip-lot">{t('lot_label')} <Num>{localDigits(lot.number || lot.lot)}</Num>: <Amount of={lot.quantity} item={item} />
      {Number(lot.expiryMs) > 0 && <>{t('comma')}{t('use_by')} {longDay(lastDayOf(lot.expiryMs))}</>}</small>
  ))}{lots.length > LOTS_SHOWN && <small class="slip-lot">{t('and_more', { n: number(lots.length - LOTS_SHOWN) })}</small>}</>
);

function SlipCopy({ slip, copy, link }) {
  const value = slip.lines.some(valueOf) ? '' : 'pen'; // where none is known the column is for the pen
  const india = inIndia();
  const hsn = slip.lines.some(line => line.hsn) ? '' : 'pen';
  return (
    <article class="paper slip-paper">
      <header>
        <div><h2><Both of="challan" /></h2><p class="copy"><Both of={copy} /></p></div>
        <div class="number-big"><span><Both of="slip_number" /></span><b dir="ltr">{slip.slip}</b><span>{dayText(slip.day, { day: 'numeric', month: 'long', year: 'numeric' })}</span></div>
      </header>
      <div class="pair">
        <div><h3><Both of="slip_from" /></h3><Address code={slip.from} taxed /></div>
        <div><h3><Both of="slip_to" /></h3><Address code={slip.to} taxed /></div>
      </div>
      <p class="facts-line">{slip.carrier && <><Both of="carrier" />: <b>{carrierText(slip.carrier)}</b></>}
        {slip.waybill && <>{t('dot')}<Both of="waybill" />: <Num>{slip.waybill}</Num></>}</p>
      <table>
        <thead><tr><th>{t('item')}</th>{india && <th class={`hsn ${hsn}`}>HSN</th>}<th><Both of="sent_n" /></th><th class={value}><Both of="value" /></th><th class="pen"><Both of="came_n" /></th><th class="pen"><Both of="spoiled" /></th></tr></thead>
        <tbody>{slip.lines.map(line => (
          <tr key={line.item}><td><BothNames names={itemOf(line.item).name} code={line.item} /><Lots item={line.item} lots={lotsOf(line)} /></td>{india && <td class={`hsn ${hsn}`}>{line.hsn}</td>}<td class="much"><Amount of={line.quantity} item={line.item} /></td>
            <td class={`much ${value}`}>{valueOf(line) && <Amount of={valueOf(line).sum} item={valueOf(line).money} />}</td><td class="pen" /><td class="pen" /></tr>
        ))}</tbody>
      </table>
      <footer>
        {link && <Qr text={link} label={t('slip_link')} />}
        <div>
          {link && <p><b><Both of="slip_scan" /></b></p>}
          <div class="signs"><Line of="sign_sender" /><Line of="sign_carrier" /><Line of="sign_receiver" /></div>
        </div>
      </footer>
    </article>
  );
}

/** As the server has it; of a slip still on this phone, as it was written. */
function useSlip(number) {
  const { entries } = useOutbox();
  const read = useRead('Distribution/ListShipments', { place: here(), slip: number }, { live: true });
  const entry = entries.find(each => each.slip === number && each.method === 'Distribution/Send');
  const found = read.data?.shipments?.[0];
  const slip = found ? { ...found, day: found.sentDay, lines: (found.lines || []).filter(line => Number(line.sent)).map(line => ({ item: line.item, quantity: line.sent, lots: line.lots, hsn: line.hsn })) }
    : entry && { ...bodyOf(entry), slip: number, lines: bodyOf(entry).lines.map(line => ({ ...line, hsn: viewOf(line.item)?.hsn })) };
  return { read, slip, known: Boolean(found), open: !found?.receivedDay };
}

function Slip({ number: wanted }) {
  const { read, slip, known } = useSlip(wanted);
  const [copies, setCopies] = useState(1);
  const [told, setTold] = useState(linkTold(wanted));
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    if (known && !told) tellLink(wanted).then(() => setTold(true), error => setRefused(Boolean(error.refusals)));
  }, [known, told]);
  if (!slip) return <><Freshness read={read} />{read.data && <Empty>{t('nothing_here')}</Empty>}</>;
  const link = refused ? '' : linkAddress(wanted);
  const renew = async () => { await endLinks(wanted); await tellLink(wanted); setTold(true); setCopies(count => count); };
  return (
    <>
      <Tools>
        <Choice label={t('copies')} value={copies} onChange={setCopies} options={[[1, t('one_copy')], [3, t('three_copies')]]} />
        {link && navigator.share && <Button icon="forward" onClick={() => navigator.share({ title: wanted, text: `${t('challan')} ${wanted}`, url: link }).catch(() => {})}>{t('share_link')}</Button>}
        {told && <Button kind="quiet" icon="cross" onClick={renew}>{t('new_link')}</Button>}
        {link && !told && <Note kind="quiet" icon="wait">{t('link_later')}</Note>}
      </Tools>
      {COPIES.slice(0, copies).map(copy => <SlipCopy key={copy} slip={slip} copy={copy} link={link} />)}
    </>
  );
}

// ---- labels, and the store's receipt: of an entry of this phone

/** Where a lot's label leads; a point in an address would be a file's. */
const lotAddress = lot => `${location.origin}/lot/${lot.replace('.', '-')}`;
const linesOf = entry => bodyOf(entry).lines.map((line, i) => ({ ...line, ...entry.receipt.lines?.[i], item: line.item }));

function Label({ line, entry }) {
  const quantity = line.good || line.quantity;
  return (
    <li class="label">
      <Qr text={lotAddress(line.lot || line.name)} label={t('lot_label')} />
      <div>
        <b class="label-number" dir="ltr">{line.number ? localDigits(line.number) : line.supplierLot || line.lot || line.name}</b>
        <b><BothNames names={itemOf(line.item).name} code={line.item} /></b>
        <span class="much"><Amount of={quantity} item={line.item} /></span>
        <span>{placeName(line.place || bodyOf(entry).place)}</span>
        <span>{longDay(bodyOf(entry).day)}</span>
        {line.expiry && <span>{t('use_by')} {longDay(line.expiry)}</span>}
        {(line.number || line.supplierLot) && <small dir="ltr">{line.lot || line.name}</small>}
      </div>
    </li>
  );
}

function StoreReceipt({ entry }) {
  const { receipt } = entry, body = bodyOf(entry);
  return (
    <article class="paper">
      <header>
        <div><h2><Both of="came" /></h2><p>{dayText(body.day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })}</p></div>
        <div class="number-big"><span><Both of="receipt_number" /></span><b dir="ltr">{localDigits(receipt.receiptCode)}</b><span>{instantText(receipt.serverTimeMs)}</span></div>
      </header>
      <Address code={body.place} />
      <table>
        <thead><tr><th>{t('item')}</th><th><Both of="came_n" /></th><th><Both of="lot_label" /></th><th><Both of="use_by" /></th><th><Both of="price" /></th></tr></thead>
        <tbody>{linesOf(entry).filter(line => !line.refusal).map(line => (
          <tr key={line.item}><td><BothNames names={itemOf(line.item).name} code={line.item} /><br /><span class="second">{t('came_' + line.how.replace('CAME_FROM_', ''))}{line.supplier && `${t('dot')}${placeName(line.supplier)}`}</span></td>
            <td class="much">{line.packs && line.packs !== '0' && <><Num>{number(line.packs)}</Num> {nameOf(itemOf(line.item).packs?.find(pack => pack.code === line.pack)?.name, line.pack)}<br /></>}<Amount of={line.quantity} item={line.item} /></td>
            <td dir="ltr">{line.supplierLot && <>{line.supplierLot}<br /></>}<span class="second">{line.name}</span></td><td>{line.expiry && longDay(line.expiry)}</td>
            <td>{Number(line.price) > 0 && <Amount of={line.price} item={line.money} />}</td></tr>
        ))}</tbody>
      </table>
      <div class="signs"><Line of="sign_sender" /><Line of="sign_receiver" /></div>
    </article>
  );
}

function Entry({ id }) {
  const { entries } = useOutbox();
  const entry = entries.find(each => each.id === id);
  const came = entry?.method === 'Materials/Receive';
  const [labels, setLabels] = useState(!came);
  if (!entry?.receipt) return <Empty>{t(entry ? 'will_be_sent' : 'nothing_here')}</Empty>;
  return (
    <>
      <Tools>{came && <Choice label={t('print_it')} value={labels} onChange={setLabels} options={[[false, t('paper_receipt')], [true, t('paper_labels')]]} />}</Tools>
      {labels ? <ul class="paper labels">{linesOf(entry).filter(line => !line.refusal && (line.lot || line.name)).map(line => <Label key={line.name} line={line} entry={entry} />)}</ul>
        : <StoreReceipt entry={entry} />}
    </>
  );
}

// ---- earnings of a maker, or of all below a place, for some days

function Statement({ rows, from, to }) {
  const sum = field => rows.reduce((total, row) => total + Number(row[field] || 0), 0);
  const [{ place, name, money }] = rows;
  return (
    <article class="paper statement">
      <header><div><h2><Both of="statement" /></h2><p>{dayText(from, { day: 'numeric', month: 'long', year: 'numeric' })} – {dayText(to, { day: 'numeric', month: 'long', year: 'numeric' })}</p></div></header>
      <div class="address"><b><BothNames names={name} code={place} /></b><span>{placeName(here())}</span></div>
      <table>
        <thead><tr><th>{t('item')}</th><th><Both of="pieces" /></th><th><Both of="earned" /></th></tr></thead>
        <tbody>{rows.filter(row => row.item).map(row => (
          <tr key={row.item}><td><BothNames names={itemOf(row.item).name} code={row.item} /></td><td class="much"><Amount of={row.pieces} item={row.item} /></td><td class="much"><Amount of={row.earned} item={row.money} /></td></tr>
        ))}</tbody>
        <tfoot>
          <tr><th colspan={2}><Both of="earned" /></th><td class="much"><Amount of={sum('earned')} item={money} /></td></tr>
          <tr><th colspan={2}><Both of="paid" /></th><td class="much"><Amount of={sum('paid')} item={money} /></td></tr>
          <tr><th colspan={2}><Both of="still_to_pay" /></th><td class="much"><Amount of={sum('owed')} item={money} /></td></tr>
        </tfoot>
      </table>
      <div class="signs"><Line of="sign_given" /><Line of="sign_taken" /></div>
    </article>
  );
}

function Earnings({ place, from, to }) {
  const read = useRead('Production/GetEarnings', { place, from, to, limit: 500 }, { list: 'rows' });
  const makers = new Map();
  for (const row of read.data?.rows || []) makers.set(`${row.place} ${row.money}`, [...(makers.get(`${row.place} ${row.money}`) || []), row]);
  return (
    <>
      <Tools />
      <Freshness read={read} />
      {[...makers].map(([key, rows]) => <Statement key={key} rows={rows} from={from} to={to} />)}
      {read.data && !makers.size && <Empty>{t('nothing_here')}</Empty>}
    </>
  );
}

/** #/print?slip=… | ?entry=<id> | ?earned=<place>&from=…&to=… */
export function Print({ params }) {
  useSecondWords();
  if (params.slip) return <Slip key={params.slip} number={params.slip} />;
  if (params.entry) return <Entry key={params.entry} id={params.entry} />;
  return <Earnings place={params.earned || session.me.roles[0].place} from={params.from || addDays(today(), -29)} to={params.to || today()} />;
}
