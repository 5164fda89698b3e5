/* ui.js - the few parts all screens are made of: icons, buttons, choices, days, places, number boxes, receipts. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { reasonOf } from './api.js';
import { Icon } from './icon.js';
import { address } from './route.js';
import {
  addDays, amount, amountWithUnit, dayOfMonth, dayText, factorOf, localDigits, monthOf, monthText, nameOf, number, plainDigits, plainText, shortDay, t, unitOf,
  weekColumn, weekday, instantText,
} from './i18n.js';
import { goods, here, isTouch, itemName, itemOf, placeName, placeOf, session, today, useOutbox, useRead, useWide, workDay } from './session.js';
import { isOld, momentOf } from './outbox.js';

export { Icon };

// ---- words and numbers

/** Numbers, codes and phones keep their own direction inside a Persian sentence. */
export const Num = ({ children, class: extra }) => <bdi class={`num ${extra || ''}`}>{children}</bdi>;
/** A number and its unit read as the page does, also below zero. */
export const Amount = ({ of, item, unit = true }) => <span class="num">{(unit ? amountWithUnit : amount)(of, itemOf(item))}</span>;

/** What is under way is not begun a second time: a double tap is one tap. */
export function Button({ icon, children, kind = '', onClick, disabled, ...rest }) {
  const [busy, setBusy] = useState(false);
  const under = useRef(false);
  async function click() {
    const doing = under.current ? null : onClick?.();
    if (!doing?.then) return;
    under.current = true;
    setBusy(true);
    try { await doing; } finally { under.current = false; setBusy(false); }
  }
  return <button type="button" class={`button ${kind}`} disabled={disabled || busy} onClick={click} {...rest}>{icon && <Icon name={icon} />}<span>{children}</span></button>;
}

export const Note = ({ kind = '', icon, children, role }) => (
  <div class={`note ${kind}`} role={role}>{icon && <Icon name={icon} />}<div>{children}</div></div>
);

export const Section = ({ title, children, aside }) => (
  <section class="section">
    {title && <header class="section-head"><h2>{title}</h2>{aside}</header>}
    {children}
  </section>
);

export const Badge = ({ kind, icon, children }) => <span class={`badge ${kind || ''}`}>{icon && <Icon name={icon} />}{children}</span>;

/** Where the numbers of a screen come from when the server has not answered: from when, or that there are none. */
export function Freshness({ read }) {
  if (!read.error) return read.data ? null : <p class="loading" role="status">{t('loading')}</p>;
  if (read.data) return <Note kind="quiet" icon="wait">{t('as_of', { time: instantText(read.atMs) })}</Note>;
  if (read.offline) return <Note kind="quiet" icon="wait">{t('no_line_no_numbers')}</Note>;
  return <Note kind="bad" icon="alert"><RefusalText refusal={read.error.refusals?.[0] || {}} message={read.error.message} /></Note>;
}

export const Empty = ({ children }) => <p class="empty">{children}</p>;

const REASONS_WITH_WORDS = /^(MISSING|BAD_FORMAT|OUT_OF_RANGE|UNKNOWN_CODE|WRONG_KIND|TWICE|EXISTS|NOT_YOURS|NOT_ENOUGH|FUTURE_DAY|ALREADY_REVERSED|NOT_REVERSIBLE|REQUEST_ID_USED|NOT_SIGNED_IN|WRONG_PASSWORD|TOO_MANY_TRIES|ON_HOLD|SAME_PERSON|STATE|LOOP|NOTHING_TO_DO|SET_ASIDE|TOO_MANY_LOTS|ALL_REFUSED)$/;

/** Why, what there is, what was needed, and the next step. */
export function RefusalText({ refusal, message, item }) {
  const reason = reasonOf(refusal);
  const known = REASONS_WITH_WORDS.test(reason);
  const shown = value => /^\d+$/.test(value) ? item ? amountWithUnit(value, itemOf(item)) : number(value) : !known && value;
  return (
    <span class="refusal">
      <strong>{known ? t('reason_' + reason) : refusal.message || message || t('failed')}</strong>
      {shown(refusal.have) && <span> {t('there_is')} <Num>{shown(refusal.have)}</Num>.</span>}
      {shown(refusal.need) && <span> {t('needed')} <Num>{shown(refusal.need)}</Num>.</span>}
      <span> {known ? t('next_' + reason) : refusal.next || t('next_call')}</span>
    </span>
  );
}

