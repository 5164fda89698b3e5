/* scale.js - numbers into sizes and colours. Pure. */

/** One of 1, 2, 5 times a power of ten, not below `value`. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find(step => step * power >= value * 0.999999) * power;
}

/** Marks of an axis from below `least` to above `most`, in steps people count in; `whole`: none smaller than 1. */
export function ticks(least, most, count, whole) {
  const span = Math.max(most, 0) - Math.min(least, 0);
  if (!span) return [0, 1];
  let step = roundUp(span / count);
  if (whole) step = Math.max(1, step);
  const list = [];
  for (let at = Math.floor(Math.min(least, 0) / step); at * step < Math.max(most, 0) + step * 0.999999; at++) list.push(at * step);
  return list;
}

/** Two leading digits of a whole number, the others zero. */
const plain = value => {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / power) * power;
};

/** Lower bounds of up to five classes of what is above zero, each with about as many values; whole numbers of `unit`. */
export function bounds(values, unit = 1) {
  const above = values.filter(value => value > 0).sort((a, b) => a - b);
  const found = [];
  for (let i = 1; i < 5; i++) {
    const at = above[Math.floor(above.length * i / 5)];
    const bound = at && Math.max(1, plain(Math.max(1, Math.round(at / unit)))) * unit;
    if (bound && bound > (found.at(-1) || 0) && bound > above[0] && bound <= above.at(-1)) found.push(bound);
  }
  return found;
}

/** -1 below zero, 0 nothing, else 1 and one more for each bound reached. */
export const classOf = (value, list) => value < 0 ? -1 : value === 0 ? 0 : 1 + list.filter(bound => value >= bound).length;
