/* sheets.js - what happened: made, handed in, gave, delivered, served, counted. Each is the one sheet with other boxes. */
import { useMemo, useState } from 'preact/hooks';
import { addDays, amount, currentLanguage, dayText, localDigits, monthOf, monthText, nameOf, number, shortDay, t, toBase } from '../i18n.js';
import { address, setParams } from '../route.js';
import {
  currentRole, goods, here, inputItems, itemName, itemOf, keepsDay, madeItems, placeName, placeOf, today, useOutbox, useRead, viewOf,
} from '../session.js';
import { itemRow, Sheet, useDraft } from '../sheet.js';
import { Amount, Button, Choice, DayStrip, Dialog, Empty, Freshness, Icon, ItemChoice, Note, Num, PlacePicker, Receipt, Section } from '../ui.js';
import { WhereTheRest } from './needs.js';

const base = (values, box, item) => {
  const value = values[box] === undefined ? 0 : toBase(values[box], itemOf(item));
  return String(value ?? 0);
};

/** The item of a sheet: from the address, else the last one used on it, else the first. */
function useItem(params, sheet, items) {
  const kept = params.item || localStorage.getItem('item:' + sheet);
  const item = items.some(view => view.item.code === kept) ? kept : items[0]?.item.code;
  return [item, code => {
    localStorage.setItem('item:' + sheet, code);
    setParams({ item: code });
  }];
}

const useDay = params => [params.day || today(), day => setParams({ day })];
const usePlace = params => params.place || here();

/** The makers below a place, with what the server knows of the day; on a day never seen, the rows of another day.
 *  An officer first says where: a district's thousands are no sheet. Of a place that is not hers (`others`) a store
 *  keeper sees who is there, no more. */
function useSheetRows(place, day, item, others) {
  const chosen = place && (place !== here() || currentRole().role === 'ROLE_CLUSTER_MANAGER');
  const sheet = useRead('Production/GetSheet', chosen && item && !others ? { place, day, item, limit: 500, allBelow: true } : null, { list: 'rows', live: true });
  const names = useRead('Registry/ListPlaces', chosen ? { parent: place, limit: 500 } : null, { list: 'places' });
  const self = useRead('Registry/GetPlace', others && place ? { place } : null);
  const read = others ? names : sheet;
  const byName = others || (read.offline && !read.data);
  return useMemo(() => {
    const there = byName ? [...(self.data ? [self.data] : []), ...(names.data?.places || [])] : [];
    const rows = sheet.data?.rows || there.filter(each => each.behaviour?.makes || (others && each.behaviour?.holds))
      .map(each => ({ place: each.code, name: each.name, registerNumber: each.code === place ? 0 : each.registerNumber, members: each.members, canMake: '-1' }));
    const unders = [...new Set(rows.map(row => row.under))];
    const groups = unders.length > 1 ? unders.map(code => ({ key: code, name: placeName(code) })) : null;
    return { read, rows, groups, chosen, base: row => ({
      key: row.place, number: row.registerNumber, name: nameOf(row.name, row.place), under: row.under, groupName: groups && placeName(row.under),
    }) };
  }, [sheet.data, names.data, self.data, byName, chosen, read.error, read.stale]);
}

const LINES_BACK_DAYS = 62; // as far as ListDayLines looks

/** What stands of the day at a place, whoever entered it, for its sheets: `of(method, key, numbers)` gives the lines of a row. */
function useDayLines(place, day, item) {
  const there = day >= addDays(today(), -LINES_BACK_DAYS) && keepsDay(place);
  const { data, atMs, error } = useRead('Reports/ListDayLines', there ? { place, day, ...(item ? { item } : {}) } : null, { live: true });
  return useMemo(() => ({
    atMs: data ? atMs : 0,
    ready: Boolean(data || error || !there),
    of: (method, fits, numbers) => (data?.lines || []).filter(line => line.method === method && fits(line)).map(line => ({
      requestId: line.requestId, line: line.line, said: noWorkText(line.noWork), numbers: Object.fromEntries(Object.entries(numbers).map(([box, field]) => [box, Number(line[field] || 0)])),
    })),
  }), [data, atMs, error, currentLanguage()]);
}