// ---- choices

/** Options: [value, words, icon]. */
export const Choice = ({ options, value, onChange, label }) => (
  <div class="choice" role="radiogroup" aria-label={label}>
    {options.map(([each, words, icon]) => (
      <button type="button" key={each} role="radio" aria-checked={each === value} class={each === value ? 'chosen' : ''}
        onClick={() => onChange(each)}>{icon && <Icon name={icon} />}{words}</button>
    ))}
  </div>
);

export const Field = ({ label, children }) => <label class="field"><span class="field-label">{label}</span>{children}</label>;

export const TextBox = ({ value, onInput, ...rest }) => (
  <input class="text" type="text" autocomplete="off" value={value || ''} onInput={event => onInput(event.currentTarget.value)} {...rest} />
);

/** One of many: the first few stand open, the others behind a button. The chosen one is always among the open. */
export function FewChoice({ options, value, onChange, label, few = matchMedia('(min-width: 760px)').matches ? 7 : 3 }) {
  const [open, setOpen] = useState(false);
  if (options.length <= few + 1) return <Choice label={label} options={options} value={value} onChange={onChange} />;
  const first = options.slice(0, few);
  const chosen = options.find(([each]) => each === value);
  const shown = !chosen || first.includes(chosen) ? first : [...first.slice(0, -1), chosen];
  return (
    <div class="few">
      <Choice label={label} options={shown} value={value} onChange={onChange} />
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>{t('more_choices')}<Icon name="down" /></button>
      {open && <Dialog title={label} onClose={() => setOpen(false)}>
        <Choice label={label} options={options} value={value} onChange={each => { setOpen(false); onChange(each); }} />
      </Dialog>}
    </div>
  );
}

/** One of many as one button, where there is no room for more. */
export function PickButton({ options, value, onChange, label }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button pick" aria-label={`${label}: ${options.find(([each]) => each === value)?.[1] || ''}`} onClick={() => setOpen(true)}>
        <span>{options.find(([each]) => each === value)?.[1] || t('choose')}</span><Icon name="down" />
      </button>
      {open && <Dialog title={label} onClose={() => setOpen(false)}>
        <Choice label={label} options={options} value={value} onChange={each => { setOpen(false); onChange(each); }} />
      </Dialog>}
    </>
  );
}

export function ItemChoice({ items, value, onChange }) {
  const options = items.map(view => [view.item.code, nameOf(view.item.name, view.item.code)]);
  const Parts = useWide() ? FewChoice : PickButton;
  return items.length < 2 && value === items[0]?.item.code ? null : <Parts label={t('item')} value={value} onChange={onChange} options={options} />;
}

export function usePlainHash() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => setHash(location.hash);
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return hash;
}

/** A dialog over the screen; the browser keeps the focus inside it. */
export function Dialog({ title, onClose, children }) {
  const ref = useRef();
  useEffect(() => { ref.current.showModal(); }, []);
  return (
    <dialog ref={ref} class="dialog" onClose={onClose} onClick={event => event.target === ref.current && onClose()}>
      <div class="dialog-body">
        <header class="dialog-head"><h2>{title}</h2><button type="button" class="plain" aria-label={t('close')} onClick={onClose}><Icon name="cross" /></button></header>
        {children}
      </div>
    </dialog>
  );
}

// ---- days

/** Marks of a day, never a colour alone: all done, some, nothing, holiday. */
const MARKS = { full: '✓', part: '/', holiday: '–', none: '' };
export const DayMark = ({ mark }) => mark && MARKS[mark] ? <span class={`day-mark ${mark}`} role="img" aria-label={t('day_' + mark)}>{MARKS[mark]}</span> : <span class="day-mark" />;

