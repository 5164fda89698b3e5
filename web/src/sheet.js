/* sheet.js - the one sheet: rows of people, places or items, one to three numbers each; what was typed stays typed.
 * Use:    <Sheet draftKey rows boxes head build .../>; screens/sheets.js has one component per kind of entry.
 * Rules:  rows never move while someone types; paid numbers are never prefilled; each keystroke is kept at once;
 *         a row that is on the phone or recorded says so, and is typed again only to correct or to add. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { getDraft, putDraft } from './db.js';
import { amountWithUnit, nameOf, number, t, toBase } from './i18n.js';
import { record } from './outbox.js';
import { itemOf, personCode, session, today, useOutbox, useWide } from './session.js';
import { Button, DayButton, Dialog, Icon, Keypad, Note, Num, NumberBox, Receipt } from './ui.js';

/** What is typed on a sheet, kept at each keystroke: {row: {box: text}}; the row "head" is what stands above the rows. */
export function useDraft(key) {
  const full = `${personCode()}:${session.acting?.person || ''}:${key}`;
  const [, redraw] = useState(0);
  const kept = useRef({}).current;
  if (kept.key !== full) Object.assign(kept, { key: full, values: getDraft(full) });
  const put = values => {
    kept.values = values;
    putDraft(full, values);
    redraw(count => count + 1);
  };
  return {
    key: full,
    values: kept.values,
    row: row => kept.values[row] || {},
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

const typed = values => Object.keys(values).some(key => key !== 'correct');

function badBox(row, values) {
  return row.boxes.find(box => values[box.key] !== undefined && toBase(values[box.key], itemOf(box.item)) === null);
}

/** "260 + 4" of a row, in words for a list. */
export function typedText(row, values) {
  const parts = row.boxes.filter(box => values[box.key] !== undefined)
    .map(box => `${row.boxes.length > 1 ? box.words + ' ' : ''}${amountWithUnit(toBase(values[box.key], itemOf(box.item)) ?? 0, itemOf(box.item))}`);
  return [...parts, ...(row.said?.(values) ? [row.said(values)] : [])].join(' · ');
}

function RowState({ row, kept }) {
  return (
    <>
      {row.done && <span class="row-done"><Icon name="check" />{row.done}</span>}
      {kept.map(entry => (
        <span key={entry.id} class={entry.state === 'waiting' ? 'row-waiting' : 'row-done'}>
          <Icon name={entry.state === 'waiting' ? 'phone' : 'check'} />{entry.texts[entry.keys.indexOf(row.key)]}
        </span>
      ))}
    </>
  );
}

function SheetRow({ row, values, active, wide, kept, onOpen, onSet, onNext }) {
  const open = (wide || active) && !row.locked;
  const bad = badBox(row, values);
  const shut = row.done && !row.addable && !values.correct;
  return (
    <li class={`sheet-row ${active ? 'is-active' : ''} ${typed(values) ? 'is-typed' : ''}`} data-row={row.key}>
      <button type="button" class="sheet-name" aria-expanded={open} onClick={onOpen}>
        {row.number > 0 && <Num class="register">{number(row.number)}</Num>}
        <span class="row-name">{row.name}</span>
        {!open && typed(values) && <span class="row-typed"><Icon name="needle" />{typedText(row, values)}</span>}
        <RowState row={row} kept={kept} />
        {!open && !typed(values) && !row.done && !kept.length && <Icon name="down" class="soft" />}
      </button>
      {open && row.facts && <div class="sheet-facts">{row.facts}</div>}
      {open && shut && row.correctable && <Button kind="quiet" icon="needle" onClick={() => onSet('correct', '1')}>{t('correct_it')}</Button>}
      {open && !shut && (
        <div class="sheet-boxes">
          {row.boxes.map((box, index) => (
            <NumberBox key={box.key} name={`${row.key}|${box.key}`} words={box.words} label={`${row.name}, ${box.words}`} item={itemOf(box.item)}
              value={values[box.key]} onInput={text => onSet(box.key, text)} onNext={() => onNext(index)} />
          ))}
        </div>
      )}
      {open && !shut && row.extra?.(values, onSet)}
      {bad && <Note kind="bad" icon="alert">{t('not_a_number')}</Note>}
      {values.correct && <Note kind="quiet" icon="needle">{t('typing_corrects')}</Note>}
    </li>
  );
}

function Totals({ rows, draft }) {
  const sums = new Map();
  let filled = 0;
  for (const row of rows) {
    const values = draft.row(row.key);
    if (typed(values)) filled++;
    for (const box of row.boxes) {
      const value = toBase(values[box.key] || '', itemOf(box.item));
      if (value === null || box.unsummed) continue;
      const key = `${box.words}|${box.item || ''}`;
      sums.set(key, { box, sum: (sums.get(key)?.sum || 0) + value });
    }
  }
  return (
    <div class="totals" aria-live="polite">
      <span>{t('n_rows', { n: number(filled) })}</span>
      {sums.size < 4 && [...sums].map(([key, { box, sum }]) => <span key={key}>{box.words} <b><Num>{amountWithUnit(sum, itemOf(box.item))}</Num></b></span>)}
    </div>
  );
}

export function Sheet({ word, draft, rows, head, day, onDay, maxDay, build, missing, action, showKept, children }) {
  const wide = useWide();
  const { entries } = useOutbox();
  const [active, setActive] = useState(null);
  const [last, setLast] = useState(null);
  const [doubt, setDoubt] = useState(null);
  const form = useRef();
  const focusNext = useRef(null);

  useEffect(() => {
    if (!focusNext.current) return;
    form.current.querySelector(`input[name="${CSS.escape(focusNext.current)}"]`)?.focus();
    focusNext.current = null;
  });
  useEffect(() => { setActive(null); setLast(null); }, [draft.key]);

  // Rows seldom used stand behind a button; one with something on it never hides.
  const [all, setAll] = useState(false);
  const sole = rows.length === 1 ? rows[0].key : null;  // a single row stands open
  const seldom = row => row.seldom && !typed(draft.row(row.key)) && active !== row.key;
  const open = all || rows.every(row => row.seldom) ? rows : rows.filter(row => !seldom(row));

  const ours = entries.filter(entry => entry.draftKey === draft.key && entry.keys);
  const keptOf = row => ours.filter(entry => entry.keys.includes(row.key) && !entry.undone
    && (entry.state === 'waiting' || (showKept && entry.state === 'recorded' && !lineRefused(entry, row.key))));
  const filled = rows.filter(row => typed(draft.row(row.key)));
  const shown = entries.find(entry => entry.id === last);

  const goTo = (row, box) => {
    setActive(row.key);
    focusNext.current = `${row.key}|${row.boxes[box].key}`;
  };
  const next = (row, box) => {
    if (box + 1 < row.boxes.length) return goTo(row, box + 1);
    const after = open.slice(open.indexOf(row) + 1).find(each => !each.locked && !(each.done && !each.addable) && each.boxes.length);
    if (after) goTo(after, 0);
    else document.activeElement?.blur();
  };

  async function save() {
    const lines = filled.map(row => ({ row, values: draft.row(row.key) }));
    const entry = build(lines);
    const id = await record({
      word, labels: lines.map(line => line.row.name), items: lines.map(line => line.row.boxes[0]?.item),
      keys: lines.map(line => line.row.key), texts: lines.map(line => typedText(line.row, line.values)),
      typed: Object.fromEntries(lines.map(line => [line.row.key, line.values])), draftKey: draft.key, route: location.hash, day,
      onBehalfOf: session.acting?.person, ...entry,
    });
    draft.drop(lines.map(line => line.row.key));
    setLast(id);
    setActive(null);
    setDoubt(null);
    scrollTo({ top: 0 });
  }

  function ask() {
    const odd = filled.map(row => ({ row, text: row.odd?.(draft.row(row.key)) })).filter(each => each.text);
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

  const wrong = filled.some(row => badBox(row, draft.row(row.key)));
  return (
    <div class="sheet" ref={form}>
      {head && <div class="sheet-head">{head}{day && <DayButton value={day} max={maxDay || today()} onChange={onDay} />}</div>}
      {shown && <Receipt entry={shown} onAgain={() => again(shown)} />}
      {children}
      <ul class="sheet-rows">
        {open.map(row => (
          <SheetRow key={row.key} row={row} wide={wide} active={active === row.key || row.key === sole} values={draft.row(row.key)} kept={keptOf(row)}
            onOpen={() => row.locked ? null : active === row.key && !wide ? setActive(null) : row.boxes.length ? goTo(row, 0) : setActive(row.key)}
            onSet={(box, text) => draft.set(row.key, box, text)} onNext={box => next(row, box)} />
        ))}
      </ul>
      {open.length < rows.length && <button type="button" class="button quiet all-rows" onClick={() => setAll(true)}>{t('all_items')}<Icon name="down" /></button>}
      <footer class="sheet-foot">
        <Keypad />
        <div class="sheet-record">
          <Totals rows={rows} draft={draft} />
          <Button kind="main" icon="check" disabled={!filled.length || wrong || Boolean(missing)} onClick={ask}>{action || t('record')}</Button>
        </div>
        {missing && filled.length > 0 && <p class="missing" role="status">{missing}</p>}
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

export const lineRefused = (entry, key) =>
  Boolean(entry.receipt?.lines?.some(line => line.refusal && entry.keys[(line.line || 1) - 1] === key));

/** Rows of a sheet whose rows are items. */
export const itemRow = (view, boxes, rest) => ({ key: view.item.code, name: nameOf(view.item.name, view.item.code), boxes, ...rest });
