/* home.js - what a person does, by role: large tiles on a phone, a rail beside the screen where there is room. */
import { nameOf, number, t } from '../i18n.js';
import { address } from '../route.js';
import {
  actFor, currentRole, here, lastDays, madeItem, placeName, roleWord, session, today, useOutbox, useRead, useWide, viewOf, useAllThere,
} from '../session.js';
import { terms } from '../flow.js';
import { later, ofDesk } from '../later.js';
import { Amount, Button, Icon, Num, Section } from '../ui.js';
import { cardsPlace, useCards } from './needs.js';

/** Screens of a role: [name, icon, word]. The first is what she came for. */
const WORK = {
  ROLE_CLUSTER_MANAGER: ['made', 'handed', 'gave', 'came', 'ask', 'deliver', 'count', 'stock', 'earned', 'flow'],
  ROLE_STORE_KEEPER: ['came', 'send', 'stock', 'count', 'gave', 'deliver', 'ask', 'trace', 'flow'],
  ROLE_INSPECTOR: ['unchecked', 'trace', 'stock', 'flow'],
  ROLE_SUPPLY_OFFICER: ['decide', 'flow', 'stock', 'send', 'deliver', 'trace', 'ask', 'earned', 'came', 'count', 'play'],
  ROLE_KITCHEN_OPERATOR: ['ask', 'came', 'cooked', 'served', 'stock', 'count', 'flow'],
  ROLE_HELPLINE: ['caller', 'stock', 'flow', 'trace', 'play'],
  ROLE_AUDITOR: ['journal', 'flow', 'trace', 'stock', 'earned'],
  ROLE_ADMINISTRATOR: ['places', 'people', 'items', 'flow', 'stock', 'play'],
};
export const SCREENS = {
  play: ['phone', 'play_in'],
  made: ['needle', 'made'], handed: ['sack', 'handed_in'], gave: ['bolt', 'gave'], came: ['truck', 'came'], ask: ['hand', 'ask'],
  deliver: ['box', 'gave_out'], count: ['count', 'count'], stock: ['list', 'stock'], earned: ['coin', 'earned_by'], flow: ['flow', 'flow'],
  send: ['slip', 'send'], unchecked: ['scale', 'unchecked'], trace: ['trace', 'trace'], decide: ['check', 'decide'], cooked: ['pot', 'cooked'],
  served: ['plate', 'served'], caller: ['call', 'caller'], journal: ['book', 'journal'], places: ['home', 'places'], people: ['people', 'people'],
  items: ['box', 'items'], needs: ['alert', 'needs_you'], entries: ['phone', 'my_entries'], home: ['home', 'home'], received: ['truck', 'received'],
  print: ['slip', 'on_paper'], inspect: ['scale', 'check_it'], card: ['book', 'stock_register'],
};

/** What stands on a kitchen's home itself. */
const ON_KITCHEN_HOME = new Set(['ask', 'came', 'cooked', 'served', 'stock']);
const KitchenHome = later(() => import('./kitchen.js'), 'KitchenHome');
const FlowOfHere = ofDesk('FlowOfHere'), OfficerDay = ofDesk('OfficerDay');

export const screensOf = role => [...(WORK[role] || ['flow', 'stock']), 'needs', 'entries'];

/** One short line under a tile: what is going on behind it. */
function useHints() {
  const role = currentRole().role;
  const place = here();
  const manager = role === 'ROLE_CLUSTER_MANAGER';
  const moves = ['ROLE_CLUSTER_MANAGER', 'ROLE_STORE_KEEPER', 'ROLE_KITCHEN_OPERATOR'].includes(role);
  const item = madeItem();
  const sheet = useRead('Production/GetSheet', manager && item ? { place, day: today(), item, limit: 500, allBelow: true } : null, { list: 'rows', live: true });
  const shipments = useRead('Distribution/ListShipments', moves && place ? { place, openOnly: true, limit: 100 } : null, { list: 'shipments', live: true });
  const requests = useRead('Distribution/ListRequests', role === 'ROLE_SUPPLY_OFFICER' && place ? { place, openOnly: true, limit: 200 } : null, { list: 'requests', live: true });
  const aside = useRead('Distribution/ListRequests', role === 'ROLE_STORE_KEEPER' && place ? { place, toSend: true, limit: 200 } : null, { list: 'requests', live: true });
  const unchecked = useRead('Quality/ListUnchecked', role === 'ROLE_INSPECTOR' ? { place, limit: 500 } : null, { list: 'rows', live: true });
  const cards = useCards(cardsPlace());
  const { entries } = useOutbox();

  // Makers that make this item, and which of them have a line today, on the server or still on this phone.
  const all = sheet.data?.rows || [];
  const rows = all.some(row => row.lastDay || row.lines?.length) ? all.filter(row => row.lastDay || row.lines?.length) : all;
  const onPhone = new Set(entries.filter(entry => entry.state === 'waiting' && entry.word === 'made' && entry.keys && entry.day === today())
    .flatMap(entry => entry.keys.filter((_, i) => entry.items[i] === item)));
  const logged = rows.filter(row => row.lines?.length || onPhone.has(row.place)).length;
  const ranOut = rows.filter(row => Number(row.canMake ?? 0) === 0).length;
  const coming = (shipments.data?.shipments || []).filter(each => each.to === place && each.status !== 'came').length;
  const asked = (requests.data?.requests || []).filter(each => each.status === 'asked').length;
  const toSend = aside.data?.requests?.length || 0;
  const needs = cards.count;
  return {
    made: rows.length && { text: t('n_of_m_groups', { n: number(logged), m: number(rows.length) }), part: logged / rows.length },
    handed: rows.some(row => Number(row.made)) && { text: t('n_wait', { n: number(rows.filter(row => Number(row.made) > 0).length) }) },
    gave: ranOut > 0 && { text: t('n_run_out', { n: number(ranOut) }) },
    came: coming > 0 && { text: t('n_on_the_way', { n: number(coming) }) },
    decide: requests.data && { text: t('n_asked', { n: number(asked) }) },
    send: toSend > 0 && { text: t('n_to_send', { n: number(toSend) }) },
    unchecked: unchecked.data && { text: t('n_lots', { n: number(unchecked.data.rows?.length || 0) }) },
    needs: needs > 0 && { text: t('n_need_you', { n: number(needs) }), alert: true },
  };
}

