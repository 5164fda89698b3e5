/* chain.mjs - the whole chain as data: from the supplier's cloth to the family that got a mask, and how it is taken back.
 * Use:    const chain = new Chain(world); for (const step of STEPS) await chain.take(step);
 * Texts in requests and expectations are filled in: "@-3" a day from today, "$label.name.2", "$label.lot.1", "$label.id",
 * "$label.sequence" of an earlier answer. */
import { FOREVER, flowOf, stockOf } from './books.mjs';
import { check, dayAfter, differs, number, same, sleep, uuid } from './rasad.mjs';
import { KIT_RATE, MASK_RATE } from './world.mjs';

const REACTION_MS_MAX = 15000;

/* who, do, with: the call. get: what the answer must say (partly). stock: "place item [stage]" -> real - shortfall.
 * flow: "place item" -> columns of the whole time. earned: place -> money. refuses: the code of a refused command. */
export const STEPS = [
  { name: 'came: bolts, sacks, a pack that does not fit is refused beside them', as: 'came', who: 'keeper', do: 'Materials/Receive',
    with: { day: '@-5', place: 'st_d', lines: [
      { item: 'cloth', quantity: 11840, how: 'CAME_FROM_BOUGHT', supplier: 'sup', pack: 'bolt', packs: 3, supplierLot: 'B-77', price: 350000, money: 'inr' },
      { item: 'rice', quantity: 99999, how: 'CAME_FROM_DONATED', pack: 'sack', packs: 2 },
      { item: 'rice', quantity: 100000, how: 'CAME_FROM_DONATED', pack: 'sack', packs: 2 },
      { item: 'ppe_kit', quantity: 40, how: 'CAME_FROM_DONATED' },
      { item: 'elastic', quantity: 20000, how: 'CAME_FROM_BOUGHT' }] },
    get: { accepted: 4, refused: 1, receiptCode: /^\d{5}$/, lines: [
      { line: 1, name: '$came.name.1', lot: '$came.name.1' },
      { line: 2, refusal: { reason: 'REASON_OUT_OF_RANGE', field: 'lines[1].quantity', have: '99999', need: '100000', line: 2, next: /./ } },
      { line: 3 }, { line: 4 }, { line: 5 }] },
    stock: { 'st_d cloth': 11840, 'st_d rice': 100000, 'st_d ppe_kit unchecked': 40, 'st_d ppe_kit': 0, 'st_d elastic': 20000 },
    flow: { 'd1 cloth': { supplied: 11840, closing: 11840 }, 'b1 cloth': {} } },
  { name: 'a purchase order', as: 'order', who: 'keeper', do: 'Materials/PlaceOrder',
    with: { day: '@-5', place: 'st_d', order: 'PO-1', supplier: 'sup', lines: [{ item: 'cloth', quantity: 10000, price: 300000, money: 'inr', dueDay: '@2' }] },
    get: { accepted: 1 } },
  { name: 'it comes in two parts, and more than ordered', as: 'parts', who: 'keeper', do: 'Materials/Receive',
    with: { day: '@-5', place: 'st_d', lines: [{ item: 'cloth', quantity: 4000, orderLine: '$order.name.1' }, { item: 'cloth', quantity: 7000, orderLine: '$order.name.1' }] },
    get: { accepted: 2 }, stock: { 'st_d cloth': 22840 },
    then: { do: 'Materials/ListOrders', with: { place: 'st_d' }, get: { orders: [{ order: 'PO-1', supplier: 'sup', item: 'cloth', quantity: 10000, received: 11000 }] } } },
  { name: 'brought to the village organisations', as: 'brought', who: 'officer', do: 'Distribution/Deliver',
    with: { day: '@-5', from: 'st_d', lines: [
      { to: 'v1', item: 'cloth', quantity: 12000 }, { to: 'v1', item: 'elastic', quantity: 10000 }, { to: 'v2', item: 'cloth', quantity: 8000 },
      { to: 'k1', item: 'rice', quantity: 60000 }] },
    get: { accepted: 4 },
    stock: { 'st_d cloth': 2840, 'v1 cloth': 12000, 'v1 elastic': 10000, 'v2 cloth': 8000, 'k1 rice': 60000, 'st_d rice': 40000 },
    flow: { 'b1 cloth': { in: 20000, closing: 20000 }, 'd1 cloth': { supplied: 22840, closing: 22840 }, 'd1 rice': { supplied: 100000, delivered: 60000, closing: 100000 } } },
  { name: 'issued to many; who can not hold or is not known is refused', as: 'issued', who: 'manager', do: 'Materials/Issue',
    with: { day: '@-5', from: 'v1', lines: [
      { to: 'g11', item: 'cloth', quantity: 5000 }, { to: 'g11', item: 'elastic', quantity: 3600 }, { to: 'g12', item: 'cloth', quantity: 2500 },
      { to: 'sup', item: 'cloth', quantity: 1 }, { to: 'nowhere', item: 'cloth', quantity: 1 }] },
    get: { accepted: 3, refused: 2, lines: [{}, {}, {}, { refusal: { reason: 'REASON_WRONG_KIND', field: 'lines[3].to' } }, { refusal: { reason: 'REASON_UNKNOWN_CODE', field: 'lines[4].to' } }] },
    stock: { 'v1 cloth': 4500, 'v1 elastic': 6400, 'g11 cloth': 5000, 'g11 elastic': 0, 'g12 cloth': 2500 },
    flow: { 'g11 elastic': { in: 3600, consumed: 3600 }, 'v1 elastic': { in: 10000, issued: 3600, consumed: 3600, closing: 6400 }, 'v1 cloth': { in: 12000, issued: 7500, closing: 12000 } } },
  { name: 'returned', as: 'returned', who: 'manager', do: 'Materials/ReturnGoods',
    with: { day: '@-4', to: 'v1', lines: [{ from: 'g12', item: 'cloth', quantity: 500 }] },
    get: { accepted: 1 }, stock: { 'g12 cloth': 2000, 'v1 cloth': 5000 } },
  { name: 'wasted', as: 'wasted', who: 'manager', do: 'Materials/Waste',
    with: { day: '@-4', lines: [{ place: 'g11', item: 'cloth', quantity: 100, reason: 'WASTE_REASON_OFFCUTS' }] },
    get: { accepted: 1 }, stock: { 'g11 cloth': 4900 }, flow: { 'v1 cloth': { in: 12000, issued: 7500, scrapped: 100, closing: 11900 } } },
  { name: 'logged: good, spoiled, no work; another manager\'s group is refused', as: 'logged', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-4', lines: [
      { place: 'g11', item: 'mask', good: 200, spoiled: 8, membersAtWork: 9 }, { place: 'g12', item: 'mask', good: 120, membersAtWork: 7 },
      { place: 'g13', item: 'mask', noWork: 'NO_WORK_NO_CLOTH' }, { place: 'g21', item: 'mask', good: 1 }] },
    get: { accepted: 3, refused: 1, lines: [{ lot: '$logged.name.1' }, { lot: '$logged.name.2' }, {}, { refusal: { reason: 'REASON_NOT_YOURS', field: 'lines[3].place' } }] },
    stock: { 'g11 mask made': 200, 'g12 mask made': 120, 'g11 cloth': 2300, 'g12 cloth': 500, 'g21 mask made': 0 },
    flow: { 'v1 mask': { good: 320, spoiled: 8, closing: 320 }, 'v1 cloth': { in: 12000, issued: 7500, scrapped: 100, consumed: 4100, closing: 7800 } } },
  { name: 'logged beyond the cloth there is: a shortfall, no refusal', as: 'beyond', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g12', item: 'mask', good: 60, membersAtWork: 7 }] },
    get: { accepted: 1, lines: [{ shortfall: 250, lot: '$logged.name.2' }] }, stock: { 'g12 mask made': 180, 'g12 cloth': -250 },
    then: { do: 'Reports/ListQuestions', with: { place: 'v1' }, get: { questions: [{ kind: 'QUESTION_KIND_SHORTFALL', place: 'g12', item: 'cloth', quantity: 250, stage: 'STAGE_STOCK' }] } } },
  { name: 'all of it spoiled: never was stock, and yet part of the flow', as: 'spoiled', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g13', item: 'rice', spoiled: 3, membersAtWork: 1 }] },
    get: { accepted: 1 }, flow: { 'g13 rice': { spoiled: 3 }, 'v1 rice': { spoiled: 3 }, 'b1 rice': { in: 60000, spoiled: 3, closing: 60000 } } },
  { name: 'handed in, counted: that is stock and pay', as: 'handed', who: 'manager', do: 'Production/HandIn',
    with: { day: '@-3', to: 'v1', lines: [{ place: 'g11', item: 'mask', good: 190, spoiled: 4, rework: 6 }, { place: 'g12', item: 'mask', good: 200 }] },
    get: { accepted: 2, lines: [{ number: '1', lot: '$logged.name.1', shortfall: 0 }, { number: '2', shortfall: 20 }] },
    stock: { 'g11 mask made': 0, 'g11 mask rework': 6, 'g12 mask made': -20, 'v1 mask': 390 },
    flow: { 'v1 mask': { good: 380, spoiled: 8, scrapped: 4, handedIn: 390, closing: 376 }, 'g11 mask': { good: 200, spoiled: 8, scrapped: 4, out: 190, closing: 6 } },
    earned: { g11: 190 * MASK_RATE, g12: 200 * MASK_RATE } },
  { name: 'the log corrected: the goods of the old line go, those of the new come', as: 'corrected', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g12', item: 'mask', good: 80, membersAtWork: 8, corrects: { requestId: '$beyond.id', line: 1 } }] },
    get: { accepted: 1 }, stock: { 'g12 mask made': 0, 'g12 cloth': -500, 'v1 mask': 390 },
    flow: { 'g12 mask': { good: 200, out: 200 }, 'g12 cloth': { in: 2500, out: 500, consumed: 2500, closing: -500 } } },
  { name: 'a corrected line can not be corrected again', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g12', item: 'mask', good: 81, corrects: { requestId: '$beyond.id', line: 1 } }] },
    refuses: { code: 'failed_precondition', refusals: [{ reason: 'REASON_ALREADY_REVERSED', have: '$corrected.sequence', field: 'lines[0].corrects' }] } },
  { name: 'nor may a correction change the place or the item', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g13', item: 'mask', good: 80, corrects: { requestId: '$corrected.id', line: 1 } }] },
    refuses: { code: 'failed_precondition', refusals: [{ reason: 'REASON_NOT_REVERSIBLE' }] } },
  { name: 'remade: what was rework becomes made, and is neither new nor spoiled', as: 'remade', who: 'manager', do: 'Production/LogOutput',
    with: { workDate: '@-2', lines: [{ place: 'g11', item: 'mask', good: 50, remade: 5, membersAtWork: 9 }] },
    get: { accepted: 1 }, stock: { 'g11 mask made': 55, 'g11 mask rework': 1, 'g11 cloth': 1675 } },
  { name: 'cloth for the other village organisation\'s group', as: 'issued2', who: 'manager2', do: 'Materials/Issue',
    with: { day: '@-4', from: 'v2', lines: [{ to: 'g21', item: 'cloth', quantity: 7000 }] },
    get: { accepted: 1 }, stock: { 'v2 cloth': 1000, 'g21 cloth': 7000 } },
  { name: 'kits made', as: 'kits', who: 'manager2', do: 'Production/LogOutput',
    with: { workDate: '@-3', lines: [{ place: 'g21', item: 'ppe_kit', good: 15, spoiled: 1, membersAtWork: 5 }] },
    get: { accepted: 1 }, stock: { 'g21 ppe_kit made': 15, 'g21 cloth': 1400 } },
  { name: 'kits handed in wait for the inspector', as: 'kitsIn', who: 'manager2', do: 'Production/HandIn',
    with: { day: '@-3', to: 'v2', lines: [{ place: 'g21', item: 'ppe_kit', good: 15 }] },
    get: { accepted: 1, lines: [{ number: '1' }] }, stock: { 'g21 ppe_kit made': 0, 'v2 ppe_kit unchecked': 15, 'v2 ppe_kit': 0 },
    then: { do: 'Quality/ListUnchecked', with: { place: 'v2' }, get: { rows: [{ place: 'v2', item: 'ppe_kit', maker: 'g21', quantity: 15, number: '1', sample: 5 }] } } },
  { name: 'inspected: accepted, again, scrapped; accepted is earned', as: 'inspected', who: 'inspector', do: 'Quality/Inspect',
    with: { day: '@-2', lines: [{ place: 'v2', item: 'ppe_kit', accepted: 12, rework: 2, scrapped: 1, sample: 5, major: 1 }] },
    get: { accepted: 1 }, stock: { 'v2 ppe_kit': 12, 'v2 ppe_kit rework': 2, 'v2 ppe_kit unchecked': 0 },
    flow: { 'v2 ppe_kit': { good: 15, spoiled: 1, scrapped: 1, handedIn: 15, closing: 14 } }, earned: { g21: 12 * KIT_RATE } },
  { name: 'donated kits released: nobody earns by it', as: 'released', who: 'inspector', do: 'Quality/Inspect',
    with: { day: '@-2', lines: [{ place: 'st_d', item: 'ppe_kit', lots: ['$came.lot.4'], accepted: 40, sample: 8 }] },
    get: { accepted: 1 }, stock: { 'st_d ppe_kit': 40, 'st_d ppe_kit unchecked': 0 }, earned: { d1: 12 * KIT_RATE + 390 * MASK_RATE } },
  { name: 'cooked: a kitchen has what it made at once', as: 'cooked', who: 'kitchen', do: 'Production/LogOutput',
    with: { workDate: '@-1', lines: [{ place: 'k1', item: 'cooked_packet', good: 300, spoiled: 10, membersAtWork: 4 }] },
    get: { accepted: 1 }, stock: { 'k1 cooked_packet': 300, 'k1 rice': 13500 } },
  { name: 'served and sold', as: 'served', who: 'kitchen', do: 'Distribution/Serve',
    with: { day: '@-1', lines: [{ place: 'k1', item: 'cooked_packet', quantity: 250, people: 250 }, { place: 'k1', item: 'cooked_packet', quantity: 20, how: 'SERVED_HOW_SOLD' }] },
    get: { accepted: 2 }, stock: { 'k1 cooked_packet': 30 }, flow: { 'b1 cooked_packet': { good: 300, spoiled: 10, served: 250, sold: 20, closing: 30 } } },
  { name: 'what is left over is thrown away', as: 'left', who: 'kitchen', do: 'Materials/Waste',
    with: { day: '@-1', lines: [{ place: 'k1', item: 'cooked_packet', quantity: 5, reason: 'WASTE_REASON_EXPIRED' }] },
    get: { accepted: 1 }, stock: { 'k1 cooked_packet': 25 } },
  { name: 'asked for', as: 'ask', who: 'kitchen', do: 'Distribution/Request',
    with: { day: '@0', place: 'k1', lines: [{ item: 'rice', quantity: 20000 }, { item: 'mask', quantity: 100, urgent: true }] },
    get: { accepted: 2, lines: [{ quantity: 0 }, { quantity: 0 }] }, stock: {} },
  { name: 'who makes may not approve', who: 'manager', do: 'Distribution/Approve', with: { lines: [{ request: '$ask.name.1', quantity: 20000 }] },
    refuses: { code: 'permission_denied', refusals: [{ reason: 'REASON_NOT_YOURS' }] } },
  { name: 'set aside before it was approved: refused', who: 'keeper', do: 'Distribution/Allocate', with: { lines: [{ request: '$ask.name.1', from: 'st_d', quantity: 1 }] },
    refuses: { code: 'failed_precondition', refusals: [{ reason: 'REASON_STATE' }] } },
  { name: 'approved, one line with less', as: 'approved', who: 'officer', do: 'Distribution/Approve',
    with: { lines: [{ request: '$ask.name.1', quantity: 20000 }, { request: '$ask.name.2', quantity: 80, because: 'REFUSE_REASON_NOT_ENOUGH' }] }, get: { accepted: 2 } },
  { name: 'set aside; more than there is, and more than approved, is refused', as: 'aside', who: 'officer', do: 'Distribution/Allocate',
    with: { lines: [{ request: '$ask.name.1', from: 'st_d', quantity: 20000 }, { request: '$ask.name.2', from: 'v1', quantity: 80 }, { request: '$ask.name.2', from: 'v2', quantity: 1 }] },
    get: { accepted: 2, refused: 1, lines: [{}, {}, { refusal: { reason: 'REASON_STATE', field: 'lines[2].request' } }] },
    stock: { 'st_d rice': 20000, 'st_d rice reserved': 20000, 'v1 mask': 310, 'v1 mask reserved': 80 } },
  { name: 'sent from the store', as: 'sent', who: 'keeper', do: 'Distribution/Send',
    with: { day: '@0', slip: 's/1', from: 'st_d', to: 'k1', carrier: 'truck-1', waybill: 'WB-1', lines: [{ item: 'rice', quantity: 20000, request: '$ask.name.1' }] },
    get: { accepted: 1, lines: [{ number: 'S/1' }] }, stock: { 'st_d rice': 20000, 'st_d rice reserved': 0, 'st_d rice transit': 20000 } },
  { name: 'sent from the village', as: 'sent2', who: 'manager', do: 'Distribution/Send',
    with: { day: '@0', slip: 'M-2', from: 'v1', to: 'k1', lines: [{ item: 'mask', quantity: 80, request: '$ask.name.2' }] },
    get: { accepted: 1 }, stock: { 'v1 mask reserved': 0, 'v1 mask transit': 80, 'v1 mask': 310 } },
  { name: 'received short, and some of it spoiled', as: 'short', who: 'kitchen', do: 'Distribution/Receive',
    with: { day: '@0', slip: 'S/1', place: 'k1', proof: 'PROOF_TAP', lines: [{ item: 'rice', quantity: 19500, spoiled: 500 }] },
    get: { accepted: 1 }, stock: { 'k1 rice': 32500, 'k1 rice unchecked': 500, 'st_d rice transit': 500 },
    then: { do: 'Distribution/ListShipments', with: { place: 'st_d', openOnly: true }, get: { shipments: [{ slip: 'S/1', status: 'less_came', from: 'st_d', to: 'k1', carrier: 'truck-1', waybill: 'WB-1', lines: [{ item: 'rice', sent: 20000, received: 19500, spoiled: 500, missing: 500 }] }] } } },
  { name: 'received whole', as: 'whole', who: 'kitchen', do: 'Distribution/Receive',
    with: { day: '@0', slip: 'm-2', place: 'k1', lines: [{ item: 'mask', quantity: 80 }] }, get: { accepted: 1 }, stock: { 'k1 mask': 80, 'v1 mask transit': 0 } },
  { name: 'more than is on the way can not be settled', who: 'keeper', do: 'Distribution/Settle',
    with: { day: '@0', slip: 'S/1', lines: [{ item: 'rice', quantity: 501, outcome: 'SETTLEMENT_LOST' }] },
    refuses: { code: 'failed_precondition', refusals: [{ reason: 'REASON_NOT_ENOUGH', have: '500', need: '501' }] } },
  { name: 'settled: lost, and came after all', as: 'settled', who: 'keeper', do: 'Distribution/Settle',
    with: { day: '@0', slip: 'S/1', lines: [{ item: 'rice', quantity: 300, outcome: 'SETTLEMENT_LOST' }, { item: 'rice', quantity: 200, outcome: 'SETTLEMENT_CAME' }] },
    get: { accepted: 2 }, stock: { 'st_d rice transit': 0, 'k1 rice': 32700 },
    flow: { 'd1 rice': { supplied: 100000, delivered: 80000 - 300, consumed: 46500, lost: 300, closing: 53200, spoiled: 3 } },
    then: { do: 'Distribution/ListRequests', with: { place: 'k1' }, get: { requests: [
      { name: '$ask.name.2', status: 'came', requested: 100, approved: 80, sent: 80, received: 80, urgent: true, askedBy: 'kitchen' },
      { name: '$ask.name.1', status: 'less_came', requested: 20000, approved: 20000, sent: 20000, received: 19700, spoiled: 500 }] } } },
  { name: 'given to a dealer without any request', as: 'dealer', who: 'manager', do: 'Distribution/Deliver',
    with: { day: '@0', from: 'v1', lines: [{ to: 'dl1', item: 'mask', quantity: 100, proof: 'PROOF_SIGNATURE' }] },
    get: { accepted: 1 }, stock: { 'v1 mask': 210, 'dl1 mask': 100 }, flow: { 'v1 mask': { good: 450, spoiled: 8, scrapped: 4, handedIn: 390, delivered: 100, out: 80, closing: 366 } } },
  { name: 'straight out of what a group made: handed in on the way', as: 'out', who: 'manager', do: 'Distribution/Deliver',
    with: { day: '@0', from: 'g11', lines: [{ to: 'dl2', item: 'mask', quantity: 30, outOfMade: true }] },
    get: { accepted: 1, lines: [{ number: '3' }] }, stock: { 'g11 mask made': 25, 'v1 mask': 210, 'dl2 mask': 30 },
    flow: { 'v1 mask': { good: 450, spoiled: 8, scrapped: 4, handedIn: 420, delivered: 100, out: 110, closing: 336 } }, earned: { g11: 220 * MASK_RATE, v1: 420 * MASK_RATE } },
  { name: 'given to families', as: 'families', who: 'manager', do: 'Distribution/Serve',
    with: { day: '@0', lines: [{ place: 'dl1', item: 'mask', quantity: 60, families: 30 }] }, get: { accepted: 1 }, stock: { 'dl1 mask': 40 } },
  { name: 'a group serves nobody: refused', who: 'manager', do: 'Distribution/Serve', with: { day: '@0', lines: [{ place: 'g11', item: 'mask', quantity: 1 }] },
    refuses: { code: 'failed_precondition', refusals: [{ reason: 'REASON_WRONG_KIND' }] } },
  { name: 'counted at the end of days', as: 'counted', who: 'manager', do: 'Materials/Count',
    with: { day: '@0', lines: [{ place: 'v1', item: 'mask', counted: 205 }, { place: 'g11', item: 'mask', counted: 26, stage: 'STAGE_MADE' }] },
    get: { accepted: 2, lines: [{ quantity: -5 }, { quantity: 1 }] }, stock: { 'v1 mask': 205, 'g11 mask made': 26 }, flow: { 'g11 mask': { good: 250, spoiled: 8, scrapped: 4, out: 220, difference: 1, closing: 27 } } },
  { name: 'counted yesterday', as: 'counted2', who: 'manager', do: 'Materials/Count', with: { day: '@-1', lines: [{ place: 'g11', item: 'cloth', counted: 1700 }] },
    get: { accepted: 1, lines: [{ quantity: 25 }] }, stock: { 'g11 cloth': 1700 } },
  { name: 'counted in the morning: what came since is on top', as: 'morning', who: 'kitchen', do: 'Materials/Count', with: { day: '@0', atStart: true, lines: [{ place: 'k1', item: 'rice', counted: 13000 }] },
    get: { accepted: 1, lines: [{ quantity: -500 }] }, stock: { 'k1 rice': 32200 } },
  { name: 'a fact from before the count: what was counted stands', as: 'late', who: 'manager', do: 'Materials/Waste',
    with: { day: '@-2', lines: [{ place: 'g11', item: 'cloth', quantity: 40, reason: 'WASTE_REASON_WET' }] },
    get: { accepted: 1 }, stock: { 'g11 cloth': 1700 }, flow: { 'g11 cloth': { in: 5000, scrapped: 140, consumed: 3225, difference: 65, closing: 1700 } } },
  { name: 'the count corrected', as: 'counted3', who: 'manager', do: 'Materials/Count',
    with: { day: '@-1', lines: [{ place: 'g11', item: 'cloth', counted: 1650, corrects: { requestId: '$counted2.id', line: 1 } }] },
    get: { accepted: 1, lines: [{ quantity: 15 }] }, stock: { 'g11 cloth': 1650 } },
  { name: 'goods that came, corrected to less', as: 'came2', who: 'keeper', do: 'Materials/Receive',
    with: { day: '@-5', place: 'st_d', lines: [{ item: 'cloth', quantity: 6000, orderLine: '$order.name.1', corrects: { requestId: '$parts.id', line: 2 } }] },
    get: { accepted: 1, lines: [{ lot: /./ }] }, stock: { 'st_d cloth': 1840 },
    then: { do: 'Materials/ListOrders', with: { place: 'st_d' }, get: { orders: [{ received: 10000 }] } } },
];

