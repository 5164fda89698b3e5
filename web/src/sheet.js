/* sheet.js - the one sheet: rows of people, places or items, one to three numbers each; what was typed stays typed.
 * Use:    <Sheet draft rows head build .../>; screens/sheets.js has one component per kind of entry.
 * Rules:  rows never move while someone types; paid numbers are never prefilled; each keystroke is kept at once. On a sheet
 *         that `sets`, a box is the day's number: typed again it corrects what was recorded; "+ more" adds; 0 takes it back.
 * Phone:  the active row is the question, with the keypad; the others are one line. Desk: all rows of an open group.
 * Keys:   Enter the next empty row, arrows the rows above and below, Tab the next box, + more, a letter finds a row,
 *         Ctrl+Enter records. */
import { Component } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { getDraft, putDraft } from './db.js';
import { amount, amountWithUnit, nameOf, number, plainDigits, plainText, t, toBase, unitOf } from './i18n.js';
import { bodyOf, record } from './outbox.js';
import { isTouch, itemName, itemOf, personCode, session, today, useAllThere, useOutbox, useWide } from './session.js';
import { Button, DayButton, Dialog, hold, Icon, Keypad, Note, Num, NumberBox, Receipt } from './ui.js';

const EMPTY = {};

/** What is typed on a sheet, kept at each keystroke: {row: {box: text}}; the row "head" is what stands above the rows. */
export function useDraft(key) {
  const full = `${personCode()}:${session.acting?.person || ''}:${key}`;
  const [, redraw] = useState(0);
  const kept = useRef({}).current;
  if (kept.key !== full) Object.assign(kept, { key: full, values: getDraft(full) });
  useEffect(() => { // rows that come back from the outbox
    const back = event => { if (event.detail === full) { kept.values = getDraft(full); redraw(count => count + 1); } };
    addEventListener('draft', back);
    return () => removeEventListener('draft', back);
  }, [full]);
  const put = values => {
    kept.values = values;
    putDraft(full, values);
    redraw(count => count + 1);
  };
  return {
    key: full,
    values: kept.values,
    row: row => kept.values[row] || EMPTY,
    set(row, box, text) {
      const values = { ...kept.values, [row]: { ...kept.values[row], [box]: text } };
      if (text === '' || text === undefined || text === null) delete values[row][box];
      if (!Object.keys(values[row]).length) delete values[row];
      put(values);
    },
    drop(rows) {
      const values = { ...kept.values };
      for (const row of rows) delete values[row];
      put(values);
    },
  };
}

const typed = values => Object.keys(values).some(key => key !== 'more');

const badBox = (row, values) => row.boxes.find(box => values[box.key] !== undefined && toBase(values[box.key], itemOf(box.item)) === null);

/** Numbers of a row in base units: {box: quantity}. */
const numbersOf = (row, values) => Object.fromEntries(row.boxes.map(box => [box.key, toBase(values[box.key] ?? '', itemOf(box.item)) ?? 0]));

/** "260 + 4" of a row, in words for a list. */
export function typedText(row, values) {
  const parts = row.boxes.filter(box => values[box.key] !== undefined)
    .map(box => `${row.boxes.length > 1 ? box.words + ' ' : ''}${amountWithUnit(toBase(values[box.key], itemOf(box.item)) ?? 0, itemOf(box.item))}`);
  return [...parts, ...(row.said?.(values) ? [row.said(values)] : [])].join(t('beside'));
}

export const lineRefused = (entry, key) =>
  Boolean(entry.receipt?.lines?.some(line => line.refusal && entry.keys[(line.line || 1) - 1] === key));

/** A sheet's key without whose draft it is: a phone is shared, the sheet is one. */
const sheetKey = key => (key || '').split(':').slice(2).join(':');

const stands = entry => entry.state !== 'refused' && !entry.undone;

/** The lines of the day of each row, as they stand: what the server said, and what this phone did since then.
 *  A line is {requestId, line, numbers, said, waiting}. */