/** `marks` is a hook: (first, last) -> {day: mark}. */
function MonthGrid({ value, onChange, max, marks }) {
  const [shown, setShown] = useState(value);
  const days = monthOf(shown);
  const marked = marks?.(days[0], max && days.at(-1) > max ? max < days[0] ? days[0] : max : days.at(-1)) || {};
  return (
    <div class="month">
      <div class="month-head">
        <button type="button" class="plain" aria-label={t('month_before')} onClick={() => setShown(addDays(days[0], -1))}><Icon name="back" /></button>
        <strong>{monthText(shown)}</strong>
        <button type="button" class="plain" aria-label={t('month_after')} onClick={() => setShown(addDays(days.at(-1), 1))}><Icon name="forward" /></button>
      </div>
      <div class="month-grid">
        {days.slice(0, 7).map(day => <span class={`month-name column-${weekColumn(day)}`} key={'n' + day}>{weekday(day)}</span>)}
        {days.map(day => (
          <button type="button" key={day} disabled={max && day > max} class={`column-${weekColumn(day)} ${day === value ? 'chosen' : ''} ${day === today() ? 'today' : ''}`}
            aria-label={marks ? undefined : dayText(day)} onClick={() => onChange(day)}>{dayOfMonth(day)} {marks && <DayMark mark={marked[day]} />}</button>
        ))}
      </div>
      {marks && <p class="soft month-key">{['full', 'part', 'none', 'holiday'].map(mark => <span key={mark}><DayMark mark={mark} /> {t('day_' + mark)}</span>)}</p>}
    </div>
  );
}

/** A button that says the day and opens a month. */
export function DayButton({ value, onChange, max, label, short, marks }) {
  const [open, setOpen] = useState(false);
  const shown = value === today() ? (short ? t('today') : `${t('today')}${t('dot')}${shortDay(value)}`) : short ? shortDay(value) : dayText(value);
  return (
    <>
      <button type="button" class="button day-button" aria-label={`${label || t('day')}: ${shown}`} onClick={() => setOpen(true)}>
        <Icon name="calendar" /><span>{shown}</span><Icon name="down" />
      </button>
      {open && <Dialog title={label || t('day')} onClose={() => setOpen(false)}>
        <MonthGrid value={value} max={max} marks={marks} onChange={day => { setOpen(false); onChange(day); }} />
      </Dialog>}
    </>
  );
}

/** The last days at a glance; a tap goes there. */
export function DayStrip({ value, onChange, max, days, marks }) {
  const first = addDays(max, 1 - days);
  const marked = marks(first, max);
  return (
    <div class="day-strip" role="group" aria-label={t('day')}>
      {Array.from({ length: days }, (_, i) => addDays(first, i)).map(day => (
        <button type="button" key={day} aria-pressed={day === value} onClick={() => onChange(day)}>
          <span>{weekday(day)}</span> <b>{dayOfMonth(day)} <DayMark mark={marked[day]} /></b>
        </button>
      ))}
    </div>
  );
}

/** From and to; the usual ones by one tap. */
export function PeriodChoice({ from, to, onChange }) {
  const now = today();
  const usual = [['day', now], ['week', addDays(now, -6)], ['month', addDays(now, -29)], ['year', addDays(now, -364)]];
  const found = usual.find(([, first]) => first === from && to === now);
  const [own, setOwn] = useState(!found);
  return (
    <div class="period">
      <Choice label={t('period')} value={own ? 'own' : found?.[0]} options={[...usual, ['own']].map(([key]) => [key, t('period_' + key)])}
        onChange={key => { setOwn(key === 'own'); if (key !== 'own') onChange(usual.find(each => each[0] === key)[1], now); }} />
      {own && (
        <div class="period-days">
          <DayButton short label={t('from_day')} value={from} max={to} onChange={day => onChange(day, to)} />
          <DayButton short label={t('to_day')} value={to} max={now} onChange={day => onChange(from > day ? day : from, day)} />
        </div>
      )}
    </div>
  );
}