/** Which days of the sheet are done: a hook for the strip and the month. */
const marksOf = (place, item) => function useMarks(from, to) {
  const read = useRead('Production/GetSheetDays', place && item ? { place, item, from, to, allBelow: true } : null, { live: true });
  const makers = read.data?.makers || 0;
  return Object.fromEntries((read.data?.days || []).map(({ day, logged = 0, holiday }) =>
    [day, makers && logged >= makers ? 'full' : logged ? 'part' : holiday ? 'holiday' : 'none']));
};
/** The same of what is not done daily by each: the days on which something was, by a column of the flow. */
const flowMarks = (place, item, ...columns) => function useMarks(from, to) {
  const read = useRead('Reports/GetSeries', place && item ? { place, item, from, to } : null, { live: true });
  return Object.fromEntries((read.data?.days || []).filter(({ flow }) => columns.some(column => Number(flow[column] || 0))).map(({ day }) => [day, 'full']));
};
const STRIP_DAYS = 7;

/** Where someone works above the level of a sheet, she first says at which place. */
function PlaceHead({ place, fits }) {
  const own = here();
  if (place === own && fits(placeOf(own)) && currentRole().role !== 'ROLE_SUPPLY_OFFICER') return null;
  return <PlacePicker label={t('place')} value={place} root={own} fits={fits} onChange={code => setParams({ place: code })} />;
}

function SheetNotes({ sheet }) {
  return (
    <>
      {sheet.chosen ? <Freshness read={sheet.read} /> : <Empty>{t('choose_place_first')}</Empty>}
      {sheet.read.data && !sheet.rows.length && <Empty>{t('no_makers_here')}</Empty>}
    </>
  );
}

const NO_WORK = ['NO_CLOTH', 'NO_POWER', 'MACHINE', 'ILLNESS', 'FESTIVAL', 'FIELD_WORK', 'NO_ORDER', 'OTHER'];
const noWorkText = code => code && code !== 'NO_WORK_NONE' ? t(String(code).replace(/^(NO_WORK_)?/, 'no_work_')) : '';

/** Why nothing was made: a list on a phone, a box to choose from by keyboard on a desk. */
function NoWork({ values, set, wide, next }) {
  const [open, setOpen] = useState(false);
  const options = NO_WORK.map(code => [code, t('no_work_' + code)]);
  const choose = code => {
    setOpen(false);
    set('noWork', code === values.noWork ? '' : code);
    if (code && code !== values.noWork) next();
  };
  if (values.good > 0 || values.spoiled > 0) return null;
  if (wide) {
    return (
      <select class="text no-work" aria-label={t('no_work_why')} value={values.noWork || ''} onChange={event => set('noWork', event.currentTarget.value)}>
        <option value="">{t('no_work')}</option>
        {options.map(([code, words]) => <option key={code} value={code}>{words}</option>)}
      </select>
    );
  }
  return (
    <>
      <button type="button" class="button quiet no-work" onClick={() => setOpen(true)}>{values.noWork ? t('no_work_' + values.noWork) : t('no_work_why')}</button>
      {open && <Dialog title={t('no_work_why')} onClose={() => setOpen(false)}><Choice label={t('no_work_why')} value={values.noWork} onChange={choose} options={options} /></Dialog>}
    </>
  );
}

/** What a group can still make, also where the row is folded: who runs out is seen at once. */
const canMake = row => Number(row.canMake ?? 0);
const RunsOut = ({ row }) => canMake(row) === 0 ? <span class="row-hint bad-text"><Icon name="alert" />{t('ran_out')}</span> : null;