function linesNow(rows, entries, key, atMs) {
  const now = new Map(rows.map(row => [row.key, [...(row.lines || [])]]));
  const takeOut = ref => ref && now.forEach((lines, row) => now.set(row, lines.filter(line => line.requestId !== ref.requestId || line.line !== ref.line)));
  const byKey = new Map(rows.map(row => [row.key, row]));
  for (const entry of entries) {
    if (!stands(entry) || (entry.state === 'recorded' && entry.settledMs <= atMs)) continue;
    if (entry.method.endsWith('/Reverse')) { bodyOf(entry).lines.forEach(takeOut); continue; }
    if (sheetKey(entry.draftKey) !== sheetKey(key) || !entry.keys) continue;
    entry.keys.forEach((each, i) => {
      const row = byKey.get(each);
      if (!row || lineRefused(entry, each)) return;
      takeOut(bodyOf(entry).lines[i]?.corrects);
      if (now.get(each).some(line => line.requestId === entry.id)) return;
      now.get(each).push({
        requestId: entry.id, line: i + 1, waiting: entry.state === 'waiting', numbers: numbersOf(row, entry.typed[each]), said: row.said?.(entry.typed[each]),
      });
    });
  }
  return now;
}

const EMPTY_LINES = [];

/** What a row has for the day, in words: "240 · 4 spoiled", or why nothing. */
function dayText(row, lines) {
  const parts = row.boxes.filter(box => !box.unsummed).map((box, i) => {
    const sum = lines.reduce((all, line) => all + (line.numbers[box.key] || 0), 0);
    return sum || (!i && !lines.some(line => line.said)) ? `${amount(sum, itemOf(box.item))}${i ? ' ' + box.words : ''}` : '';
  });
  return [...parts, lines.at(-1)?.said].filter(Boolean).join(t('beside'));
}

/** Draws again only when one of `mark` is another. */
class Still extends Component {
  shouldComponentUpdate(next) { return next.mark.some((each, i) => each !== this.props.mark[i]); }
  render({ children }) { return children(); }
}

function RowState({ row, lines, kept }) {
  if (lines.length) {
    const waiting = lines.some(line => line.waiting);
    return <span class={waiting ? 'row-waiting' : 'row-done'}><Icon name={waiting ? 'phone' : 'check'} />{dayText(row, lines)}</span>;
  }
  return kept.map(entry => (
    <span key={entry.id} class={entry.state === 'waiting' ? 'row-waiting' : 'row-done'}>
      <Icon name={entry.state === 'waiting' ? 'phone' : 'check'} />{entry.texts[entry.keys.indexOf(row.key)]}
    </span>
  ));
}

function SheetRow({ row, values, active, wide, lines, kept, now }) {
  const open = (wide || active) && !row.locked;
  const bad = badBox(row, values);
  const set = (box, text) => now.draft.set(row.key, box, text);
  const state = <RowState row={row} lines={lines} kept={kept} />;
  return (
    <li class={`sheet-row ${active ? 'is-active' : ''} ${typed(values) ? 'is-typed' : ''}`} data-row={row.key}>
      <button type="button" class="sheet-name" aria-expanded={open} tabIndex={wide && !row.locked ? -1 : undefined} onClick={() => now.open(row)}>
        {row.number > 0 && <Num class="register">{number(row.number)}</Num>}
        <span class="row-name">{row.name}</span>
        {!open && typed(values) ? <span class="row-typed"><Icon name="needle" />{typedText(row, values)}</span> : !wide && state}
        {!open && !typed(values) && !lines.length && !kept.length && row.hint}
      </button>
      {open && (
        <div class="sheet-facts">
          {row.facts}
          {wide && state}
          {lines.length > 0 && typed(values) && <span class="row-typed">{t(values.more ? 'adds_to_it' : 'replaces_it', { n: dayText(row, lines) })}</span>}
        </div>
      )}
      {open && (
        <div class="sheet-boxes">
          {row.boxes.map((box, index) => (
            <NumberBox key={box.key} name={`${row.key}|${box.key}`} words={box.words} same={index > 0 && box.item === row.boxes[0].item} label={`${row.name}, ${box.words}`} item={itemOf(box.item)}
              value={values[box.key]} onInput={text => set(box.key, text)} onNext={() => now.next(row)} onKey={event => now.key(event, row, index)} />
          ))}
        </div>
      )}
      {open && (lines.length > 0 || row.extra) && (
        <div class="sheet-acts">
          {now.sets && lines.length > 0 && <>
            <button type="button" class="button quiet" aria-pressed={Boolean(values.more)} onClick={() => now.more(row)}>{t('plus_more')}</button>
            <Button kind="quiet" icon="undo" onClick={() => now.takeBack(row)}>{t('take_back')}</Button>
          </>}
          {!(wide && lines.length) && row.extra?.(values, set, wide, () => now.next(row))}
        </div>
      )}
      {bad && <Note kind="bad" icon="alert">{t('not_a_number')}</Note>}
    </li>
  );
}

