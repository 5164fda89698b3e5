/* stock.js - what is left at a place, the stock register of an item, and where a lot came from and went. */
import { useState } from 'preact/hooks';
import { dayOfDate, nameOf, number, shortDay, t } from '../i18n.js';
import { go, setParams } from '../route.js';
import { here, itemName, placeName, useRead, useWide } from '../session.js';
import { Amount, Badge, Button, Empty, Field, Freshness, Icon, Num, PlacePicker, Section, TextBox } from '../ui.js';

const stageWord = stage => t('stage_' + String(stage).replace('STAGE_', ''));

function Lots({ row }) {
  const soon = lot => Number(lot.expiryMs) > 0 && Number(lot.expiryMs) < Date.now() + 14 * 86400000;
  return (
    <ul class="lots">
      {(row.lots || []).filter(lot => Number(lot.quantity)).map(lot => (
        <li key={lot.lot || 'none'}>
          <button type="button" class="row-button" disabled={!lot.lot} onClick={() => go('trace', { lot: lot.lot })}>
            <Icon name="sack" /><Num>{lot.number || lot.lot || t('lot_unknown')}</Num>
            <b><Amount of={lot.quantity} item={row.item} /></b>
            {Number(lot.expiryMs) > 0 && <span class={soon(lot) ? 'bad-text' : 'soft'}>{soon(lot) && <Icon name="alert" />}{t('use_by')} {shortDay(dayOfDate(new Date(Number(lot.expiryMs))))}</span>}
            {lot.lot && <Icon name="forward" />}
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Stock({ params }) {
  const place = params.place || here();
  const read = useRead('Materials/GetStock', place ? { place, lots: true } : null, { live: true });
  const rows = (read.data?.rows || []).filter(row => Number(row.quantity) || Number(row.shortfall));
  const items = [...new Set(rows.map(row => row.item))];
  return (
    <>
      <div class="sheet-head"><PlacePicker label={t('place')} value={place} root={here()} onChange={code => setParams({ place: code })} /></div>
      <Freshness read={read} />
      <ul class="cards">
        {items.map(item => (
          <li key={item} class="card">
            <div class="card-head"><b>{itemName(item)}</b>
              <Button kind="quiet" icon="book" onClick={() => go('card', { place, item })}>{t('stock_register')}</Button></div>
            {rows.filter(row => row.item === item).map(row => (
              <div key={row.stage} class="stage">
                <span class="stage-name">{stageWord(row.stage)}</span>
                <b class="big"><Amount of={row.quantity} item={item} /></b>
                {Number(row.shortfall) > 0 && <Badge kind="bad" icon="alert">{t('books_lack')} <Amount of={row.shortfall} item={item} /></Badge>}
                <Lots row={row} />
              </div>
            ))}
          </li>
        ))}
      </ul>
      {read.data && !items.length && <Empty>{t('nothing_in_stock')}</Empty>}
    </>
  );
}

export const methodWord = method => t('method_' + String(method || '').replace('/', '_'));

export function StockCard({ params }) {
  const { item } = params;
  const place = params.place || here();
  const [more, setMore] = useState('');
  const read = useRead('Materials/GetStockCard', { place, item, limit: 100, ...(more ? { before: more } : {}) }, { live: !more });
  const rows = read.data?.rows || [];
  return (
    <>
      <p><b>{itemName(item)}</b> · {placeName(place)}</p>
      <Freshness read={read} />
      <ul class="rows">
        {rows.map((row, i) => (
          <li key={row.name + i} class="fact-row">
            <span class="row-name">{methodWord(row.method)}{row.reversal && <Badge icon="back">{t('taken_back')}</Badge>}
              <small>{shortDay(row.day)} · {stageWord(row.stage)}{row.otherPlace && row.otherPlace !== place ? ` · ${placeName(row.otherPlace)}` : ` · ${stageWord(row.otherStage)}`}</small></span>
            <span class={`fact ${Number(row.change) < 0 ? 'minus' : 'plus'}`}><Num>{Number(row.change) > 0 ? '+' : ''}</Num><Amount of={row.change} item={item} /></span>
            <span class="fact"><small>{t('left')}</small><Amount of={row.balance} item={item} /></span>
          </li>
        ))}
      </ul>
      {read.data && !rows.length && <Empty>{t('nothing_here')}</Empty>}
      {read.data?.next && <Button icon="down" onClick={() => setMore(read.data.next)}>{t('older')}</Button>}
    </>
  );
}

function LotCard({ lot, asked }) {
  return (
    <li class={`card lot ${asked ? 'asked' : ''}`}>
      <div class="card-head"><b>{itemName(lot.item)}</b>{lot.presumed && <Badge icon="wait">{t('presumed')}</Badge>}</div>
      <p class="soft">{lot.number ? <>{t('sack')} <Num>{lot.number}</Num> · </> : ''}{nameOf(lot.placeName, lot.place)}{lot.day && ` · ${shortDay(lot.day)}`}{lot.supplier && ` · ${placeName(lot.supplier)}`}</p>
      {asked ? <span class="soft">{t('this_lot')} <Num>{lot.lot}</Num></span>
        : <button type="button" class="link" onClick={() => go('trace', { lot: lot.lot })}><Num>{lot.lot}</Num> <Icon name="forward" /></button>}
      {lot.holders?.length > 0 && (
        <ul class="amounts holders">
          {lot.holders.map(holder => (
            <li key={holder.place}><Icon name="home" /> {nameOf(holder.placeName, holder.place)} {Number(holder.holds) > 0 ? <b>{t('holds_now')} <Amount of={holder.holds} item={lot.item} /></b>
              : <span class="soft">{t('held_until', { day: shortDay(holder.lastDay) })}</span>}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Made of - this lot - went into, side by side where there is room. */
export function Trace({ params }) {
  const [text, setText] = useState(params.lot || '');
  const wide = useWide(900);
  const lot = params.lot;
  const read = useRead('Reports/GetTrace', lot ? { lot } : null, {});
  const lots = read.data?.lots || [];
  const depth = each => Number(each.depth || 0);
  const columns = [
    [t('made_of'), lots.filter(each => depth(each) < 0).sort((a, b) => depth(b) - depth(a))],
    [t('this_lot'), lots.filter(each => depth(each) === 0)],
    [t('went_into'), lots.filter(each => depth(each) > 0).sort((a, b) => depth(a) - depth(b))],
  ];
  const holding = lots.flatMap(each => each.holders || []).filter(holder => Number(holder.holds) > 0);
  return (
    <>
      <form class="find" onSubmit={event => { event.preventDefault(); go('trace', { lot: text.trim() }); }}>
        <Field label={t('lot_name')}><TextBox value={text} dir="ltr" placeholder="812.3" onInput={setText} /></Field>
        <button class="button main" type="submit"><Icon name="search" /><span>{t('find')}</span></button>
      </form>
      {lot && <Freshness read={read} />}
      {lots.length > 0 && <p class="sum">{t('trace_sum', { lots: number(lots.length), places: number(new Set(holding.map(holder => holder.place)).size) })}</p>}
      <div class={wide ? 'trace-columns' : ''}>
        {lots.length > 0 && columns.map(([title, list]) => (
          <Section key={title} title={title} aside={<Num class="count">{number(list.length)}</Num>}>
            <ul class="cards">{list.map(each => <LotCard key={each.lot} lot={each} asked={depth(each) === 0} />)}</ul>
            {!list.length && <Empty>{t('nothing_here')}</Empty>}
          </Section>
        ))}
      </div>
      {read.data?.more && <p class="soft">{t('trace_cut')}</p>}
    </>
  );
}
