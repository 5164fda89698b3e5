/* api.js - calls to the services: Connect's JSON over HTTP, with the session's cookie.
 * Fails:  Refused, the business says no, with refusals to show; NoAnswer, nothing is known: ask again. */

const TIMEOUT_MS = 20000;
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

async function answerOf(response) {
  let body = null;
  try { body = await response.json(); } catch { /* no body is no answer, below */ }
  if (response.ok && body) return body;
  const code = body?.code || (response.status === 401 ? 'unauthenticated' : 'unavailable');
  const message = body?.message || response.statusText;
  if (UNSETTLED.has(code) && !refusalsOf(body?.details).length) throw new NoAnswer(message, code);
  throw new Refused(code, message, refusalsOf(body?.details));
}

async function ask(url, options) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  let response;
  try {
    response = await fetch(url, { ...options, signal: controller.signal, credentials: 'same-origin' });
    return await answerOf(response);
  } catch (error) {
    if (error instanceof Refused || error instanceof NoAnswer) throw error;
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A command, or anything that changes something. */
export function call(method, body, headers) {
  return ask('/rasad.v1.' + method, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'connect-protocol-version': '1', 'rasad-channel': 'app', ...headers },
    body: JSON.stringify(body),
  });
}

/** A read: by GET, so that the browser asks only whether it changed. */
export function read(method, body) {
  const url = `/rasad.v1.${method}?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify(body))}`;
  return url.length > GET_URL_CHARS_MAX ? call(method, body) : ask(url, { headers: { 'rasad-channel': 'app' } });
}

/** A UUID, version 4; randomUUID is not there on plain HTTP. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