/* What is taken back, in this order: the newest not first, so that the books are short of much in between. */
export const TAKEN_BACK = [
  ['Materials', 'came', 1], ['Production', 'logged', 1], ['Distribution', 'brought', 1], ['Materials', 'counted3', 1], ['Quality', 'inspected', 1],
  ['Production', 'handed', 2], ['Distribution', 'short', 1], ['Materials', 'issued', 2], ['Distribution', 'out', 1], ['Production', 'remade', 1],
  ['Materials', 'came2', 1], ['Distribution', 'settled', 2], ['Materials', 'counted', 2], ['Production', 'kits', 1], ['Distribution', 'sent', 1],
  ['Distribution', 'settled', 1], ['Materials', 'late', 1], ['Materials', 'wasted', 1], ['Production', 'cooked', 1], ['Materials', 'came', 3],
  ['Distribution', 'served', 1], ['Distribution', 'served', 2], ['Materials', 'left', 1], ['Materials', 'issued', 1], ['Materials', 'issued', 3],
  ['Production', 'handed', 1], ['Production', 'corrected', 1], ['Production', 'logged', 2], ['Production', 'logged', 3], ['Materials', 'returned', 1],
  ['Distribution', 'brought', 2], ['Distribution', 'brought', 3], ['Distribution', 'brought', 4], ['Materials', 'issued2', 1], ['Production', 'kitsIn', 1],
  ['Quality', 'released', 1], ['Distribution', 'sent2', 1], ['Distribution', 'whole', 1], ['Distribution', 'dealer', 1], ['Distribution', 'families', 1],
  ['Production', 'spoiled', 1], ['Materials', 'counted', 1], ['Materials', 'morning', 1], ['Materials', 'came', 4], ['Materials', 'came', 5], ['Materials', 'parts', 1],
];

