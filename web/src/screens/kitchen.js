/* kitchen.js - a kitchen's day on one screen: ask for tomorrow, what is on the way, cooked, ate, got, left, how it was.
 * Taps:  each in three or fewer; what is asked for stands there as today's, what was cooked and eaten is always typed.
 * A file of its own: only kitchens fetch it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { addDays, amountWithUnit, factorOf, fromBase, localDigits, number, t, toBase, unitOf } from '../i18n.js';
import { Icon } from '../icon.js';
import { bodyOf, momentOf, record } from '../outbox.js';
import { address, go } from '../route.js';
import { goods, itemName, itemOf, session, today, useOutbox, useRead, viewOf, workDay } from '../session.js';
import { Amount, Button, Dialog, Freshness, hold, ItemChoice, Keypad, NumberBox, Receipt, Section } from '../ui.js';
import { OnTheWay, RequestState } from './goods.js';

const clock = minutes => localDigits(`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`);

/** One line of a command, kept and sent; the kitchen's home shows what became of it. */
const keep = (place, what, item, entry) => record({
  labels: [itemName(item)], items: [item], kitchen: `${place} ${what}`, day: entry.body.day || entry.body.workDate, route: location.hash,
  onBehalfOf: session.acting?.person, ...entry,
});

/** The newest entry of this day and kind made here, from this phone. */
function useKept(place, what) {
  const { entries } = useOutbox();
  return entries.filter(entry => entry.kitchen === `${place} ${what}` && workDay(momentOf(entry)) === today()).at(-1);
}

// ---- ask for tomorrow

const stepOf = shown => shown >= 100 ? 10 : shown >= 20 ? 5 : 1;

function AskFor({ place, quotas, requests, item, late, kept }) {
  const needed = addDays(today(), 1);
  const quota = quotas.find(each => each.item === item);
  const ours = requests.filter(request => request.item === item && request.place === place && request.status !== 'cancelled');
  const asToday = ours.filter(request => request.neededDay === today()).reduce((sum, request) => sum + Number(request.requested), 0);
  const last = asToday || Number([...ours].sort((a, b) => a.neededDay < b.neededDay ? 1 : -1)[0]?.requested || 0) || Number(quota?.perDay || 0);
  const already = ours.filter(request => request.neededDay === needed);
  const [typed, setTyped] = useState(null);
  const [more, setMore] = useState(false);
  const text = typed ?? fromBase(last, itemOf(item));
  const base = toBase(text, itemOf(item));
  const shown = (base ?? 0) / factorOf(itemOf(item));
  const step = by => setTyped(String(Math.max(0, Math.round(shown) + by * stepOf(shown + (by < 0 ? -1 : 0)))));
  const ask = () => keep(place, 'ask', item, {
    method: 'Distribution/Request', word: 'ask', quantityWord: 'approved_n',
    body: { day: today(), place, lines: [{ item, quantity: String(base), neededDay: needed }] },
  }).then(() => { setMore(false); setTyped(null); });

  const waiting = kept && bodyOf(kept).lines[0].item === item && (kept.state !== 'recorded' || !already.length);
  if (waiting && !more) return <Receipt entry={kept} onAgain={() => setMore(true)} />;
  if (already.length && !more) {
    return (
      <>
        <ul class="asked">{already.map(request => (
          <li key={request.name}><b class="big"><Amount of={request.requested} item={item} /></b> <RequestState status={request.status} />
            {request.status === 'less_approved' && <span class="soft">{t('approved_n')} <Amount of={request.approved} item={item} /></span>}</li>
        ))}</ul>
        <Button kind="quiet" icon="hand" onClick={() => { setTyped('0'); setMore(true); }}>{t('ask_more')}</Button>
      </>
    );
  }
  return (
    <>
      <div class="stepper">
        <button type="button" class="button" aria-label={t('less')} disabled={!base} onClick={() => step(-1)}>−</button>
        <NumberBox name="ask" value={text} onInput={setTyped} item={itemOf(item)} label={itemName(item)} words={unitOf(itemOf(item)) || '\u00a0'} same onNext={() => document.activeElement.blur()} />
        <button type="button" class="button" aria-label={t('more')} onClick={() => step(1)}>+</button>
      </div>
      <Button kind="main wide" icon="hand" disabled={!base} onClick={ask}>{typed === null && asToday > 0
        ? t('ask_as_today', { n: amountWithUnit(asToday, itemOf(item)) }) : t('ask_n', { n: amountWithUnit(base || 0, itemOf(item)) })}</Button>
      {typed !== null && asToday > 0 && base !== asToday && <Button kind="quiet" icon="back" onClick={() => setTyped(null)}>{t('as_today')}: <Amount of={asToday} item={item} /></Button>}
      {quota && <p class="soft">{late ? t('ask_is_late') : t('approved_at_once', { n: amountWithUnit(Math.max(0, Number(quota.perDay) - Number(quota.used || 0)), itemOf(item)) })}</p>}
    </>
  );
}

