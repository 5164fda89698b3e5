/* sheet.js - what is shown, as a file for a spreadsheet. */

/** Text that a spreadsheet would take for a formula is kept as text. */
const cell = value => {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};

/** Rows of cells as CSV. It begins with a byte order mark: without one spreadsheets read Hindi and Persian wrongly. */
export const csv = rows => '\ufeff' + rows.map(row => row.map(cell).join(',')).join('\r\n') + '\r\n';

export function download(name, rows) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csv(rows)], { type: 'text/csv;charset=utf-8' }));
  link.download = name.replace(/[^\w.-]+/g, '-') + '.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
