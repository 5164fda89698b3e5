/* today.js - what a role's screens read, so that it is on the phone before there is no line.
 * Rule:   the same requests as the screens make, word for word: tests/browser/offline.mjs opens every screen without a line
 *         right after the first sign-in. The most needed first: the sum is bounded (session.js). */
import { addDays } from './i18n.js';
import { currentRole, here, inputItems, madeItems, placeOf, session, today } from './session.js';

/** [method, request, list], as useRead gets them. */
export function readsOfToday() {
  const place = here();
  const { role } = currentRole();
  if (!place || session.acting) return [];
  const stock = ['Materials/GetStock', { place }];
  const lots = ['Materials/GetStock', { place, lots: true }];
  const kinds = ['Registry/ListKinds', {}];
  const coming = ['Distribution/ListShipments', { place, openOnly: true, limit: 100 }, 'shipments'];
  const slips = ['Distribution/ListShipments', { place, limit: 200 }, 'shipments'];
  const asked = ['Distribution/ListRequests', { place, limit: 100 }, 'requests'];
  const toSend = ['Distribution/ListRequests', { place, toSend: true, limit: 200 }, 'requests'];
  const questions = ['Reports/ListQuestions', { place, limit: 200 }, 'questions'];
  const flow = ['Reports/GetFlow', { place, from: addDays(today(), -29), to: today() }];
  const earned = ['Production/GetEarnings', { place, from: today().slice(0, 8) + '01', to: today(), limit: 500 }, 'rows'];
  const sheets = madeItems().slice(0, 4).map(view => ['Production/GetSheet', { place, day: today(), item: view.item.code, limit: 500, allBelow: true }, 'rows']);
  const strip = madeItems().slice(0, 1).map(view => ['Production/GetSheetDays', { place, item: view.item.code, from: addDays(today(), -6), to: today(), allBelow: true }]);
  const done = [madeItems(), inputItems()].flatMap(items => items.slice(0, 1)).map(view => ['Reports/GetSeries', { place, item: view.item.code, from: addDays(today(), -6), to: today() }]);
  const lines = items => items.map(view => ['Reports/ListDayLines', { place, day: today(), item: view.item.code }]);
  const around = [place, ...(placeOf(place).path || [])].map(parent => ['Registry/ListPlaces', { parent, limit: 500 }]);
  const common = [stock, questions, lots, coming, asked, slips, kinds, ...around, flow];
  return {
    ROLE_CLUSTER_MANAGER: [...sheets, ...strip, ...done, ...lines([...madeItems().slice(0, 2), ...inputItems().slice(0, 3)]), ['Reports/ListDayLines', { place, day: today() }], ...common, earned],
    ROLE_STORE_KEEPER: [toSend, ...common],
    ROLE_KITCHEN_OPERATOR: [...common, ['Reports/ListDayLines', { place, day: today() }]],
  }[role] || [];
}
