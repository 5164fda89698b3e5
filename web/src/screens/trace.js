/* trace.js - where a lot came from, where it went, and who holds of it. */
import { useEffect, useState } from 'preact/hooks';
import { asciiDigits, localDigits, nameOf, number, shortDay, t } from '../i18n.js';
import { go } from '../route.js';
import { itemName, placeName, useRead, useWide } from '../session.js';
import { Amount, Badge, Empty, Field, Freshness, Icon, Num, Section, TextBox } from '../ui.js';

function LotCard({ lot, asked }) {
  return (
    <li class={`card lot ${asked ? 'asked' : ''}`}>
      <div class="card-head"><b>{itemName(lot.item)}</b>{lot.presumed && <Badge icon="wait">{t('presumed')}</Badge>}</div>
      <p class="soft">{lot.number ? <>{t('sack')} <Num>{localDigits(lot.number)}</Num>{t('dot')}</> : ''}{nameOf(lot.placeName, lot.place)}{lot.day && `${t('dot')}${shortDay(lot.day)}`}{lot.supplier && `${t('dot')}${placeName(lot.supplier)}`}</p>
      {asked ? <span class="soft">{t('this_lot')} <Num>{lot.lot}</Num></span>
        : <button type="button" class="link" onClick={() => go('trace', { lot: lot.lot })}><Num>{lot.lot}</Num> <Icon name="forward" /></button>}
      {lot.holders?.length > 0 && (
        <ul class="amounts holders">
          {lot.holders.map(holder => (
            <li key={holder.place}><Icon name="home" /> {nameOf(holder.placeName, holder.place)} {Number(holder.holds) > 0 ? <b><Amount of={holder.holds} item={lot.item} /></b>
              : <span class="soft">{t('held_until', { day: shortDay(holder.lastDay) })}</span>}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Made of - this lot - went into, side by side where there is room. */
export function Trace({ params }) {
  const [text, setText] = useState('');
  useEffect(() => setText(params.lot || ''), [params.lot]);
  const wide = useWide(900);
  // What is written on a sack or on the goods is no name of a lot: its lots are found first, and a single one is traced at once.
  const typed = asciiDigits(params.lot || '').trim();
  const isName = /^\d+\.\d+$/.test(typed);
  const found = useRead('Reports/FindLots', typed && !isName ? { number: typed.slice(0, 24) } : null, {});
  const list = found.data?.lots || [];
  const lot = isName ? typed : list.length === 1 ? list[0].lot : '';
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
      {typed && !isName && <Freshness read={found} />}
      {found.data && !isName && !list.length && <Empty>{t('no_such_lot')}</Empty>}
      {list.length > 1 && !isName && <ul class="cards">{list.map(each => <LotCard key={each.lot} lot={each} />)}</ul>}
      {lot && (read.error?.refusals?.length && !read.data ? <Empty>{t('no_such_lot')}</Empty> : <Freshness read={read} />)}
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
