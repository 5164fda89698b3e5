/* progress.js - how far the requests of some days are: of what was asked how much is approved, sent and came. */
import { daysBetween, number, t } from '../i18n.js';
import { itemName, useRead } from '../session.js';
import { Amount, Section } from '../ui.js';

const STEPS = [['requested', 'step_asked'], ['approved', 'step_approved'], ['sent', 'step_sent'], ['received', 'step_came']];
const DAYS_MAX = 400; // of Distribution/GetProgress

/** Rows of all pages, one an item: numbers of the contract as numbers. */
export function progressRows(read) {
  const sums = new Map();
  for (const row of read.data?.rows || []) {
    const sum = sums.get(row.item) || { item: row.item };
    for (const [key, value] of Object.entries(row)) if (key !== 'item') sum[key] = (sum[key] || 0) + Number(value);
    sums.set(row.item, sum);
  }
  return [...sums.values()];
}

export const useProgress = (place, period) => useRead('Distribution/GetProgress',
  place && daysBetween(period.from, period.to) < DAYS_MAX ? { place, ...period } : null, { list: 'rows', live: true });

export function Progress({ place, period }) {
  const rows = progressRows(useProgress(place, period));
  if (!rows.length) return null;
  return (
    <Section title={t('requests_progress')}>
      <ul class="rows progress-rows">
        {rows.map(row => (
          <li key={row.item} data-item={row.item}>
            <div class="progress-head"><b>{itemName(row.item)}</b><span class="soft">{t('n_of_m_done', { n: number(row.ended || 0), m: number(row.lines || 0) })}</span></div>
            {STEPS.map(([key, word]) => (
              <div key={key} class={`progress-step step-${key}`}>
                <span>{t(word)}</span>
                <progress max={Math.max(1, row.requested || 0, row.sent || 0)} value={row[key] || 0} aria-hidden="true" />
                <b data-step={key}><Amount of={row[key] || 0} item={row.item} /></b>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}