/** What the day comes to with what is typed, and how many rows have something. */
function sumsOf(rows, draft, lines) {
  const sums = new Map();
  let done = 0;
  for (const row of rows) {
    const values = draft.row(row.key);
    const there = lines.get(row.key) || EMPTY_LINES;
    if (typed(values) || there.length) done++;
    for (const box of row.boxes) {
      if (box.unsummed) continue;
      const written = typed(values) ? toBase(values[box.key] || '', itemOf(box.item)) ?? 0 : 0;
      const counted = !typed(values) || values.more ? there.reduce((all, line) => all + (line.numbers[box.key] || 0), 0) : 0;
      const key = `${box.words}|${box.item || ''}`;
      sums.set(key, { box, sum: (sums.get(key)?.sum || 0) + written + counted });
    }
  }
  const all = [...sums], alike = all.every(([, { box }]) => box.item === all[0][1].box.item); // of all kinds of goods nothing is no sum
  return { done, sums: all.filter(([, { sum }], i) => sum || !i && alike && all.every(each => !each[1].sum)) };
}

function Totals({ rows, draft, lines }) {
  const { done, sums } = sumsOf(rows, draft, lines);
  const byItem = rows[0]?.boxes.filter(box => !box.unsummed).length < 2; // else by what the boxes say
  return (
    <div class="totals" aria-live="polite">
      {rows.length > 1 && !rows.some(row => row.seldom) && <span class="totals-done">{t('n_of_m', { n: number(done), m: number(rows.length) })}</span>}
      {done > 0 && sums.length < 4 && sums.map(([key, { box, sum }]) => <span key={key}><b><Num>{amount(sum, itemOf(box.item))}</Num></b> {byItem ? itemName(box.item) : box.words}</span>)}
    </div>
  );
}

