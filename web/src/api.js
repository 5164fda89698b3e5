/* api.js - calls to the services: Connect's JSON over HTTP, with the session's cookie.
 * Fails:  Refused, the business says no, with refusals to show; NoAnswer, nothing is known: ask again.
 * Rule:   only what is certainly ours counts: a page of a captive portal, a bare 404, a redirect are no answer. */

const TIMEOUT_MS = 20000; // and a second for each 1,000 characters sent: a slow line is no dead one
const GET_URL_CHARS_MAX = 1500;
// Answers that settle nothing: the same request is sent again.
const UNSETTLED = new Set(['unavailable', 'deadline_exceeded', 'canceled', 'unknown', 'internal', 'aborted', 'resource_exhausted']);

export class Refused extends Error {
  constructor(code, message, refusals) {
    super(message);
    this.code = code;
    this.refusals = refusals;
  }
}
export class NoAnswer extends Error {
  constructor(message, code) {
    super(message);
    this.code = code || 'offline';
  }
}

/** One rasad.v1.Refusal as Connect packs it: protobuf in base64. */
function unpackRefusal(base64) {
  const bytes = Uint8Array.from(atob(base64.replace(/-/g, '+').replace(/_/g, '/')), char => char.charCodeAt(0));
  const names = [, 'reason', 'field', 'message', 'have', 'need', 'next', 'line'];
  const refusal = {};
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; at < bytes.length; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const name = names[tag >> 3];
    if ((tag & 7) === 0) refusal[name] = varint();
    else if ((tag & 7) === 2) {
      const length = varint();
      refusal[name] = new TextDecoder().decode(bytes.subarray(at, at + length));
      at += length;
    } else break;
  }
  return refusal;
}

// Numbers of enum Reason, for refusals that come packed.
const REASONS = ['NONE', 'MISSING', 'BAD_FORMAT', 'OUT_OF_RANGE', 'UNKNOWN_CODE', 'WRONG_KIND', 'TWICE', 'EXISTS', 'NOT_YOURS',
  'NOT_ENOUGH', 'FUTURE_DAY', 'ALREADY_REVERSED', 'NOT_REVERSIBLE', 'REQUEST_ID_USED', 'NOT_SIGNED_IN', 'WRONG_PASSWORD',
  'TOO_MANY_TRIES', 'ON_HOLD', 'SAME_PERSON', 'STATE', 'LOOP', 'NOTHING_TO_DO', 'SET_ASIDE', 'TOO_MANY_LOTS', 'ALL_REFUSED'];

/** The reason without its prefix, whichever way it came: "NOT_ENOUGH". */
export const reasonOf = refusal =>
  typeof refusal.reason === 'number' ? REASONS[refusal.reason] || 'NONE' : String(refusal.reason || 'NONE').replace('REASON_', '');

function refusalsOf(details) {
  return (details || [])
    .filter(detail => detail.type === 'rasad.v1.Refusal')
    .map(detail => detail.debug || unpackRefusal(detail.value));
}

/** Ours are JSON, and errors carry a code of Connect: a page of somebody between us and the server is no answer. */
async function answerOf(response) {
  let body = null;
  try { if (/^application\/json/.test(response.headers.get('content-type'))) body = await response.json(); } catch { /* no answer, below */ }
  const ours = body && typeof body === 'object' && (response.ok || typeof body.code === 'string');
  if (!ours) throw new NoAnswer(`${response.status} ${response.statusText}`, 'stranger');
  const date = Date.parse(response.headers.get('date'));
  if (date) clock.heard?.(date);
  if (response.ok) return body;
  if (UNSETTLED.has(body.code) && !refusalsOf(body.details).length) throw new NoAnswer(body.message, body.code);
  throw new Refused(body.code, body.message, refusalsOf(body.details));
}

/** Who is told the server's clock, as far as its answers show it, and how far it is ahead; whose session the page believes to have. */
export const clock = { heard: null, aheadMs: 0 };
export const asker = { person: '' };

async function ask(url, options, use = answerOf) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS + (options.body?.length || 0));
  try {
    const credentials = options.headers.authorization ? 'omit' : 'same-origin';
    return await use(await fetch(url, { ...options, signal: controller.signal, credentials, redirect: 'error' }));
  } catch (error) {
    if (error instanceof Refused || error instanceof NoAnswer) throw error;
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

const asking = () => ({ 'rasad-channel': 'app', ...(asker.person ? { 'rasad-person': asker.person } : {}) });

/** A command, or anything that changes something. A body that is text goes out byte for byte. */
export function call(method, body, headers) {
  return ask('/rasad.v1.' + method, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'connect-protocol-version': '1', ...asking(), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const OUR_ETAG = /^(W\/)?"[0-9a-f]{32}(-gz)?"$/; // the gateway's; whoever else answers JSON has none

const urlOf = (method, body) => `/rasad.v1.${method}?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify(body))}`;

export const read = async (method, body) => (await readNew(method, body)).data;

/** A read by GET, asked with the mark of what is known: {data, etag, bytes}, without data when that is still so. */
export async function readNew(method, body, known) {
  const url = urlOf(method, body);
  if (url.length > GET_URL_CHARS_MAX) return { data: await call(method, body) };
  return ask(url, { cache: 'no-store', headers: { ...asking(), ...(known ? { 'if-none-match': known } : {}) } }, async response => {
    const seen = { etag: response.headers.get('etag'), bytes: Number(response.headers.get('content-length') || 0) };
    if ((response.ok || response.status === 304) && !OUR_ETAG.test(seen.etag)) throw new NoAnswer(`${response.status} ${response.statusText}`, 'stranger');
    return response.status === 304 && known ? seen : { data: await answerOf(response), ...seen };
  });
}

function uuid(bytes, version) {
  bytes[6] = (bytes[6] & 15) | version << 4;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const random = () => crypto.getRandomValues(new Uint8Array(16));

/** A UUID, version 4; randomUUID is not there on plain HTTP. The first digits of a phone's begin its slips' numbers. */
export const newId = () => uuid(random(), 4);

/** Of a request, version 7 (RFC 9562): the time first, so that the ids of one evening lie side by side in the store. */
export function newRequestId() {
  const bytes = random();
  for (let i = 0, ms = Date.now(); i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (40 - 8 * i));
  return uuid(bytes, 7);
}
