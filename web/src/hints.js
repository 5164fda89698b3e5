/* hints.js - what changed, as the server hints it (/events: topic, place, sequence), and which reads that concerns.
 * Rule:  a read that is not named here is read again at every hint; a hint without a topic concerns all.
 * Why:   in the evening hours entries come many a second: a burst is one reading, and never less than a pause apart. */

const BURST_MS = 300;
const PAUSE_MS = 2000;

const SETUP = /^(kind|place|item|recipe|rate|offer|mark|person|roles|quota|limit|holiday|tax)_|^month_/;
const REQUESTS = /^(request|approv|alloc|unalloc|sent|received|settled|reversed)/;
const SLIPS = /^(sent|received|settled|reversed)/;
const goods = topic => !SETUP.test(topic) && !/^(requested|approv|request_cancelled|order_placed)/.test(topic);
const CONCERNS = {
  'Distribution/ListRequests': topic => REQUESTS.test(topic),
  'Distribution/GetProgress': topic => REQUESTS.test(topic),
  'Distribution/ListShipments': topic => SLIPS.test(topic),
  'Reports/GetFlow': goods,
  'Reports/ListDayLines': goods,
  'Reports/GetBelow': goods,
  'Reports/GetSeries': topic => goods(topic) && topic !== 'earned',
};

/** Does one of the topics change what this read says? null stands for everything. */
export const concerns = (method, topics) => topics.has(null) || !CONCERNS[method] || [...topics].some(CONCERNS[method]);

let timer = 0;
let firedMs = 0;
let topics = new Set();

/** Gathers hints; `then(topics)` once a burst. No text: something that this phone itself did, everything may differ. */
export function gather(text, then) {
  let topic = null;
  try { topic = JSON.parse(text).topic || null; } catch { /* not a hint: everything */ }
  topics.add(topic);
  timer ||= setTimeout(() => {
    const now = topics;
    timer = 0;
    firedMs = Date.now();
    topics = new Set();
    then(now);
  }, topic ? Math.max(BURST_MS, firedMs + PAUSE_MS - Date.now()) : BURST_MS);
}
