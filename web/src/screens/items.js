/* items.js - what there is: units, recipes, what is paid; the administrator says what tax papers call it. */
import { amountWithUnit, asciiDigits, nameOf, t } from '../i18n.js';
import { currentRole, itemOf, session, today, useRead } from '../session.js';
import { Amount, Num } from '../ui.js';
import { Form } from './form.js';

const UNITS = { UNIT_PIECE: 'PIECE', UNIT_GRAM: 'GRAM', UNIT_MILLILITRE: 'MILLILITRE', UNIT_CENTIMETRE: 'CENTIMETRE', UNIT_PAISE: 'PAISE', UNIT_RIAL: 'RIAL' };

const HSN = /^(\d{4}|\d{6}|\d{8})?$/;

const TaxCode = ({ item, hsn }) => (
  <Form word="set_hsn" draftKey={'hsn:' + item.code} start={{ hsn }} fields={[['hsn', { dir: 'ltr', inputmode: 'numeric', maxlength: 8 }]]}
    ready={values => HSN.test(asciiDigits(values.hsn || '')) && asciiDigits(values.hsn || '') !== (hsn || '')}
    entryOf={values => ({ method: 'Registry/SetTaxCodes', labels: [nameOf(item.name, item.code)], body: { lines: [{ item: item.code, hsn: asciiDigits(values.hsn || ''), fromDay: today() }] } })} />
);

export function Items() {
  const read = useRead('Registry/ListItems', {}, { live: true });
  return (
    <ul class="cards columned">
      {(read.data?.items || session.items).map(({ item, inputs, ratePerPiece, rateMoney, hsn }) => (
        <li key={item.code} class="card">
          <div class="card-head"><b>{nameOf(item.name, item.code)}</b><Num class="soft">{item.code}</Num></div>
          <p class="soft">{t('unit_' + (UNITS[item.unit] || 'PIECE'))}{item.check && item.check !== 'CHECK_NONE' && <>{t('dot')}{t('check_' + item.check.replace('CHECK_', ''))}</>}</p>
          {inputs?.length > 0 && <ul class="amounts">{inputs.map(input => (
            <li key={input.item}>{nameOf(itemOf(input.item).name, input.item)} <b><Amount of={input.quantity} item={input.item} /></b> {t('for_n', { n: amountWithUnit(input.per, item) })}</li>
          ))}</ul>}
          {Number(ratePerPiece) > 0 && <p>{t('pay_per_piece')} <b><Amount of={ratePerPiece} item={rateMoney} /></b></p>}
          {hsn && <p>HSN <b><Num>{hsn}</Num></b></p>}
          {currentRole().role === 'ROLE_ADMINISTRATOR' && item.class !== 'ITEM_CLASS_MONEY' && <TaxCode item={item} hsn={hsn} />}
        </li>
      ))}
    </ul>
  );
}
