/* csv.js - tables to and from a spreadsheet: RFC 4180, with the mark (BOM) by which spreadsheets know UTF-8. */

/** Rows of texts. Comma, semicolon or tab: whichever the first line has most of. */
export function parseCsv(text) {
  const plain = text.replace(/^\ufeff/, '');
  const first = plain.slice(0, plain.search(/\r?\n|$/));
  const comma = [',', ';', '\t'].sort((a, b) => first.split(b).length - first.split(a).length)[0];
  const rows = [];
  let row = [], cell = '', quoted = false;
  for (let i = 0; i <= plain.length; i++) {
    const char = plain[i];
    if (quoted) {
      if (char === undefined) throw new Error('quote');
      if (char !== '"') cell += char;
      else if (plain[i + 1] === '"') { cell += '"'; i++; }
      else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === comma) { row.push(cell); cell = ''; }
    else if (char === '\n' || char === '\r' || char === undefined) {
      if (char === '\r' && plain[i + 1] === '\n') i++;
      row.push(cell);
      if (row.some(each => each.trim())) rows.push(row);
      row = [];
      cell = '';
    } else cell += char;
  }
  return rows;
}

/** Text that a spreadsheet would take for a formula is kept as text. */
function cellText(value) {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const toCsv = rows => '\ufeff' + rows.map(row => row.map(cellText).join(',') + '\r\n').join('');

/** Saves rows of cells as a file. */
export function download(name, rows) {
  const url = URL.createObjectURL(new Blob([toCsv(rows)], { type: 'text/csv;charset=utf-8' }));
  Object.assign(document.createElement('a'), { href: url, download: name.replace(/[^\w.-]+/g, '-') + '.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