function AskTomorrow({ place }) {
  const quotas = useRead('Distribution/GetQuotas', { place }, { live: true });
  const asked = useRead('Distribution/ListRequests', { place, limit: 100 }, { list: 'requests', live: true });
  const kept = useKept(place, 'ask');
  const rows = quotas.data?.quotas || [], requests = asked.data?.requests || [];
  const known = new Set([...rows.map(row => row.item), ...requests.filter(request => request.place === place).map(request => request.item)]);
  const items = goods().filter(view => known.has(view.item.code));
  // What has a last hour comes first: that is the food of the day.
  items.sort((a, b) => Number(Boolean(rows.find(row => row.item === b.item.code)?.askByMin)) - Number(Boolean(rows.find(row => row.item === a.item.code)?.askByMin)));
  const [chosen, setChosen] = useState(localStorage.getItem('item:kitchen-ask'));
  const item = items.some(view => view.item.code === chosen) ? chosen : items[0]?.item.code;
  const quota = rows.find(row => row.item === item);
  const choose = code => { localStorage.setItem('item:kitchen-ask', code); setChosen(code); };
  return (
    <section class="card ask-card">
      <header class="card-head"><h2>{t('for_tomorrow')}</h2>{quota?.askByMin > 0 && <span class={quota.late ? 'bad-text' : 'soft'}><Icon name="wait" /> {t('ask_before', { time: clock(quota.askByMin) })}</span>}</header>
      {!asked.data && <Freshness read={asked} />}
      <ItemChoice items={items} value={item} onChange={choose} />
      {item && <AskFor key={item} place={place} quotas={rows} requests={requests} item={item} late={quota?.late} kept={kept} />}
      <a class="link" href={address('ask')}>{t('ask_other')} <Icon name="forward" /></a>
    </section>
  );
}

// ---- cooked, ate

/** One or two numbers over the screen; the first box has the focus. */
function Quick({ title, items, item, onItem, boxes, there, sheet, build, onClose }) {
  const [values, setValues] = useState({});
  const form = useRef();
  const focus = index => form.current.querySelectorAll('input.number')[index]?.focus();
  useEffect(() => focus(0), [item]);
  const lines = boxes.map(box => toBase(values[box.key] || '', box.unit ? itemOf(item) : undefined));
  const wrong = boxes.some((box, i) => values[box.key] && lines[i] === null);
  const save = async () => { await build(Object.fromEntries(boxes.map((box, i) => [box.key, lines[i] ?? 0]))); onClose(); };
  return (
    <Dialog title={title} onClose={onClose}>
      <div ref={form} class="quick">
        <ItemChoice items={items} value={item} onChange={onItem} />
        <div class="sheet-boxes">{boxes.map((box, i) => (
          <NumberBox key={box.key} name={box.key} label={t(box.word)} words={t(box.word)} item={box.unit ? itemOf(item) : undefined} same={i > 0 && boxes[0].unit} value={values[box.key]}
            onInput={text => setValues({ ...values, [box.key]: text })} onNext={() => i + 1 < boxes.length ? focus(i + 1) : document.activeElement.blur()} />
        ))}</div>
        <p class="inline">{there > 0 && <span class="soft">{t('adds_to_it', { n: amountWithUnit(there, itemOf(item)) })}</span>}
          <a class="button quiet" href={address(sheet, { item })}><Icon name="calendar" /><span>{t('other_day_correct')}</span></a></p>
        <Keypad />
        <Button kind="main wide" icon="check" disabled={!lines[0] || wrong} onMouseDown={hold} onClick={save}>{t('record')}</Button>
      </div>
    </Dialog>
  );
}

/** What this kitchen cooks: what it cooked this week, else what does not keep. */
function cookedItems(week) {
  const cooked = week.filter(row => Number(row.good) > 0).sort((a, b) => Number(b.good) - Number(a.good)).map(row => viewOf(row.item)).filter(Boolean);
  return cooked.length ? cooked : goods().filter(view => Number(view.item.shelfLifeMin) > 0 && (!view.item.unit || view.item.unit === 'UNIT_PIECE'));
}

function Tile({ icon, word, hint, onClick }) {
  return <button type="button" class="tile" onClick={onClick}><Icon name={icon} /><span class="tile-word">{t(word)}</span><span class="tile-hint">{hint}</span></button>;
}