// ---- places

export function PlaceList({ parent, fits = () => true, onPick, onOpen, sought }) {
  const below = useRead('Registry/ListPlaces', sought ? { parent, allBelow: true, limit: 500 } : { parent, limit: 500 }, {});
  const wanted = (below.data?.places || []).filter(place => !place.closed
    && (!sought || plainText(`${nameOf(place.name, place.code)} ${place.name?.en} ${place.code}`).includes(plainText(sought))));
  return (
    <>
      <Freshness read={below} />
      <ul class="rows">
        {wanted.map(place => (
          <li key={place.code} class="row-pair">
            <button type="button" class="row-button" disabled={!fits(place) && !place.hasBelow}
              onClick={() => fits(place) ? onPick(place) : onOpen(place)}>
              <span class="row-name">{nameOf(place.name, place.code)}</span><span class="row-note">{kindName(place.kind)}</span>
            </button>
            {place.hasBelow && <button type="button" class="plain" aria-label={t('look_inside')} onClick={() => onOpen(place)}><Icon name="forward" /></button>}
          </li>
        ))}
      </ul>
      {below.data && !wanted.length && <Empty>{t('nothing_here')}</Empty>}
    </>
  );
}

let kinds = new Map();
export const learnKinds = list => { kinds = new Map(list.map(kind => [kind.code, kind])); };
export const kindName = code => nameOf(kinds.get(code)?.label, code);
export const allKinds = () => [...kinds.values()];

/** The places around one's own, from the top down to two steps above it: where the next dealer or kitchen is. */
function around() {
  const path = placeOf(here()).path || [];
  return ['', ...path.slice(1).reverse(), ...(path.length === 1 ? path : [])];
}

/** Chooses a place by walking down, or by a part of its name: below `root`, else among those around one's own. */
export function PlacePicker({ value, onChange, label, fits = () => true, root, empty, named }) {
  const [open, setOpen] = useState(false);
  const [path, setPath] = useState(() => root === undefined ? around() : [root]);
  const [sought, setSought] = useState('');
  const pick = place => { setOpen(false); onChange(place.code); };
  if (root && value === root && placeOf(root).name && !placeOf(root).hasBelow) return null;  // nothing to choose from
  return (
    <>
      <button type="button" class={`button place-button ${value ? '' : 'unset'}`} aria-label={`${label}: ${value ? placeName(value) : empty || t('choose')}`}
        onClick={() => setOpen(true)}>
        <Icon name="home" /><span>{named && <small>{label}: </small>}{value ? placeName(value) : empty || t('choose')}</span><Icon name="down" />
      </button>
      {open && <Dialog title={label} onClose={() => setOpen(false)}>
        <TextBox value={sought} placeholder={t('find_by_name')} aria-label={t('find_by_name')} onInput={setSought} />
        {path.length > 1 && !sought && <Button icon="back" kind="quiet" onClick={() => setPath(path.slice(0, -1))}>{placeName(path.at(-1))}</Button>}
        <PlaceList key={path.at(-1) + Boolean(sought)} parent={path.at(-1)} sought={sought} fits={fits} onPick={pick}
          onOpen={place => { setSought(''); setPath([...path, place.code]); }} />
      </Dialog>}
    </>
  );
}

// ---- number boxes and their keypad

let activeBox = null;
const padListeners = new Set();
function setActiveBox(box) {
  activeBox = box;
  padListeners.forEach(listener => listener());
}

