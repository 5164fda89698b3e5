/* stock.js - what is left at a place, and the stock register of an item. */
import { useState } from 'preact/hooks';
import { amountWithUnit, dayText, lastDayOf, localDigits, shortDay, t } from '../i18n.js';
import { go, setParams } from '../route.js';
import { here, itemName, itemOf, nowMs, placeName, placeOf, useRead } from '../session.js';
import { Amount, Badge, Button, Empty, Freshness, Icon, Num, PlaceList, PlacePicker } from '../ui.js';

const stageWord = stage => t('stage_' + String(stage).replace('STAGE_', ''));

function Lots({ row }) {
  const soon = lot => Number(lot.expiryMs) > 0 && Number(lot.expiryMs) < nowMs() + 14 * 86400000;
  return (
    <ul class="lots">
      {(row.lots || []).filter(lot => Number(lot.quantity)).map(lot => (
        <li key={lot.lot || 'none'}>
          <button type="button" class="row-button" disabled={!lot.lot} onClick={() => go('trace', { lot: lot.lot })}>
            <Icon name="sack" /><Num>{lot.number ? localDigits(lot.number) : lot.lot || t('lot_unknown')}</Num>
            <b><Amount of={lot.quantity} item={row.item} /></b>
            {Number(lot.expiryMs) > 0 && <span class={soon(lot) ? 'bad-text' : 'soft'}>{soon(lot) && <Icon name="alert" />}{t('use_by')} {dayText(lastDayOf(lot.expiryMs), { day: 'numeric', month: 'short', year: 'numeric' })}</span>}
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
      <ul class="cards columned">
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
      {read.data && !items.length && placeOf(place).hasBelow && /* goods stand at the stores below a district */
        <PlaceList key={place} parent={place} onPick={below => setParams({ place: below.code })} onOpen={below => setParams({ place: below.code })} />}
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
      <p><b>{itemName(item)}</b>{t('dot')}{placeName(place)}</p>
      <Freshness read={read} />
      <ul class="rows">
        {rows.map((row, i) => (
          <li key={row.name + i} class="fact-row">
            <span class="row-name">{methodWord(row.method)}{row.reversal && <Badge icon="undo">{t('taken_back')}</Badge>}
              <small>{shortDay(row.day)}{t('dot')}{stageWord(row.stage)}{row.otherPlace && row.otherPlace !== place ? `${t('dot')}${placeName(row.otherPlace)}` : `${t('dot')}${stageWord(row.otherStage)}`}</small></span>
            <span class={`fact ${Number(row.change) < 0 ? 'minus' : 'plus'}`}><span class="num">{Number(row.change) > 0 && '\u200e+'}{amountWithUnit(row.change, itemOf(item))}</span>
              <small>{t('left')} <Amount of={row.balance} item={item} /></small></span>
          </li>
        ))}
      </ul>
      {read.data && !rows.length && <Empty>{t('nothing_here')}</Empty>}
      {read.data?.next && <Button icon="down" onClick={() => setMore(read.data.next)}>{t('older')}</Button>}
    </>
  );
}
