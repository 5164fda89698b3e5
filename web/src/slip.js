/* slip.js - the page behind a slip's QR code, /s/#token: what was sent, [All came] [Something is wrong], the receipt.
 * Who:    whoever has the goods in hand; nobody signs in. The token after the # is the right to this one slip, and goes
 *         nowhere but into the head of the two calls.
 * Keeps:  in localStorage by token: the slip as last read, what was tapped and not yet sent, and its receipt. What was
 *         tapped is sent under one id until the server has answered. */
import { render } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';
import { call, newRequestId, NoAnswer } from './api.js';
import {
  addDays, amountWithUnit, applyLanguage, carryWords, currentLanguage, fromBase, LANGUAGES, localDigits, nameOf, onLanguage, plainDigits,
  setLanguage, shortDay, t, toBase, unitOf,
} from './i18n.js';
import { Icon } from './icon.js';

const RETRY_MS = [2000, 5000, 15000, 60000];
const DAY_MS = 86400000;

const token = location.hash.slice(1);
const KEY = 'slip:' + token.slice(0, 12);

// view (of GetSlip), atMs; waiting {id, lines}; said {item: {requestId, line}}; code; note; ended
let state = JSON.parse(localStorage.getItem(KEY) || '{}');
let offline = false;
let draw = () => {};

function keep(change) {
  state = { ...state, ...change };
  localStorage.setItem(KEY, JSON.stringify(state));
  draw();
}

// ---- asking and telling

const ask = (method, body) => call('Distribution/' + method, body, {
  authorization: 'Bearer ' + token, 'rasad-device-time': String(Date.now()), 'rasad-device-offset': String(-new Date().getTimezoneOffset()),
});

async function sendWaiting() {
  const { id, body, lines } = state.waiting;
  try {
    const receipt = await ask('Receive', { requestId: id, ...body, lines });
    const refused = new Set((receipt.lines || []).filter(line => line.refusal).map(line => line.line));
    const said = { ...state.said };
    lines.forEach((line, i) => { if (!refused.has(i + 1)) said[line.item] = { requestId: id, line: i + 1 }; });
    keep({ waiting: null, said, code: receipt.receiptCode, before: refused.size > 0 });
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    if (error.code === 'unauthenticated') keep({ ended: true }); // what was written stays to be read out
    else keep({ waiting: null, before: true });
  }
}

let failures = 0, timer = 0, running = null;