function Tile({ name, hint, first }) {
  const [icon, word] = SCREENS[name];
  return (
    <a class={`tile ${first ? 'first' : ''} ${hint?.alert ? 'alert' : ''}`} href={address(name)}>
      <Icon name={icon} />
      <span class="tile-word">{t(word)}</span>
      {hint && <span class="tile-hint">{hint.text}{hint.part !== undefined && <progress max="1" value={hint.part} aria-hidden="true" />}</span>}
    </a>
  );
}

/** What is done less often: one line each, what needs her first. */
const HomeRow = ({ name, hint }) => (
  <li><a class={`row-button ${hint?.alert ? 'alert' : ''}`} href={address(name)}>
    <Icon name={SCREENS[name][0]} /><span class="row-name">{hint?.alert ? hint.text : t(SCREENS[name][1])}</span>
    {hint && !hint.alert && <span class="row-note">{hint.text}</span>}<Icon name="forward" class="soft" />
  </a></li>
);

const TILES = 5; // on a phone: what she does every day

const MONTH = [
  ['left', row => Number(row.closing || 0)], ['came', row => Number(row.supplied || 0) + Number(row.in || 0)], ['made', row => Number(row.good || 0)],
  ['used', row => Number(row.consumed || 0)], ['went', row => Number(row.out || 0) + Number(row.served || 0) + Number(row.sold || 0)],
];

/** The place's last month in one line per item: what is left, came, was made, went. */
function Today() {
  const place = here();
  const read = useRead('Reports/GetFlow', place ? { place, ...lastDays(30) } : null, { live: true });
  const rows = (read.data?.rows || []).filter(row => terms(row).into.length);
  if (!rows.length) return null;
  const columns = MONTH.filter(([, of]) => rows.some(of));
  return (
    <Section title={t('thirty_days')} aside={<a class="link" href={address('flow')}>{t('flow')} <Icon name="forward" /></a>}>
      <div class="table-frame">
        <table>
          <thead><tr><th>{t('item')}</th>{columns.map(([key]) => <th key={key}>{t('measure_' + key)}</th>)}</tr></thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.item}>
                <th scope="row"><a href={address('flow', { item: row.item })}>{nameOf(viewOf(row.item)?.item.name, row.item)}</a></th>
                {columns.map(([key, of]) => <td key={key}>{key === 'left' ? <b><Amount of={of(row)} item={row.item} /></b> : of(row) ? <Amount of={of(row)} item={row.item} unit={false} /> : '–'}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

export function Home({ params }) {
  const role = currentRole();
  const wide = useWide(1000);
  const hints = useHints();
  const names = screensOf(role.role);
  // Where all screens stand in the rail, the tiles are those that have something to say.
  const kitchen = role.role === 'ROLE_KITCHEN_OPERATOR';
  const officer = role.role === 'ROLE_SUPPLY_OFFICER' && !session.acting;
  const shown = (wide && !session.acting ? names.filter(name => hints[name]) : names).filter(name => !(officer && name === 'decide') && !(kitchen && ON_KITCHEN_HOME.has(name)));
  const tiles = wide || kitchen ? shown : shown.filter(name => name !== 'needs').slice(0, TILES);
  const lines = shown.filter(name => !tiles.includes(name)).sort((a, b) => Boolean(hints[b]?.alert) - Boolean(hints[a]?.alert));
  const there = useAllThere();
  return (
    <div class={there ? 'all-there' : 'not-yet'}>
      {!there && <p class="loading" role="status">{t('loading')}</p>}
      {session.acting && (
        <div class="acting"><Icon name="call" /><span>{t('entering_for', { name: session.acting.name })}</span>
          <Button onClick={() => { actFor(null); }}>{t('end_call')}</Button></div>
      )}
      {kitchen && <KitchenHome place={role.place} />}
      {officer && <OfficerDay params={params} />}
      <nav aria-label={t(roleWord(role.role))}>
        <div class="tiles">{tiles.map(name => <Tile key={name} name={name} hint={hints[name]} first={!kitchen && name === names[0]} />)}</div>
        {lines.length > 0 && <ul class="rows home-rows">{lines.map(name => <HomeRow key={name} name={name} hint={hints[name]} />)}</ul>}
      </nav>
      {wide && <FlowOfHere />}
      {['ROLE_SUPPLY_OFFICER', 'ROLE_AUDITOR', 'ROLE_ADMINISTRATOR', 'ROLE_STORE_KEEPER', ...(wide ? ['ROLE_CLUSTER_MANAGER'] : [])].includes(role.role) && <Today />}
      <p class="soft home-place">{t(roleWord(role.role))}{t('dot')}{placeName(role.place)}{session.me?.person && <>{t('dot')}<Num>{session.me.person}</Num></>}</p>
    </div>
  );
}
