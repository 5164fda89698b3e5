/* carrier.js - how goods travel. The journal holds codes and no names, so a carrier is a kind of way and the number on the
 * vehicle, "tempo.UP64AT1234": what the slip must show, and nobody's name. */
import { t } from './i18n.js';

export const CARRIERS = ['truck', 'tempo', 'tractor', 'motorbike', 'bus', 'rickshaw', 'foot'];

/** A vehicle's number as it is stored: capitals and digits, at least one digit, so no name passes for one. */
export const vehicleOf = text => {
  const plain = (text || '').toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 13);
  return /\d/.test(plain) ? plain : '';
};

export const carrierCode = (way, vehicle) => [way, vehicleOf(vehicle)].filter(Boolean).join('.');

export function carrierText(code) {
  const [way, ...vehicle] = (code || '').split('.');
  return CARRIERS.includes(way) ? [t('carrier_' + way), ...vehicle].join(' ') : code;
}
