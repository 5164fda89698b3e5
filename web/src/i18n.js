/* i18n.js - language, digits, days and quantities.
 * Rule: nothing on a screen is written anywhere else than in words.js; numbers and days go through this file.
 * Days are YYYY-MM-DD everywhere; Persian shows the Jalali calendar. */

export const LANGUAGES = [['en', 'English'], ['hi', 'हिन्दी'], ['fa', 'فارسی']];
const LOCALES = { en: 'en-IN', hi: 'hi-IN', fa: 'fa-IR' };
const CALENDAR_LOCALES = { en: 'en-IN-u-ca-gregory', hi: 'hi-IN-u-ca-gregory', fa: 'fa-IR-u-ca-persian' };
const DAY_MS = 86400000;

let language = chosenLanguage();
const listeners = new Set();

function chosenLanguage() {
  const kept = localStorage.getItem('language');
  if (kept in LOCALES) return kept;
  const first = (navigator.language || 'en').slice(0, 2);
  return first in LOCALES ? first : 'en';
}

export const currentLanguage = () => language;

// ---- words: one file a language, made by the build from words.js

let words = {};
let carried = null; // {en, hi, fa} of a page that carries its few words itself

let ofDesk = null;     // on their way, or here: the words that only the desk's screens say
let allThere = false;

/** A file of words; waits for a line as long as it takes, it is asked for once and then kept by the worker. */
async function fetchFile(path) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10000)) {
    try {
      const answer = await fetch(path);
      if (answer.ok) return await answer.json();
    } catch { /* no line, or something that is not ours answered */ }
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

async function fetchWords(code) {
  if (carried) return carried[code];
  const [some, others] = await Promise.all([fetchFile(WORD_PATHS[code]), ofDesk && fetchFile(DESK_WORD_PATHS[code])]);
  return { ...some, ...others };
}

/** The words of the desk's screens too, from now on. */
export const deskWords = () => ofDesk ||= (async () => {
  for (let code; code !== language;) { // another may be chosen meanwhile
    code = language;
    const others = await fetchFile(DESK_WORD_PATHS[code]);
    if (code === language) words = { ...words, ...others };
  }
  allThere = true;
  listeners.forEach(listener => listener());
})();

/** The words of another language, for paper in two. */
export const wordsIn = code => fetchWords(code);

export async function loadWords() {
  words = await fetchWords(language);
}

/** A page of few words brings them along, in all languages. */
export function carryWords(all) {
  carried = all;
  words = all[language];
}

export function applyLanguage() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'fa' ? 'rtl' : 'ltr';
}

export async function setLanguage(code) {
  localStorage.setItem('language', code);
  let text, had;
  do { had = ofDesk; text = await fetchWords(code); } while (had !== ofDesk);
  if (localStorage.getItem('language') !== code) return; // another was chosen meanwhile
  words = text;
  language = code;
  applyLanguage();
  listeners.forEach(listener => listener());
}

export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The words of a key, with {name} filled in; {day|days} is the first where n is one. */
export function t(key, values) {
  const text = words[key];
  if (!text && !carried) deskWords(); // an entry of the desk, named among her own
  if (!text) return allThere || carried ? key : '…';
  return values ? text.replace(/\{(\w+)\|(\w+)\}/g, values.n === number(1) ? '$1' : '$2').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '') : text;
}

/** One of several names in the contract's form {en, hi, fa}; a person's stands in one script alone. */
export const nameOf = (names, code) => names?.[language] || names?.en || names?.hi || names?.fa || code || '';

