// embed.mjs FILE NAME OUT: a file as a C array, `const unsigned char NAME[]` and `const size_t NAME_bytes`.
import { readFileSync, writeFileSync } from 'node:fs';

const [file, name, out] = process.argv.slice(2);
const bytes = readFileSync(file);
const rows = [];
for (let i = 0; i < bytes.length; i += 24) rows.push([...bytes.subarray(i, i + 24)].join(','));
writeFileSync(out, `#include <stddef.h>
extern const unsigned char ${name}[];
extern const size_t ${name}_bytes;
const unsigned char ${name}[] = {\n${rows.join(',\n')}\n};
const size_t ${name}_bytes = sizeof ${name};
`);
