/* flow.js - a flow as terms of its sum: what came into it on one side, what became of it on the other.
 * Rule:  opening + supplied + good + in - out - consumed - served - sold - scrapped - lost + difference = closing,
 *        so both sides are equally high; a negative one stands on the other side.
 * Pure. The picture of it is pictures/sankey.js. */

const INTO = ['opening', 'supplied', 'good', 'in'];
const OUT_OF = ['consumed', 'out', 'served', 'sold', 'scrapped', 'lost'];

/** {into, outOf}: [{key, value}], every value above zero. */
export function terms(row) {
  const into = [];
  const outOf = [];
  const put = (key, value) => {
    if (value > 0) into.push({ key, value });
    if (value < 0) outOf.push({ key, value: -value });
  };
  for (const key of INTO) put(key, Number(row[key] || 0));
  put('difference', Number(row.difference || 0));
  for (const key of OUT_OF) put(key, -Number(row[key] || 0));
  const stages = (row.closingByStage || []).map(each => ({ key: 'stage_' + String(each.stage).replace('STAGE_', ''), value: Number(each.quantity || 0) }));
  if (stages.length && stages.every(each => each.value >= 0)) {
    for (const each of stages) if (each.value) outOf.push({ ...each, left: true });
  } else {
    put('closing', -Number(row.closing || 0));
    if (Number(row.closing) > 0) outOf.at(-1).left = true;
  }
  return { into, outOf };
}

/** One number of a flow, by the name it has on screens and in addresses. */
export const MEASURES = {
  made: flow => Number(flow.good || 0),
  came: flow => Number(flow.supplied || 0) + Number(flow.in || 0),
  used: flow => Number(flow.consumed || 0),
  went: flow => Number(flow.out || 0) + Number(flow.served || 0) + Number(flow.sold || 0),
  left: flow => Number(flow.closing || 0),
};

/** Word of a term. */
export const termWord = key => key.startsWith('stage_') ? key : 'flow_' + key;