export function Made({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const items = madeItems();
  const [item, setItem] = useItem(params, 'made', items);
  const sheet = useSheetRows(place, day, item);
  const draft = useDraft(`made:${place}:${day}:${item}`);
  const marks = marksOf(sheet.chosen ? place : '', item);
  const language = currentLanguage();

  const rows = useMemo(() => sheet.rows.map(row => ({
    ...sheet.base(row), usual: row.usual, asksWhy: true,
    boxes: [{ key: 'good', words: t('good'), item }, { key: 'spoiled', words: t('spoiled'), item }, { key: 'members', words: t('at_work'), unsummed: true }],
    facts: (
      <>
        {row.lastDay && <span>{t('last')} <b><Amount of={row.lastGood} item={item} unit={false} /></b> <small>{shortDay(row.lastDay)}</small></span>}
        {canMake(row) >= 0 && <span class={canMake(row) ? '' : 'bad-text'}>{t('material_left_for', { n: amount(canMake(row), itemOf(item)) })}</span>}
      </>
    ),
    hint: <RunsOut row={row} />,
    lines: (row.lines || []).map(line => ({
      requestId: line.requestId, line: line.line, said: noWorkText(line.noWork),
      numbers: { good: Number(line.good || 0), spoiled: Number(line.spoiled || 0), members: line.members || 0 },
    })),
    said: values => values.noWork && t('no_work_' + values.noWork),
    extra: (values, set, wide, next) => <NoWork values={values} set={set} wide={wide} next={next} />,
  })), [sheet, item, language]);

  return (
    <Sheet word="made" draft={draft} sets atMs={sheet.read.data ? sheet.read.atMs : 0} day={day} onDay={setDay} marks={marks} rows={rows} groups={sheet.groups}
      head={<><PlaceHead place={place} fits={each => each.hasBelow} /><ItemChoice items={items} value={item} onChange={setItem} /></>}
      strip={sheet.chosen && <DayStrip value={day} max={today()} days={STRIP_DAYS} marks={marks} onChange={setDay} />}
      build={lines => ({
        method: 'Production/LogOutput',
        body: {
          workDate: day,
          lines: lines.map(({ row, values }) => ({
            place: row.key, item, good: base(values, 'good', item), spoiled: base(values, 'spoiled', item),
            membersAtWork: Number(values.members || 0),
            ...(values.noWork && !(values.good > 0) && !(values.spoiled > 0) ? { noWork: 'NO_WORK_' + values.noWork } : {}),
          })),
        },
      })}>
      {sheet.read.data?.holiday && <Note icon="sun">{t('holiday')}</Note>}
      <SheetNotes sheet={sheet} />
    </Sheet>
  );
}

export function HandedIn({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const items = madeItems();
  const [item, setItem] = useItem(params, 'made', items);
  const sheet = useSheetRows(place, day, item);
  const draft = useDraft(`handed:${place}:${day}:${item}`);
  const lines = useDayLines(place, day, item);
  const marks = flowMarks(sheet.chosen ? place : '', item, 'handedIn');
  const language = currentLanguage();
  const rows = useMemo(() => sheet.rows.map(row => ({
    ...sheet.base(row), lines: lines.of('Production/HandIn', line => line.place === row.place, { good: 'quantity', spoiled: 'spoiled', rework: 'rework' }),
    boxes: [{ key: 'good', words: t('good'), item }, { key: 'spoiled', words: t('spoiled'), item }, { key: 'rework', words: t('make_again'), item }],
    facts: (
      <>
        <span>{t('waits_there')} <b><Amount of={row.made} item={item} unit={false} /></b></span>
        {row.sack && <span>{t('last_sack')} <Num>{localDigits(row.sack)}</Num></span>}
      </>
    ),
    hint: Number(row.made) > 0 && <span class="row-hint soft">{t('waits_there')} <Amount of={row.made} item={item} unit={false} /></span>,
  })), [sheet, lines, item, language]);
  return (
    <Sheet word="handed_in" draft={draft} sets atMs={lines.atMs} ready={lines.ready} day={day} onDay={setDay} marks={marks} rows={rows} groups={sheet.groups}
      head={<><PlaceHead place={place} fits={each => each.hasBelow} /><ItemChoice items={items} value={item} onChange={setItem} /></>}
      strip={sheet.chosen && <DayStrip value={day} max={today()} days={STRIP_DAYS} marks={marks} onChange={setDay} />}
      build={lines => ({
        method: 'Production/HandIn',
        body: {
          day, to: place,
          lines: lines.map(({ row, values }) => ({
            place: row.key, item, good: base(values, 'good', item), spoiled: base(values, 'spoiled', item), rework: base(values, 'rework', item),
          })),
        },
      })}>
      <SheetNotes sheet={sheet} />
    </Sheet>
  );
}

/** What stands at a place, of one item. */
export function InStock({ place, item }) {
  const stock = useRead('Materials/GetStock', place ? { place } : null, { live: true });
  const row = stock.data?.rows?.find(each => each.item === item && each.stage === 'STAGE_STOCK');
  if (!stock.data) return null;
  return <p class="soft">{t('here_there_is')} <b><Amount of={row?.quantity || 0} item={item} /></b></p>;
}

export function Gave({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const items = inputItems();
  const [item, setItem] = useItem(params, 'gave', items);
  const made = madeItems().find(view => view.inputs?.some(input => input.item === item))?.item.code || madeItems()[0]?.item.code;
  const keeper = currentRole().role === 'ROLE_STORE_KEEPER';
  const sheet = useSheetRows(keeper ? params.to : place, day, made, keeper);
  const draft = useDraft(`gave:${place}:${day}:${item}`);
  const lines = useDayLines(place, day, item);
  const marks = flowMarks(sheet.chosen ? place : '', item, 'issued', ...(keeper ? ['out'] : [])); // a store gives to who is not below it
  const language = currentLanguage();
  const rows = useMemo(() => sheet.rows.filter(row => row.place !== place).map(row => {
    const left = canMake(row) >= 0 && t('material_left_for', { n: amount(canMake(row), itemOf(made)) });
    return {
      ...sheet.base(row), boxes: [{ key: 'quantity', words: t('how_much'), item }],
      lines: lines.of('Materials/Issue', line => line.place === row.place, { quantity: 'quantity' }),
      facts: left && <span class={canMake(row) ? '' : 'bad-text'}>{left}{row.scarce && ` (${itemName(row.scarce)})`}</span>,
      hint: canMake(row) === 0 ? <RunsOut row={row} /> : left && <span class="row-hint soft">{left}</span>,
    };
  }), [sheet, lines, item, made, language]);
  return (
    <Sheet word="gave" draft={draft} sets atMs={lines.atMs} ready={lines.ready} day={day} onDay={setDay} marks={marks} rows={rows} groups={sheet.groups}
      strip={sheet.chosen && <DayStrip value={day} max={today()} days={STRIP_DAYS} marks={marks} onChange={setDay} />}
      head={<>
        {keeper ? <PlacePicker label={t('to_whom')} empty={t('to_whom')} value={params.to} fits={each => each.hasBelow || each.behaviour?.holds} onChange={code => setParams({ to: code })} />
          : <PlaceHead place={place} fits={each => each.hasBelow} />}
        <ItemChoice items={items} value={item} onChange={setItem} />
      </>}
      build={lines => ({
        method: 'Materials/Issue',
        body: { day, from: place, lines: lines.map(({ row, values }) => ({ to: row.key, item, quantity: base(values, 'quantity', item) })) },
      })}>
      <InStock place={place} item={item} />
      <SheetNotes sheet={sheet} />
    </Sheet>
  );
}

/** Gave to a dealer, a kitchen or another place at once, with or without a request. */
export function Deliver({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const draft = useDraft(`deliver:${place}:${day}`);
  const head = draft.row('head');
  const from = head.from || place;
  const maker = placeOf(from).behaviour?.makes && !placeOf(from).behaviour?.holds;
  const stock = useRead('Materials/GetStock', from ? { place: from } : null, { live: true });
  const there = code => stock.data?.rows?.find(row => row.item === code && row.stage === (maker ? 'STAGE_MADE' : 'STAGE_STOCK'))?.quantity || 0;
  const held = goods().filter(view => there(view.item.code) > 0);
  const rest = goods().filter(view => !held.includes(view));
  const terms = head.terms || 'FREE';
  return (
    <Sheet word="gave_out" start={params.item} draft={draft} day={day} onDay={setDay} showKept missing={head.to ? '' : t('say_to_whom')}
      rows={[...held, ...rest].map(view => itemRow(view, [{ key: 'quantity', words: t('how_much'), item: view.item.code }], {
        seldom: rest.includes(view),
        facts: <span>{t('here_there_is')} <Amount of={there(view.item.code)} item={view.item.code} /></span>,
      }))}
      head={
        <>
          <PlacePicker label={t('to_whom')} empty={t('to_whom')} value={head.to} onChange={code => draft.set('head', 'to', code)} />
          <PlacePicker named label={t('out_of')} value={from} root={here()} onChange={code => draft.set('head', 'from', code)} />
          <Choice label={t('terms')} value={terms} onChange={code => draft.set('head', 'terms', code)}
            options={['FREE', 'SOLD', 'ON_ACCOUNT'].map(code => [code, t('terms_' + code)])} />
        </>
      }
      build={lines => ({
        method: 'Distribution/Deliver',
        labels: lines.map(({ row }) => `${row.name} → ${placeName(head.to)}`),
        body: {
          day, from,
          lines: lines.map(({ row, values }) => ({
            to: head.to, item: row.key, quantity: base(values, 'quantity', row.key), outOfMade: Boolean(maker), terms: 'TERMS_' + terms, proof: 'PROOF_TAP',
          })),
        },
      })}>
      <Freshness read={stock} />
    </Sheet>
  );
}

export function Cooked({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const draft = useDraft(`cooked:${place}:${day}`);
  const lines = useDayLines(place, day);
  const items = madeItems().filter(view => ['UNIT_PIECE', undefined].includes(view.item.unit) || viewOf(view.item.code)?.inputs?.length);
  // What this place cooks comes first: what it did this week.
  const week = useRead('Reports/GetFlow', place ? { place, from: addDays(today(), -7), to: addDays(today(), -1) } : null);
  const cooks = view => week.data?.rows?.some(row => row.item === view.item.code && Number(row.good));
  const marks = marksOf(place, (items.find(cooks) || items[0])?.item.code);
  return (
    <Sheet word="cooked" draft={draft} sets start={params.item} atMs={lines.atMs} ready={lines.ready && Boolean(week.data || week.error)} day={day} onDay={setDay} marks={marks}
      strip={<DayStrip value={day} max={today()} days={STRIP_DAYS} marks={marks} onChange={setDay} />}
      head={<PlaceHead place={place} fits={each => each.behaviour?.serves} />}
      rows={[...items].sort((a, b) => Boolean(cooks(b)) - Boolean(cooks(a))).map(view => itemRow(view, [
        { key: 'good', words: t('good'), item: view.item.code }, { key: 'spoiled', words: t('spoiled'), item: view.item.code },
        { key: 'members', words: t('at_work'), unsummed: true },
      ], { seldom: !cooks(view), lines: lines.of('Production/LogOutput', line => line.item === view.item.code, { good: 'quantity', spoiled: 'spoiled', members: 'members' }) }))}
      build={lines => ({
        method: 'Production/LogOutput',
        body: {
          workDate: day,
          lines: lines.map(({ row, values }) => ({
            place, item: row.key, good: base(values, 'good', row.key), spoiled: base(values, 'spoiled', row.key), membersAtWork: Number(values.members || 0),
          })),
        },
      })} />
  );
}

export function Served({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const how = params.how === 'SOLD' ? 'SOLD' : 'SERVED'; // two sheets: what was sold is not corrected to what was eaten
  const draft = useDraft(`served:${place}:${day}${how === 'SOLD' ? ':sold' : ''}`);
  const lines = useDayLines(place, day);
  const stock = useRead('Materials/GetStock', place ? { place } : null, { live: true });
  const there = code => Number(stock.data?.rows?.find(row => row.item === code && row.stage === 'STAGE_STOCK')?.quantity || 0);
  // What people got here this week comes first: rice that is to be cooked is not given out by mistake.
  const week = useRead('Reports/GetFlow', place ? { place, from: addDays(today(), -7), to: addDays(today(), -1) } : null);
  const gives = view => week.data?.rows?.some(row => row.item === view.item.code && Number(row.served || 0) + Number(row.sold || 0));
  const marks = flowMarks(place, goods().find(gives)?.item.code, 'served', 'sold');
  const items = goods().some(gives) ? goods().filter(gives) : goods().filter(view => there(view.item.code) > 0);
  return (
    <Sheet word="served" draft={draft} sets start={params.item} atMs={lines.atMs} ready={lines.ready && Boolean(week.data || week.error)} day={day} onDay={setDay} marks={marks}
      strip={<DayStrip value={day} max={today()} days={STRIP_DAYS} marks={marks} onChange={setDay} />}
      head={
        <>
          <PlaceHead place={place} fits={each => each.behaviour?.serves} />
          <Choice label={t('served')} value={how} onChange={code => setParams({ how: code })}
            options={['SERVED', 'SOLD'].map(code => [code, t('how_' + code)])} />
        </>
      }
      rows={[...items, ...goods().filter(view => !items.includes(view))].map(view => itemRow(view, [
        { key: 'quantity', words: t('given_out'), item: view.item.code }, { key: 'people', words: t('people_ate'), unsummed: true },
        { key: 'families', words: t('families'), unsummed: true },
      ], { lines: lines.of('Distribution/Serve', line => line.item === view.item.code && (line.how === 'SERVED_HOW_SOLD') === (how === 'SOLD'), { quantity: 'quantity', people: 'people', families: 'families' }),
        seldom: !items.includes(view), facts: <span>{t('here_there_is')} <Amount of={there(view.item.code)} item={view.item.code} /></span> }))}
      build={lines => ({
        method: 'Distribution/Serve',
        body: {
          day,
          lines: lines.map(({ row, values }) => ({
            place, item: row.key, quantity: base(values, 'quantity', row.key), how: 'SERVED_HOW_' + how,
            people: base(values, 'people'), families: base(values, 'families'),
          })),
        },
      })}>
      <Freshness read={stock} />
    </Sheet>
  );
}

/** After a count that found less: where did the rest go? Each line until she has said it, or put it away. */
function Rest({ place, draft }) {
  const { entries } = useOutbox();
  const [away, setAway] = useState([]);
  const counts = entries.filter(entry => entry.draftKey === draft.key && entry.state === 'recorded' && entry.stage === 'STOCK');
  const last = counts.at(-1);
  const less = (last?.receipt?.lines || []).filter(line => Number(line.quantity) < 0 && !line.refusal && !away.includes(line.line));
  return less.map(line => {
    const item = last.items[line.line - 1];
    const about = `${last.id}:${line.line}`;
    const answer = entries.filter(entry => entry.about === about).at(-1);
    return (
      <div class="card" key={about}>
        <p>{itemName(item)}{t('dot')}{t('difference')} <b class="big"><Amount of={line.quantity} item={item} /></b></p>
        {answer ? <Receipt entry={answer} /> : <>
          <WhereTheRest place={place} item={item} quantity={Number(line.quantity)} day={last.atStart ? addDays(last.day, -1) : last.day} about={about} />
          <Button kind="quiet" onClick={() => setAway([...away, line.line])}>{t('dont_know')}</Button>
        </>}
      </div>
    );
  });
}

const COUNTED_STAGES = ['STOCK', 'UNCHECKED', 'MADE', 'REWORK'];

export function Count({ params }) {
  const place = usePlace(params);
  const [day, setDay] = useDay(params);
  const draft = useDraft(`count:${place}:${day}`);
  const head = draft.row('head');
  const stage = head.stage || 'STOCK';
  const stock = useRead('Materials/GetStock', place ? { place } : null, {});
  const known = goods().filter(view => stock.data?.rows?.some(row => row.item === view.item.code && row.stage === 'STAGE_' + stage));
  const rest = goods().filter(view => !known.includes(view));
  return (
    <Sheet word="count" start={params.item} draft={draft} day={day} onDay={setDay} showKept
      head={
        <>
          <PlacePicker label={t('place')} value={place} root={here()} onChange={code => setParams({ place: code })} />
          <details class="more">
            <summary>{t('stage_' + stage)}{t('dot')}{t(head.start ? 'count_start' : 'count_end')}</summary>
            <Choice label={t('which_goods')} value={stage} onChange={code => draft.set('head', 'stage', code)}
              options={COUNTED_STAGES.map(code => [code, t('stage_' + code)])} />
            <hr />
            <Choice label={t('when_counted')} value={head.start ? 'start' : 'end'} onChange={when => draft.set('head', 'start', when === 'start' ? '1' : '')}
              options={[['end', t('count_end')], ['start', t('count_start')]]} />
          </details>
        </>
      }
      rows={[...known, ...rest].map(view => itemRow(view, [{ key: 'counted', words: t('counted'), item: view.item.code }], { seldom: rest.includes(view) }))}
      build={lines => ({
        method: 'Materials/Count', quantityWord: 'difference', stage, atStart: Boolean(head.start),
        body: {
          day, atStart: Boolean(head.start),
          lines: lines.map(({ row, values }) => ({ place, item: row.key, counted: base(values, 'counted', row.key), stage: 'STAGE_' + stage })),
        },
      })}>
      <p class="soft">{t('count_blind')}</p>
      <Rest place={place} draft={draft} />
      <Freshness read={stock} />
    </Sheet>
  );
}

/** The month before and after, in the language's calendar. */
function MonthChoice({ from, onChange }) {
  const days = monthOf(from);
  const after = addDays(days.at(-1), 1);
  return (
    <div class="month-head">
      <button type="button" class="plain" aria-label={t('month_before')} onClick={() => onChange(monthOf(addDays(days[0], -1))[0])}><Icon name="back" /></button>
      <strong>{monthText(from)}</strong>
      <button type="button" class="plain" aria-label={t('month_after')} disabled={after > today()} onClick={() => onChange(after)}><Icon name="forward" /></button>
    </div>
  );
}

/** One maker's month, day by day, to read out to her and to print. */
function Statement({ maker, from, to }) {
  const read = useRead('Production/GetEarnings', { place: maker, from, to, byDay: true, limit: 500 }, { list: 'rows', live: true });
  const rows = (read.data?.rows || []).filter(row => row.place === maker);
  const worked = rows.filter(row => row.item);
  const sum = (list, field) => list.reduce((all, row) => all + Number(row[field] || 0), 0);
  const monies = [...new Set(rows.map(row => row.money))];
  return (
    <Section title={placeName(maker)} aside={<a class="button" href={address('print', { earned: maker, from, to })}><Icon name="slip" /><span>{t('print_it')}</span></a>}>
      <Freshness read={read} />
      <div class="table-frame statement-days">
        <table>
          <tbody>
            {worked.map(row => (
              <tr key={row.day + row.item}><th scope="row">{dayText(row.day, { weekday: 'short', day: 'numeric', month: 'short' })}</th>
                <td><Amount of={row.pieces} item={row.item} /> {itemName(row.item)}</td><td><b><Amount of={row.earned} item={row.money} /></b></td></tr>
            ))}
          </tbody>
        </table>
      </div>
      {read.data && !worked.length && <Empty>{t('nothing_here')}</Empty>}
      {monies.map(money => {
        const of = rows.filter(row => row.money === money);
        return (
          <p key={money} class="fact-row spread statement-sum">
            <span class="fact"><small>{t('earned')}</small><Amount of={sum(of, 'earned')} item={money} /></span>
            <span class="fact"><small>{t('paid')}</small><Amount of={sum(of, 'paid')} item={money} /></span>
            <span class="fact"><small>{t('still_to_pay')}</small><Amount of={sum(of, 'owed')} item={money} /></span>
          </p>
        );
      })}
    </Section>
  );
}

/** What each maker earned in a month; a tap shows her days. */
export function Earned({ params }) {
  const place = usePlace(params);
  const from = monthOf(params.from || today())[0];
  const last = monthOf(from).at(-1);
  const to = last < today() ? last : today();
  const earned = useRead('Production/GetEarnings', place ? { place, from, to, limit: 500 } : null, { list: 'rows', live: true });
  const rows = earned.data?.rows || [];
  const makers = [...new Set(rows.map(row => row.place))];
  const totals = new Map();
  for (const row of rows) totals.set(row.money, (totals.get(row.money) || 0) + Number(row.earned || 0));
  return (
    <div>
      <MonthChoice from={from} onChange={day => setParams({ from: day })} />
      {params.maker ? (
        <>
          <button type="button" class="button quiet" onClick={() => setParams({ maker: '' })}><Icon name="back" /><span>{t('earned_by')}</span></button>
          <Statement maker={params.maker} from={from} to={to} />
        </>
      ) : (
        <>
          <Freshness read={earned} />
          <ul class="rows earned-rows">
            {makers.map(maker => {
              const own = rows.filter(row => row.place === maker);
              return (
                <li key={maker}>
                  <button type="button" class="row-button" onClick={() => setParams({ maker })}>
                    <span class="row-name">{nameOf(own[0].name, maker)}
                      <small>{own.filter(row => row.item).map(row => <span key={row.item}>{itemName(row.item)} <Amount of={row.pieces} item={row.item} unit={false} /> </span>)}</small></span>
                    {[...new Set(own.map(row => row.money))].map(money => (
                      <span key={money} class="fact"><Amount of={own.filter(row => row.money === money).reduce((all, row) => all + Number(row.earned || 0), 0)} item={money} /></span>
                    ))}
                    <Icon name="forward" />
                  </button>
                </li>
              );
            })}
          </ul>
          {earned.data && !rows.length && <Empty>{t('nothing_here')}</Empty>}
          {makers.length > 1 && <p class="sum inline">{t('n_makers', { n: number(makers.length) })}{[...totals].map(([money, sum]) => <span key={money}>{t('dot')}<Amount of={sum} item={money} /></span>)}
            {' '}<a class="link" href={address('print', { earned: place, from, to })}><Icon name="slip" /> {t('print_it')}</a></p>}
        </>
      )}
    </div>
  );
}