function Work({ place }) {
  const day = today();
  const flow = useRead('Reports/GetFlow', { place, from: day, to: day }, { live: true });
  const week = useRead('Reports/GetFlow', { place, from: addDays(day, -7), to: addDays(day, -1) }, {});
  const items = cookedItems([...(flow.data?.rows || []), ...(week.data?.rows || [])].filter((row, i, all) => all.findIndex(each => each.item === row.item && Number(each.good) > 0) === i));
  const [chosen, setChosen] = useState(null);
  const [open, setOpen] = useState('');
  const item = chosen || items[0]?.item.code;
  const now = flow.data?.rows?.find(row => row.item === item);
  const last = [useKept(place, 'cooked'), useKept(place, 'ate')].filter(Boolean).sort((a, b) => a.madeMs - b.madeMs).at(-1);
  // How long what goes into the food lasts, by the week's use: the shortest says when to ask.
  const lasting = (week.data?.rows || []).map(row => ({ item: row.item, used: Number(row.consumed || 0), left: Number((flow.data?.rows || []).find(each => each.item === row.item)?.closing ?? row.closing ?? 0) }))
    .filter(row => row.used > 0).map(row => ({ ...row, days: Math.max(0, Math.floor(row.left * 7 / row.used)) })).sort((a, b) => a.days - b.days)[0];
  const close = () => setOpen('');
  const common = { items, item, onItem: setChosen, onClose: close };
  return (
    <>
      {last && <Receipt entry={last} onAgain={() => setOpen(last.word === 'cooked' ? 'cooked' : 'ate')} />}
      <div class="tiles">
        <Tile icon="pot" word="cooked" hint={item && now && Number(now.good) > 0 ? <b><Amount of={now.good} item={item} /></b> : t('nothing_yet')} onClick={() => setOpen('cooked')} />
        <Tile icon="plate" word="ate" hint={item && now && Number(now.served) > 0 ? <b><Amount of={now.served} item={item} /></b> : t('nothing_yet')} onClick={() => setOpen('ate')} />
        <Tile icon="hand" word="got_bought" hint={t('got_hint')} onClick={() => go('came')} />
        <Tile icon="list" word="stock" hint={lasting ? t('lasts_days', { item: itemName(lasting.item), n: number(lasting.days) }) : ''} onClick={() => go('stock')} />
      </div>
      {open === 'cooked' && <Quick {...common} title={t('cooked')} there={Number(now?.good || 0)} sheet="cooked" boxes={[{ key: 'good', word: 'cooked_n', unit: true }, { key: 'spoiled', word: 'spoiled', unit: true }]}
        build={({ good, spoiled }) => keep(place, 'cooked', item, {
          method: 'Production/LogOutput', word: 'cooked', body: { workDate: day, lines: [{ place, item, good: String(good), spoiled: String(spoiled) }] },
        })} />}
      {open === 'ate' && <Quick {...common} title={t('ate')} there={Number(now?.served || 0)} sheet="served" boxes={[{ key: 'people', word: 'people_ate' }, { key: 'quantity', word: 'packets_given', unit: true }]}
        build={({ people, quantity }) => keep(place, 'ate', item, {
          method: 'Distribution/Serve', word: 'ate',
          body: { day, lines: [{ place, item, quantity: String(quantity || people), how: 'SERVED_HOW_SERVED', people: String(people) }] },
        })} />}
    </>
  );
}

// ---- how it was

const FACES = [['GOOD', 'good'], ['SO_SO', 'so_so'], ['BAD', 'bad']];

const Face = ({ mouth }) => (
  <svg class="face" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9.500" /><path d={`M8.500 9.500v.1m7-.1v.1M7.500 ${mouth}`} /></svg>
);
const MOUTHS = { good: '14.500c2 3 7 3 9 0', so_so: '15.500h9', bad: '17c2-3 7-3 9 0' };

function Yesterday({ place }) {
  const day = addDays(today(), -1);
  const flow = useRead('Reports/GetFlow', { place, from: day, to: day }, {});
  const said = useRead('Distribution/ListRatings', { place, from: day, to: day }, { live: true });
  const kept = useKept(place, 'rate');
  const rated = said.data?.ratings?.find(rating => rating.place === place);
  const row = (flow.data?.rows || []).filter(each => Number(each.served || 0) + Number(each.good || 0) > 0).sort((a, b) => Number(b.served || 0) - Number(a.served || 0))[0];
  const item = rated?.item || row?.item;
  if (!item || !said.data) return null;
  const how = rated?.how?.replace('HOW_WAS_IT_', '') || (kept && kept.state !== 'refused' && bodyOf(kept).lines[0].how.replace('HOW_WAS_IT_', ''));
  const rate = code => keep(place, 'rate', item, {
    method: 'Distribution/Rate', word: 'how_was_it', body: { day, place, lines: [{ item, how: 'HOW_WAS_IT_' + code }] },
  });
  return (
    <Section title={t('yesterdays_food')} aside={<span class="soft">{itemName(item)}</span>}>
      <div class="faces" role="group" aria-label={t('yesterdays_food')}>
        {FACES.map(([code, word]) => (
          <button type="button" key={code} class={`button ${how === code ? 'chosen' : ''}`} aria-pressed={how === code} disabled={Boolean(how) && how !== code}
            onClick={() => how ? undefined : rate(code)}><Face mouth={MOUTHS[word]} /><span>{t('how_' + word)}</span></button>
        ))}
      </div>
      {kept?.state === 'refused' && <Receipt entry={kept} />}
    </Section>
  );
}

export function KitchenHome({ place }) {
  return (
    <div class="kitchen">
      <AskTomorrow place={place} />
      <OnTheWay place={place} />
      <Work place={place} />
      <Yesterday place={place} />
    </div>
  );
}