// A formatter takes longer to make than to use.
const formatters = new Map();
function formatter(kind, locale, options) {
  const key = `${locale} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) formatters.set(key, new kind(locale, options));
  return formatters.get(key);
}

export const number = (value, digits = 0) => formatter(Intl.NumberFormat, LOCALES[language], { maximumFractionDigits: digits }).format(value);

/** Long numbers for pictures: 9.4 M or 94 lakh, as the language has it. */
export const shortNumber = value => formatter(Intl.NumberFormat, LOCALES[language],
  Math.abs(value) < 100000 ? { maximumFractionDigits: 2 } : { notation: 'compact', maximumFractionDigits: 2 }).format(value);

/** A text for matching only: letters that are typed in two ways become one, marks that are not seen go. */
export const plainText = text => text.toLowerCase().replace(/ي/g, 'ی').replace(/ك/g, 'ک').replace(/[\u200b-\u200d\ufeff]/g, '');

/** Any digits a keyboard may give, as ASCII; all else stays. */
export const asciiDigits = text => String(text ?? '')
  .replace(/[\u06f0-\u06f9]/g, digit => digit.charCodeAt(0) - 0x6f0)
  .replace(/[\u0660-\u0669]/g, digit => digit.charCodeAt(0) - 0x660)
  .replace(/[\u0966-\u096f]/g, digit => digit.charCodeAt(0) - 0x966);

/** The same for a number: grouping goes, one decimal point stays. */
export const plainDigits = text => asciiDigits(text).replace(/\u066b/g, '.').replace(/[^\d.]/g, '').replace(/(\..*)\./g, '$1');

/** A typed text as a box shows it: the language's own digits, nothing else changed. */
export function localDigits(text) {
  return language === 'fa' ? text.replace(/\d/g, digit => String.fromCharCode(0x6f0 + Number(digit))).replace('.', '٫') : text;
}

// ---- quantities: whole numbers of the base unit; a display unit is `displayFactor` of them

export const factorOf = item => Number(item?.displayFactor || 1);
const decimalsOf = item => Math.max(0, String(factorOf(item)).length - 1);

/** What was typed in display units, in base units; null where it is no such number. No floating point. */
export function toBase(text, item) {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || !(match[1] || match[2])) return null;
  const factor = factorOf(item);
  const decimals = decimalsOf(item);
  const rest = match[2] || '';
  if (/[1-9]/.test(rest.slice(decimals))) return null;
  const value = Number(match[1] || 0) * factor + Number((rest + '0'.repeat(decimals)).slice(0, decimals) || 0);
  return value <= 1e12 ? value : null;
}

/** The text that `toBase` turns into this quantity. */
export function fromBase(quantity, item) {
  const decimals = decimalsOf(item);
  if (!decimals) return String(quantity);
  const digits = String(quantity).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '') || '0';
}

/** English alone says units of one and of many in two ways; signs like kg stay. */
export const unitOf = (item, one) => {
  const unit = nameOf(item?.displayUnit, '');
  return language === 'en' && !one && /[a-z]{2}[a-rt-z]$/.test(unit) ? unit + (unit.endsWith('x') ? 'es' : 's') : unit;
};
export const amount = (quantity, item) => number(Number(quantity || 0) / factorOf(item), 3);

export function amountWithUnit(quantity, item) {
  const unit = unitOf(item, Number(quantity) === factorOf(item));
  return unit ? `${amount(quantity, item)} ${unit}` : amount(quantity, item);
}

// ---- days

// Days and hours on a screen are the programme's, whatever zone the phone has been set to; India's until a server has said.
let eastMs = Number(localStorage.getItem('programme-offset') || 330) * 60000;
export function setProgramme(offsetMin) {
  eastMs = offsetMin * 60000;
  try { localStorage.setItem('programme-offset', String(offsetMin)); } catch { /* a full disk */ }
}
const inProgramme = ms => new Date(Number(ms) + eastMs); // its UTC fields are the programme's
export const dayAt = ms => inProgramme(ms).toISOString().slice(0, 10);

const utc = day => new Date(day + 'T00:00:00Z');
export const addDays = (day, days) => new Date(utc(day).getTime() + days * DAY_MS).toISOString().slice(0, 10);
export const daysBetween = (from, to) => Math.round((utc(to) - utc(from)) / DAY_MS);
export const dayOfNumber = days => new Date(days * DAY_MS).toISOString().slice(0, 10);

/** The last day of use: the books count days of use by the calendar, whatever the zone. */
export const lastDayOf = expiryMs => dayOfNumber(Math.floor((Number(expiryMs) - 1) / DAY_MS));

const dayFormat = options => formatter(Intl.DateTimeFormat, CALENDAR_LOCALES[language], { timeZone: 'UTC', ...options });

/** In Persian some formats begin with the year: nobody says it so. */
export const dayText = (day, options = { weekday: 'short', day: 'numeric', month: 'long' }) => {
  const text = day ? dayFormat(options).format(utc(day)) : '';
  return /^[\d۰-۹]{4} /.test(text) ? text.split(/,? /).reverse().join(' ') : text;
};
export const shortDay = day => dayText(day, { day: 'numeric', month: 'short' });
/** Short enough for a seventh of a phone; Persian has no short names, only letters. */
export const weekday = day => dayText(day, { weekday: language === 'fa' ? 'narrow' : 'short' });
export const dayOfMonth = day => dayText(day, { day: 'numeric' });
export const monthText = day => dayText(day, { month: 'long', year: 'numeric' });

/** Days of the month that holds `day`, in the language's calendar. */
export function monthOf(day) {
  const ordinal = each => Number(plainDigits(dayText(each, { day: 'numeric' })));
  const first = addDays(day, 1 - ordinal(day));
  const days = [first];
  for (let next = addDays(first, 1); ordinal(next) !== 1; next = addDays(next, 1)) days.push(next);
  return days;
}

/** Column of a day in a week that starts as people here expect it: Saturday in Persian, Monday else. */
export const weekColumn = day => (utc(day).getUTCDay() + (language === 'fa' ? 1 : 6)) % 7;

const clockOf = { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hour12: false };
export const clockText = ms => dayFormat(clockOf).format(inProgramme(ms));
export const instantText = ms => dayFormat({ ...clockOf, day: 'numeric', month: 'short', year: 'numeric' }).format(inProgramme(ms));