export function NumberBox({ value, onInput, onNext, onKey, item, label, name, words, same }) {
  const input = useRef();
  const box = useRef({}).current;
  Object.assign(box, { value, onInput, onNext, input, whole: !item || factorOf(item) === 1 });
  useEffect(() => () => { if (activeBox === box) setActiveBox(null); }, []);
  const unit = item && unitOf(item);
  return (
    <label class="number-field">
      <span class="field-label">{words || label}{unit && !same && <small> ({unit})</small>}</span>
      <input ref={input} class="number" type="text" dir="ltr" autocomplete="off" name={name} aria-label={unit ? `${label}, ${unit}` : label}
        inputmode={isTouch() ? 'none' : 'decimal'} maxlength={17} value={localDigits(value || '')}
        onInput={event => {
          const text = plainDigits(event.currentTarget.value);
          onInput(text);
          event.currentTarget.value = localDigits(text);
        }}
        onKeyDown={event => {
          if (onKey ? onKey(event) : event.key === 'Enter' && (onNext?.(), true)) event.preventDefault();
        }}
        onFocus={() => setActiveBox(box)}
        onBlur={() => { if (activeBox === box) setTimeout(() => { if (activeBox === box && document.activeElement !== input.current) setActiveBox(null); }); }} />
    </label>
  );
}

/** What is pressed beside a box leaves it the focus: else the keypad goes, and what is under the finger with it. */
export const hold = event => event.preventDefault();

/** The strip of days that stays above ends between two rows: of what it half covers a finger would hit the strip. */
function betweenRows() {
  const strip = document.querySelector('.day-strip')?.getBoundingClientRect();
  if (!strip || strip.top > 0) return;
  const rows = [...document.querySelectorAll('.sheet-row')];
  const gap = parseFloat(rows.length && getComputedStyle(rows[0].parentElement).rowGap) || 0;
  const offs = rows.map(row => row.getBoundingClientRect().top - strip.bottom - gap);
  scrollBy(0, offs.sort((a, b) => Math.abs(a) - Math.abs(b))[0] || 0);
}

/** The keypad of touch screens; it types into the box that has the focus. Beside the digits, or alone: its children. */
export function Keypad({ children }) {
  const [, redraw] = useState(0);
  useLayoutEffect(() => {
    const listener = () => redraw(count => count + 1);
    padListeners.add(listener);
    return () => padListeners.delete(listener);
  }, []);
  useLayoutEffect(() => { // before it is painted: else the row opens first and all below it jumps
    document.documentElement.classList.toggle('with-keypad', Boolean(activeBox) && isTouch());
    if (activeBox && isTouch()) {
      (activeBox.input.current?.closest('.sheet-row') || activeBox.input.current)?.scrollIntoView({ block: 'center', behavior: 'auto' });
      betweenRows();
    }
    return () => document.documentElement.classList.remove('with-keypad');
  }, [activeBox]);
  if (!activeBox || !isTouch()) return children ? <div class="pad-side alone">{children}</div> : null;
  const type = text => activeBox.onInput(plainDigits((activeBox.value || '') + text).slice(0, 17));
  const key = (words, act, extra) => <button type="button" tabIndex={-1} onPointerDown={hold} onMouseDown={hold} onClick={act} {...extra}>{words}</button>;
  const digit = text => key(localDigits(text), () => type(text));
  const erase = key(<Icon name="erase" class="unmirrored" />, () => activeBox.onInput((activeBox.value || '').slice(0, -1)), { 'aria-label': t('erase') });
  return (
    <div class="keypad" role="group" aria-label={t('keypad')}>
      <div class="keypad-digits" dir="ltr">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(digit)}
        {erase}{digit('0')}
        {key(t('next'), () => activeBox.onNext ? activeBox.onNext() : activeBox.input.current.blur(), { class: 'keypad-next' })}
      </div>
      <div class="pad-side">
        {!activeBox.whole && digit('.')}
        {children}
      </div>
    </div>
  );
}

// ---- what became of an entry

export function EntryState({ entry }) {
  const { sending } = useOutbox();
  if (entry.state === 'waiting') {
    const [icon, word] = entry.id === sending ? ['wait', 'sending'] : entry.sentMs && session.online ? ['wait', 'no_receipt_yet'] : ['phone', 'on_phone'];
    return <><Badge kind="waiting" icon={icon}>{t(word)}</Badge>{isOld(entry) && <Badge kind="bad" icon="alert">{t('waits_since', { time: shortDay(workDay(momentOf(entry))) })}</Badge>}</>;
  }
  if (entry.state === 'refused' || entry.refused) return <Badge kind="bad" icon="alert">{entry.refused ? t('n_lines_need_you', { n: number(entry.refused) }) : t('needs_you')}</Badge>;
  return <Badge kind="good" icon="check">{t('recorded')}</Badge>;
}