async function run() {
  clearTimeout(timer);
  try {
    if (state.waiting && !state.ended) await sendWaiting();
    keep({ view: await ask('GetSlip', {}), atMs: Date.now(), ended: false });
    failures = 0;
    offline = false;
  } catch (error) {
    if (!(error instanceof NoAnswer)) return keep({ ended: true });
    offline = true;
    timer = setTimeout(flush, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
  }
  draw();
}

/** Sends what waits, then reads how the slip stands; one at a time. */
function flush() {
  running = (running || Promise.resolve()).then(run);
  return running;
}

/** By the server's day and how long ago that was: the phone's own calendar may be wrong. */
const dayNow = () => addDays(state.view.today, Math.max(0, Math.floor((Date.now() - state.atMs) / DAY_MS)));

function tell(lines) {
  const { slip, to } = state.view.shipment;
  keep({ waiting: { id: newRequestId(), body: { day: dayNow(), slip, place: to, proof: 'PROOF_CODE' }, lines }, before: false });
  scrollTo({ top: 0 });
  return flush();
}

// ---- what is shown

const isTold = line => Number(line.received || 0) + Number(line.missing || 0) + Number(line.settled || 0) > 0;
const itemOfLine = line => state.view.items.find(item => item.code === line.item) || { code: line.item };

const Big = ({ icon, kind = '', children, onClick }) => (
  <button type="button" class={`button tall ${kind}`} onClick={onClick}><Icon name={icon} /><span>{children}</span></button>
);

function Call() {
  const phone = state.view?.phone;
  return phone ? <a class="button tall" href={'tel:' + phone.replace(/[^\d+]/g, '')}><Icon name="call" /><span>{t('call_sender')} <bdi class="num">{localDigits(phone)}</bdi></span></a> : null;
}

function Lines({ lines }) {
  return (
    <ul class="rows">
      {lines.map(line => {
        const item = itemOfLine(line), amount = quantity => <bdi class="num">{amountWithUnit(quantity, item)}</bdi>;
        return (
          <li key={line.item} class="fact-row">
            <span class="row-name">{nameOf(item.name, line.item)}</span>
            <span class="fact big">{amount(line.sent)}
              {isTold(line) && <small>{t('came_n')} {amount(line.received)}{Number(line.spoiled) > 0 && <>{t('dot')}{t('of_it_spoiled')} {amount(line.spoiled)}</>}</small>}
              {Number(line.missing) > 0 && <small class="bad-text">{t('missing_n')} {amount(line.missing)}</small>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Whole numbers of what came and what of it is spoiled; an empty box is what was sent, and nothing spoiled. */
function Wrong({ lines, onDone }) {
  const [typed, setTyped] = useState({});
  const read = (line, box, empty) => {
    const text = typed[line.item + box];
    return text ? toBase(text, itemOfLine(line)) : empty;
  };
  const rows = lines.map(line => ({ line, quantity: read(line, 'came', Number(line.sent)), spoiled: read(line, 'spoiled', 0) }));
  const bad = rows.some(row => row.quantity === null || row.spoiled === null || row.spoiled > row.quantity);
  const box = (line, name, words, hint) => (
    <label class="number-field"><span class="field-label">{words}{name === 'came' && unitOf(itemOfLine(line)) && <small> ({unitOf(itemOfLine(line))})</small>}</span>
      <input class="number" name={`${line.item}|${name}`} type="text" inputmode="decimal" dir="ltr" autocomplete="off" maxlength={17} placeholder={localDigits(hint)}
        value={localDigits(typed[line.item + name] || '')} onInput={event => setTyped({ ...typed, [line.item + name]: plainDigits(event.currentTarget.value) })} /></label>
  );
  const send = () => {
    onDone();
    tell(rows.map(({ line, quantity, spoiled }) => ({
      item: line.item, quantity: String(quantity), spoiled: String(spoiled), ...(state.said?.[line.item] ? { corrects: state.said[line.item] } : {}),
    })));
  };
  return (
    <>
      <h2>{t('slip_how_much')}</h2>
      <p class="soft">{t('slip_leave_empty')}</p>
      {rows.map(({ line, quantity, spoiled }) => (
        <section class="card" key={line.item}>
          <div class="card-head"><b>{nameOf(itemOfLine(line).name, line.item)}</b><span>{t('sent_n')} <bdi class="num">{amountWithUnit(line.sent, itemOfLine(line))}</bdi></span></div>
          <div class="sheet-boxes">
            {box(line, 'came', t('came_n'), fromBase(line.sent, itemOfLine(line)))}
            {box(line, 'spoiled', t('of_it_spoiled'), '0')}
          </div>
          <p class="bad-text" role="status">{quantity === null || spoiled === null ? t('not_a_number') : spoiled > quantity ? t('slip_too_much')
            : quantity < Number(line.sent) ? <>{t('missing_n')} <bdi class="num">{amountWithUnit(Number(line.sent) - quantity, itemOfLine(line))}</bdi></> : ''}</p>
        </section>
      ))}
      <button type="button" class="button main tall" disabled={bad} onClick={send}><Icon name="check" /><span>{t('record')}</span></button>
      <Big icon="back" onClick={onDone}>{t('back')}</Big>
    </>
  );
}

/** What was tapped and is on its way. */
const Waiting = ({ lines }) => (
  <ul class="amounts">{lines.map(line => (
    <li key={line.item}>{nameOf(itemOfLine(line).name, line.item)}: {t('came_n')} <bdi class="num">{amountWithUnit(line.quantity, itemOfLine(line))}</bdi>
      {Number(line.spoiled) > 0 && <>{t('dot')}{t('of_it_spoiled')} <bdi class="num">{amountWithUnit(line.spoiled, itemOfLine(line))}</bdi></>}</li>
  ))}</ul>
);

function Ended() {
  return (
    <>
      <div class="note bad" role="alert"><Icon name="alert" /><div><strong>{t('slip_ended')}</strong> {t('slip_ended_next')}</div></div>
      {state.waiting && <section class="card"><p>{t('slip_not_sent')}</p><Waiting lines={state.waiting.lines} /></section>}
      <Call />
    </>
  );
}

function Slip() {
  const [wrong, setWrong] = useState(false);
  const { shipment } = state.view, { waiting, code, before } = state;
  const open = shipment.lines.filter(line => !isTold(line));
  const mine = shipment.lines.filter(line => state.said?.[line.item]);
  if (wrong) return <Wrong lines={open.length ? open : mine} onDone={() => setWrong(false)} />;
  return (
    <>
      <section class="card">
        <dl class="ends">
          <dt>{t('slip_from')}</dt><dd>{nameOf(shipment.fromName, shipment.from)}</dd>
          <dt>{t('slip_to')}</dt><dd>{nameOf(shipment.toName, shipment.to)}</dd>
        </dl>
        <p class="soft">{t('slip')} <bdi class="num">{shipment.slip}</bdi>{t('dot')}{t('sent_n')} {shortDay(shipment.sentDay)}{shipment.carrier?.includes('.') && <>{t('dot')}<bdi class="num">{shipment.carrier.split('.')[1]}</bdi></>}</p>
      </section>
      {waiting && (
        <div class="receipt is-waiting" role="status">
          <p><Icon name="phone" /> <b>{offline ? t('on_phone') : t('sending')}</b></p>
          <Waiting lines={waiting.lines} />
          {offline && <p class="soft">{t('will_be_sent')}</p>}
        </div>
      )}
      {!waiting && !open.length && (
        <div class={`receipt ${before ? '' : 'is-good'}`} role="status">
          <p><Icon name="check" /> <b>{before ? t('slip_told_before') : t('slip_told')}</b></p>
          {code && <p class="receipt-code"><span class="field-label">{t('receipt_number')}</span> <bdi class="num">{localDigits(code)}</bdi></p>}
          {code && <p class="soft">{t('slip_keep_number')}</p>}
        </div>
      )}
      <Lines lines={shipment.lines} />
      {!waiting && open.length > 0 && (
        <>
          <h2>{t('slip_question')}</h2>
          <Big kind="main" icon="check" onClick={() => tell(open.map(line => ({ item: line.item, quantity: String(line.sent) })))}>{t('all_came')}</Big>
          <Big icon="alert" onClick={() => setWrong(true)}>{t('something_wrong')}</Big>
        </>
      )}
      {!waiting && !open.length && mine.length > 0 && <Big icon="needle" onClick={() => setWrong(true)}>{t('correct_it')}</Big>}
      {!waiting && !open.length && !mine.length && state.view.phone && <p class="soft">{t('slip_not_right')}</p>}
      <Call />
    </>
  );
}

function Page() {
  const [, redraw] = useReducer(count => count + 1, 0);
  useLayoutEffect(() => { draw = redraw; return onLanguage(redraw); }, []); // at once: an answer may come before the first paint
  return (
    <main class="slip-page">
      <header><img src="/icon.svg" alt="" width="36" height="36" /><h1>{t('rasad')}</h1>
        {offline && <span class="badge waiting"><Icon name="wait" />{t('no_line')}</span>}</header>
      <div class="languages" role="group">{LANGUAGES.map(([code, name]) => (
        <button type="button" key={code} lang={code} aria-pressed={code === currentLanguage()} onClick={() => setLanguage(code)}>{name}</button>))}</div>
      {state.ended ? <Ended /> : state.view ? <Slip /> : offline
        ? <><p class="soft">{t('no_line')}</p><Big icon="forward" onClick={flush}>{t('try_again')}</Big></>
        : <p class="loading" role="status">{t('loading')}</p>}
    </main>
  );
}

carryWords(SLIP_WORDS);
applyLanguage();
if (state.ended && !state.waiting) state.ended = false; // it may be another time that was wrong: ask again
addEventListener('hashchange', () => location.reload());
addEventListener('online', flush);
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') flush(); });
render(<Page />, document.getElementById('app'));
flush();
navigator.serviceWorker?.register('/s/sw.js', { scope: '/s/' }).catch(() => {});
