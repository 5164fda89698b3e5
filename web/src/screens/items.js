/* items.js - what there is: units, recipes, what is paid. */
import { amountWithUnit, nameOf, t } from '../i18n.js';
import { itemOf, session } from '../session.js';
import { Amount, Num } from '../ui.js';

const UNITS = { UNIT_PIECE: 'PIECE', UNIT_GRAM: 'GRAM', UNIT_MILLILITRE: 'MILLILITRE', UNIT_CENTIMETRE: 'CENTIMETRE', UNIT_PAISE: 'PAISE', UNIT_RIAL: 'RIAL' };

export function Items() {
  return (
    <ul class="cards columned">
      {session.items.map(({ item, inputs, ratePerPiece, rateMoney }) => (
        <li key={item.code} class="card">
          <div class="card-head"><b>{nameOf(item.name, item.code)}</b><Num class="soft">{item.code}</Num></div>
          <p class="soft">{t('unit_' + (UNITS[item.unit] || 'PIECE'))}{item.check && item.check !== 'CHECK_NONE' && <>{t('dot')}{t('check_' + item.check.replace('CHECK_', ''))}</>}</p>
          {inputs?.length > 0 && <ul class="amounts">{inputs.map(input => (
            <li key={input.item}>{nameOf(itemOf(input.item).name, input.item)} <b><Amount of={input.quantity} item={input.item} /></b> {t('for_n', { n: amountWithUnit(input.per, item) })}</li>
          ))}</ul>}
          {Number(ratePerPiece) > 0 && <p>{t('pay_per_piece')} <b><Amount of={ratePerPiece} item={rateMoney} /></b></p>}
        </li>
      ))}
    </ul>
  );
}