export const ReceiptCode = ({ code }) => code ? <span class="receipt-code"><span class="field-label">{t('receipt_number')}</span><Num>{localDigits(code)}</Num></span> : null;

/** Refused lines and their next step, sack numbers to write down, what the books lacked. */
export function EntryLines({ entry }) {
  if (entry.state === 'refused') {
    const list = entry.refusals?.length ? entry.refusals : [{ message: entry.message }];
    return (
      <ul class="lines">
        {list.map((refusal, i) => (
          <li key={i} class="bad"><Icon name="alert" />
            <div>{refusal.line > 0 && entry.labels?.[refusal.line - 1] && <b>{entry.labels[refusal.line - 1]}: </b>}
              <RefusalText refusal={refusal} message={entry.message} item={entry.items?.[refusal.line - 1]} /></div></li>
        ))}
      </ul>
    );
  }
  const lines = entry.receipt?.lines || [];
  const shown = lines.filter(line => line.refusal || line.number || Number(line.shortfall) || Number(line.quantity));
  if (!shown.length) return null;
  return (
    <ul class="lines">
      {shown.map(line => {
        const index = (line.line || 1) - 1;
        const item = entry.items?.[index];
        return (
          <li key={line.line} class={line.refusal ? 'bad' : ''}>
            <Icon name={line.refusal ? 'alert' : line.number ? 'sack' : 'check'} />
            <div>
              <b>{entry.labels?.[index]}</b>{' '}
              {line.refusal && <RefusalText refusal={line.refusal} item={item} />}
              {line.number && <span class="sack-number">{t(entry.numberWord || 'write_on_sack')} <Num>{localDigits(line.number)}</Num></span>}
              {Number(line.shortfall) > 0 && <span class="soft"> {t('books_lacked', { amount: amountWithUnit(line.shortfall, itemOf(item)) })}</span>}
              {Number(line.quantity) !== 0 && entry.quantityWord && <span> {t(entry.quantityWord)} <Amount of={line.quantity} item={item} /></span>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** What of an entry goes on paper: a slip at once, the rest with its numbers. */
function paperOf(entry) {
  if (entry.state === 'refused') return null;
  if (entry.method === 'Distribution/Send') return ['paper_slip', { slip: entry.slip }];
  if (entry.state !== 'recorded') return null;
  if (entry.method === 'Production/HandIn') return ['paper_labels', { entry: entry.id }];
  return entry.method === 'Materials/Receive' ? ['paper_receipt', { entry: entry.id }] : null;
}

export function Receipt({ entry, onAgain }) {
  const paper = paperOf(entry);
  const bad = entry.state === 'refused' || entry.refused > 0;
  return (
    <div class={`receipt ${entry.state === 'waiting' ? 'is-waiting' : bad ? 'is-bad' : 'is-good'}`} role="status">
      <div class="receipt-head">
        <EntryState entry={entry} />
        <span class="soft">{t('n_lines', { n: number(entry.labels?.length || 0) })}</span>
        <ReceiptCode code={entry.receipt?.receiptCode} />
      </div>
      {entry.onBehalfOf && entry.receipt && <p class="soft">{t('read_to_caller')}</p>}
      {entry.state === 'waiting' && <p class="soft">{t('will_be_sent')}</p>}
      <EntryLines entry={entry} />
      {paper && <a class="button" href={address('print', paper[1])}><Icon name="slip" /><span>{t(paper[0])}</span></a>}
      {bad && onAgain && <Button icon="needle" onClick={onAgain}>{t('correct_it')}</Button>}
    </div>
  );
}

export const goodsOptions = () => goods().map(view => [view.item.code, itemName(view.item.code)]);
export const ownOr = place => place || here();
export const greeting = () => session.acting?.name || session.me?.name || '';