/** Type-ahead: the rows whose name or number begins or goes on like what is typed. */
function Find({ rows, input, onPick }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const sought = plainText(text);
  const found = sought ? rows.map(row => {
    const where = plainText(row.name).indexOf(sought);
    return { row, rank: String(row.number) === plainDigits(text) ? 0 : where < 0 ? 9 : where ? 2 : 1 };
  }).filter(each => each.rank < 9).sort((a, b) => a.rank - b.rank).slice(0, 8) : [];
  const pick = each => { setText(''); setAt(0); if (each) onPick(each.row); };
  function key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt(Math.max(0, Math.min(found.length - 1, at + step)));
    else if (event.key === 'Enter') pick(found[at]);
    else if (event.key === 'Escape') { setText(''); onPick(null); } else return;
    event.preventDefault();
  }
  return (
    <div class="sheet-find">
      <input ref={input} class="text" type="text" autocomplete="off" role="combobox" aria-expanded={found.length > 0} aria-controls="found" aria-label={t('find_by_name')}
        placeholder={t('find_by_name')} value={text} onInput={event => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={key} />
      {found.length > 0 && (
        <ul class="found" id="found" role="listbox">
          {found.map((each, i) => (
            <li key={each.row.key} role="option" aria-selected={i === at} class={i === at ? 'chosen' : ''} onPointerDown={event => { event.preventDefault(); pick(each); }}>
              {each.row.number > 0 && <Num class="register">{number(each.row.number)}</Num>} {each.row.name} {each.row.groupName && <small>{each.row.groupName}</small>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Rows of a village organisation, folded to one line until somebody opens it. */
function Group({ group, rows, open, draft, lines, onToggle, children }) {
  const { done, sums } = sumsOf(rows, draft, lines);
  return (
    <section class="sheet-group">
      <button type="button" class="group-head" aria-expanded={open} onClick={onToggle} data-group={group.key}>
        <span class="row-name">{group.name}</span>
        {sums[0] && sums[0][1].sum > 0 && <b><Num>{amount(sums[0][1].sum, itemOf(sums[0][1].box.item))}</Num></b>}
        <span class={done === rows.length ? 'row-done' : 'soft'}>{done === rows.length && <Icon name="check" />}{t('n_of_m', { n: number(done), m: number(rows.length) })}</span>
        <Icon name="down" class={open ? 'turned' : ''} />
      </button>
      {open && children}
    </section>
  );
}

const MANY_ROWS = 30;          // from here on a row is found faster by its name
const ODD = 3;                 // times what is usual: asked about once
const USUAL_ENTRIES = 7;

/** The median of the last numbers this phone recorded for a row, for sheets whose rows the server says nothing usual of. */
function usualHere(entries, word, row) {
  const box = row.boxes[0]?.key;
  const past = entries.filter(entry => entry.word === word && stands(entry) && entry.typed?.[row.key]?.[box] && entry.items?.[entry.keys.indexOf(row.key)] === row.boxes[0].item)
    .slice(-USUAL_ENTRIES).map(entry => toBase(entry.typed[row.key][box], itemOf(row.boxes[0].item))).sort((a, b) => a - b);
  return past.length < 3 ? 0 : past[past.length >> 1];
}

export function Sheet({ word, draft, rows, groups, head, day, onDay, maxDay, marks, strip, build, missing, action, showKept, sets, start, ready = true, atMs = 0, children }) {
  const wide = useWide();
  const there = useAllThere();
  const { entries } = useOutbox();
  const [active, setActive] = useState(null);
  const [last, setLast] = useState(null);
  const [doubt, setDoubt] = useState(null);
  const [opened, setOpened] = useState({});
  const form = useRef();
  const finder = useRef();
  const focusNext = useRef(null);
  const now = useRef({}).current;

  const lines = useMemo(() => sets ? linesNow(rows, entries, draft.key, atMs) : new Map(), [rows, entries, draft.key, atMs, sets]);
  const linesOf = row => lines.get(row.key) || EMPTY_LINES;

  // Rows seldom used stand behind a button; one with something on it never hides.
  const [all, setAll] = useState(false);
  const sole = rows.length === 1 ? rows[0].key : null;  // a single row stands open
  const seldom = row => row.seldom && !typed(draft.row(row.key)) && !linesOf(row).length && active !== row.key;
  const shownRows = all || rows.every(row => row.seldom) ? rows : rows.filter(row => !seldom(row));
  const folded = groups?.length > 1;
  const inOrder = folded ? groups.flatMap(group => shownRows.filter(row => row.under === group.key)) : shownRows;

  const ours = entries.filter(entry => entry.draftKey === draft.key && entry.keys);
  const keptOf = row => sets ? EMPTY_LINES : ours.filter(entry => entry.keys.includes(row.key) && stands(entry)
    && (entry.state === 'waiting' || (showKept && entry.state === 'recorded' && !lineRefused(entry, row.key))));
  const filled = rows.filter(row => typed(draft.row(row.key)));
  const shown = entries.find(entry => entry.id === last);
  const isEmpty = row => !row.locked && row.boxes.length && !typed(draft.row(row.key)) && !linesOf(row).length;

  const goTo = (row, box = 0) => {
    if (folded && !opened[row.under]) setOpened(before => ({ ...before, [row.under]: true }));
    setActive(row.key);
    focusNext.current = `${row.key}|${row.boxes[box].key}`;
  };
  const step = (row, box, by) => {
    const list = inOrder.filter(each => !folded || opened[each.under]);
    const to = list[list.indexOf(row) + by];
    if (to && !to.locked && to.boxes[box]) goTo(to, box);
  };
  Object.assign(now, {
    draft, sets,
    open: row => {
      if (row.locked) return;
      if (active === row.key && !wide) setActive(null);
      else if (row.boxes.length) goTo(row);
      else setActive(row.key);
    },
    next(row) {
      const at = inOrder.indexOf(row);
      const after = [...inOrder.slice(at + 1), ...inOrder.slice(0, at)].find(isEmpty);
      if (after) goTo(after);
      else document.activeElement?.blur();
    },
    more(row) {
      draft.set(row.key, 'more', draft.row(row.key).more ? '' : '1');
      focusNext.current = `${row.key}|${row.boxes[0].key}`;
    },
    key(event, row, box) {
      if (event.key === 'Enter' && event.ctrlKey) ask();
      else if (event.key === 'Enter') now.next(row);
      else if (event.key === 'ArrowDown') step(row, box, 1);
      else if (event.key === 'ArrowUp') step(row, box, -1);
      else if (event.key === '+' && sets && linesOf(row).length) now.more(row);
      else if (finder.current && /^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        now.from = `${row.key}|${row.boxes[box].key}`;
        finder.current.focus();
        return false;   // the letter itself is typed there
      } else return false;
      return true;
    },
    async takeBack(row) {
      const there = linesOf(row);
      await recordReversal(row, there);
      draft.drop([row.key]);
    },
  });

  // Before the next key can come: what is typed after Enter belongs to the next row.
  useLayoutEffect(() => {
    if (!focusNext.current) return;
    form.current.querySelector(`input[name="${CSS.escape(focusNext.current)}"]`)?.focus();
    focusNext.current = null;
  });
  // The sheet opens at the row it was called for, or the first that has nothing yet, once, before anything was touched or painted.
  useLayoutEffect(() => { setActive(null); setLast(null); now.begun = false; }, [draft.key]);
  useLayoutEffect(() => {
    const wanted = rows.find(row => row.key === start);
    if (now.begun || !there || !ready || !wanted && (!sets || folded || rows.length < 2)) return;
    now.begun = true;
    const first = wanted || inOrder.find(isEmpty);
    if (first && (wanted || !document.activeElement || document.activeElement === document.body)) goTo(first);
  });

  function recordReversal(row, refs) {
    return record({
      method: build([]).method.split('/')[0] + '/Reverse', word: 'taken_back', labels: [row.name], items: [row.boxes[0]?.item], texts: [dayText(row, refs)],
      route: location.hash, day, onBehalfOf: session.acting?.person, body: { lines: refs.map(({ requestId, line }) => ({ requestId, line })) },
    });
  }

  async function save() {
    setDoubt(null);
    const nothing = row => sets && !draft.row(row.key).noWork && Object.values(numbersOf(row, draft.row(row.key))).every(each => !each);
    // 0 takes the day's number back; of several lines the last is corrected and the others taken back.
    const gone = filled.filter(row => nothing(row) && linesOf(row).length && !draft.row(row.key).more);
    for (const row of filled) {
      const there = sets && !draft.row(row.key).more ? linesOf(row) : EMPTY_LINES;
      const back = gone.includes(row) ? there : there.slice(0, -1);
      if (back.length) await recordReversal(row, back);
    }
    const written = filled.filter(row => !nothing(row)).map(row => ({ row, values: draft.row(row.key) }));
    if (written.length) {
      const entry = build(written);
      written.forEach(({ row, values }, i) => {
        const old = sets && !values.more && linesOf(row).at(-1);
        if (old) entry.body.lines[i].corrects = { requestId: old.requestId, line: old.line };
      });
      setLast(await record({
        word, labels: written.map(line => line.row.name), items: written.map(line => line.row.boxes[0]?.item),
        keys: written.map(line => line.row.key), texts: written.map(line => typedText(line.row, line.values)),
        typed: Object.fromEntries(written.map(line => [line.row.key, line.values])), draftKey: draft.key, route: location.hash, day,
        onBehalfOf: session.acting?.person, ...entry,
      }));
    }
    draft.drop(filled.map(row => row.key));
    setActive(null);
    scrollTo({ top: 0 });
  }

  function oddText(row) {
    const values = draft.row(row.key);
    if (row.odd) return row.odd(values);
    const box = row.boxes[0];
    const usual = Number(row.usual || 0) || usualHere(entries, word, row);
    const value = toBase(values[box?.key] || '', itemOf(box?.item));
    return usual && value > ODD * usual ? `${amountWithUnit(value, itemOf(box.item))}? ${t('usual_is')} ${amount(usual, itemOf(box.item))}` : null;
  }

  const unsaid = sets && filled.find(row => row.asksWhy && !draft.row(row.key).noWork && !linesOf(row).length
    && Object.values(numbersOf(row, draft.row(row.key))).every(each => !each));
  const wrong = filled.some(row => badBox(row, draft.row(row.key)));
  const lack = unsaid ? `${unsaid.name}: ${t('no_work_why')}` : missing;

  function ask() {
    if (!filled.length || wrong || lack) return undefined;
    const odd = filled.map(row => ({ row, text: oddText(row) })).filter(each => each.text);
    if (odd.length) return setDoubt(odd);
    return save();
  }

  /** Refused lines go back onto the sheet, to be sent under a new id. */
  function again(entry) {
    entry.keys.forEach((key, index) => {
      if (entry.state === 'refused' || lineRefused(entry, key)) {
        for (const [box, text] of Object.entries(entry.typed[entry.keys[index]])) draft.set(key, box, text);
      }
    });
    setLast(null);
  }

  const rowOf = row => {
    const values = draft.row(row.key);
    const isActive = active === row.key || row.key === sole;
    const there = linesOf(row);
    const kept = keptOf(row);
    return (
      <Still key={row.key} mark={[row, values, isActive, wide, there, kept.length ? entries : null, sets]}>
        {() => <SheetRow row={row} wide={wide} active={isActive} values={values} lines={there} kept={kept} now={now} />}
      </Still>
    );
  };
  // Where all rows ask the same, the words stand once above them.
  const asked = row => row.boxes.map(box => box.words + unitOf(itemOf(box.item))).join('|');
  const columns = wide && rows.length > 1 && rows.every(row => asked(row) === asked(rows[0]));
  const toggle = group => {
    const open = !opened[group.key];
    setOpened(before => ({ ...before, [group.key]: open }));
    const first = open && (inOrder.find(row => row.under === group.key && isEmpty(row)) || inOrder.find(row => row.under === group.key));
    if (first) goTo(first);
  };
  return (
    <div class={`sheet ${there ? '' : 'not-yet'} ${columns ? 'has-columns' : ''} ${sets || rows.some(row => row.extra) ? '' : 'no-acts'}`} ref={form}>
      {!there && <p class="loading" role="status">{t('loading')}</p>}
      {head && <div class="sheet-head">{head}{day && <DayButton value={day} max={maxDay || today()} onChange={onDay} marks={marks} />}</div>}
      {strip}
      {shown && <Receipt entry={shown} onAgain={() => again(shown)} />}
      {children}
      {rows.length > MANY_ROWS && <Find rows={inOrder} input={finder} onPick={row => row ? goTo(row) : now.from && form.current.querySelector(`input[name="${CSS.escape(now.from)}"]`)?.focus()} />}
      {columns && (
        <div class="sheet-columns" aria-hidden="true"><span class="sheet-boxes">{rows[0].boxes.map((box, i) => <span key={box.key}>{box.words} {!(i && box.item === rows[0].boxes[0].item) && unitOf(itemOf(box.item)) && <small>({unitOf(itemOf(box.item))})</small>}</span>)}</span></div>
      )}
      {folded ? groups.map(group => {
        const inside = shownRows.filter(row => row.under === group.key);
        return inside.length > 0 && (
          <Group key={group.key} group={group} rows={inside} open={Boolean(opened[group.key])} draft={draft} lines={lines} onToggle={() => toggle(group)}>
            <ul class="sheet-rows">{inside.map(rowOf)}</ul>
          </Group>
        );
      }) : <ul class="sheet-rows">{shownRows.map(rowOf)}</ul>}
      {shownRows.length < rows.length && <button type="button" class="button quiet all-rows" onClick={() => setAll(true)}>{t('all_items')}<Icon name="down" /></button>}
      <footer class="sheet-foot">
        {lack && filled.length > 0 && <p class="missing" role="status">{lack}</p>}
        <Keypad>
          <Totals rows={rows} draft={draft} lines={lines} />
          <div class="sheet-record" onMouseDown={isTouch() ? hold : undefined}><Button kind="main" icon="check" disabled={!filled.length || wrong || Boolean(lack)} onClick={ask}>{action || t('record')}</Button></div>
        </Keypad>
      </footer>
      {doubt && (
        <Dialog title={t('is_this_right')} onClose={() => setDoubt(null)}>
          <ul class="lines">{doubt.map(({ row, text }) => <li key={row.key}><Icon name="alert" /><div><b>{row.name}</b> <span class="big">{text}</span></div></li>)}</ul>
          <div class="buttons"><Button kind="main" icon="check" onClick={save}>{t('yes_record')}</Button><Button onClick={() => setDoubt(null)}>{t('look_again')}</Button></div>
        </Dialog>
      )}
    </div>
  );
}

/** Rows of a sheet whose rows are items. */
export const itemRow = (view, boxes, rest) => ({ key: view.item.code, name: nameOf(view.item.name, view.item.code), boxes, ...rest });