export const COLUMNS = ['supplied', 'good', 'in', 'out', 'consumed', 'served', 'sold', 'scrapped', 'lost', 'difference', 'closing', 'spoiled', 'issued', 'handedIn', 'delivered'];

export class Chain {
  constructor(world) {
    this.world = world;
    this.answers = {};
  }

  /** A text with what stands for something filled in. */
  filled(value) {
    if (Array.isArray(value)) return value.map(each => this.filled(each));
    if (value instanceof RegExp) return value;
    if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.filled(part)]));
    if (typeof value !== 'string') return value;
    if (value.startsWith('@')) return dayAfter(this.world.today, Number(value.slice(1)));
    if (!value.startsWith('$')) return value;
    const [label, what, line] = value.slice(1).split('.');
    const answer = this.answers[label];
    return what === 'id' || what === 'sequence' ? answer[what] : answer.lines[Number(line) - 1][what];
  }

  expect(got, wanted, what) {
    const fault = differs(got, this.filled(wanted));
    check(!fault, `${what}: ${fault}`);
  }

  async stockIs(wanted) {
    for (const [where, quantity] of Object.entries(wanted)) {
      const [place, item, stage = 'stock'] = where.split(' ');
      const stock = await stockOf(this.world.rasad, place);
      same(number(stock[item]?.[`STAGE_${stage.toUpperCase()}`]), quantity, where);
    }
  }

  async flowIs(wanted) {
    for (const [where, columns] of Object.entries(wanted)) {
      const [place, item] = where.split(' ');
      const row = (await flowOf(this.world.rasad, place)).goods[item];
      for (const column of COLUMNS) same(row?.[column] ?? 0, columns[column] ?? 0, `flow of ${where}, ${column}`);
    }
  }

  /** Earnings come by a reaction: a moment after the entry. */
  async earnedIs(wanted) {
    const { rasad } = this.world;
    for (const [place, money] of Object.entries(wanted)) {
      for (const until = Date.now() + REACTION_MS_MAX; ; await sleep(20)) {
        const row = (await flowOf(rasad, place)).money.inr;
        const rows = (await rasad.ask('Production/GetEarnings', { place, from: FOREVER[0], to: FOREVER[1] })).rows ?? [];
        const [earned, owed] = ['earned', 'owed'].map(column => rows.reduce((sum, r) => sum + number(r[column]), 0));
        if (number(row?.earned) === money && number(row?.closing) === money && earned === money && owed === money) break;
        check(Date.now() < until, `${place} earned ${row?.earned} by the flow, ${earned} by the statement, owed ${owed}, wanted ${money}`);
      }
    }
  }

  async take(step) {
    const { rasad, tokens } = this.world;
    const request = { requestId: uuid(), ...this.filled(step.with) };
    const options = { token: tokens[step.who] };
    const before = await rasad.head();
    const got = await rasad.call(step.do, request, options);
    if (step.refuses) {
      check(!got.ok, `went well: ${JSON.stringify(got.body)}`);
      this.expect(got, step.refuses, 'refusal');
      same((await rasad.head()).sequence, before.sequence, 'the journal after a refusal');
    } else {
      check(got.ok, `${got.status} ${got.message}`);
      if (step.as) this.answers[step.as] = { ...got.body, id: request.requestId, request, do: step.do, token: options.token };
      this.expect(got.body, step.get, 'answer');
    }
    if (step.stock) await this.stockIs(step.stock);
    if (step.flow) await this.flowIs(step.flow);
    if (step.earned) await this.earnedIs(step.earned);
    if (step.then) this.expect(await rasad.ask(step.then.do, this.filled(step.then.with)), step.then.get, step.then.do);
  }

  reverse(service, label, line) {
    return this.world.rasad.call(`${service}/Reverse`, { requestId: uuid(), lines: [{ requestId: this.answers[label].id, line }] });
  }
}
