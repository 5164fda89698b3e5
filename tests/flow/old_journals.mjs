/* old_journals.mjs - the journal of every release in tests/journals is restored by this build, byte for byte the same chain,
 * and reads as it did then.
 * Usage:  node old_journals.mjs [BUILD] */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Rasad, Tests, check, cli, differs, same, temporary, uuid } from '../lib/rasad.mjs';

const JOURNALS = join(ROOT, 'tests/journals');
const tests = new Tests();
const releases = readdirSync(JOURNALS).filter(name => /^\d+$/.test(name)).sort((a, b) => a - b);

tests.test('there is a journal of at least one release', async () => check(releases.length > 0, 'none'));

/** Release 1 also showed items of which nothing was there and nothing had moved yet; such rows say nothing, and most are left
 *  out now. */
const says = row => Object.keys(row).length > 1;
/** And as a lot's last day at a place it told that of the last movement; now it is that of the one by which the last left. */
const ended = lot => ({ ...lot, holders: lot.holders?.map(({ lastDay, ...holder }) => holder) });
/** It asked nothing about a count that differed. */
const asked = question => question.kind !== 'QUESTION_KIND_VARIANCE';
const comparable = (method, reply) => method === 'Reports/ListQuestions' ? { ...reply, questions: reply.questions.filter(asked) }
  : method === 'Reports/GetTrace' ? { ...reply, lots: reply.lots.map(ended) }
  : method !== 'Reports/GetFlow' ? reply
  : { ...reply, rows: (reply.rows ?? []).filter(says), money: (reply.money ?? []).filter(says) };

for (const release of releases) {
  const folder = join(JOURNALS, release), data = temporary('rasad-old');
  const head = readFileSync(join(folder, 'head.txt'), 'utf8').trim();
  const { figures, answers } = JSON.parse(readFileSync(join(folder, 'figures.json'), 'utf8'));
  let rasad;

  tests.test(`journal ${release}: restored, and verified to the head of then`, async () => {
    const got = await cli(data, ['restore', join(folder, 'backup')]);
    same(got.code, 0, `restore: ${got.stdout} ${got.stderr}`);
    const verified = await cli(data, ['verify']);
    same([verified.code, verified.stdout.trim()], [0, `ok ${head}`], `verify: ${verified.stderr}`);
    rasad = await Rasad.start({ data });
    const now = await rasad.head();
    same(`${now.sequence} ${now.hash}`, head, 'head');
  }, { needed: true });

  tests.test(`journal ${release}: ${figures.length} figures as they were`, async () => {
    for (const { method, request, reply } of figures) {
      const fault = differs(comparable(method, await rasad.ask(method, request)), comparable(method, reply));
      check(!fault, `${method} ${JSON.stringify(request)}: ${fault}`);
    }
  });

  tests.test(`journal ${release}: ${answers.length} requests sent again get the answers of then`, async () => {
    for (const { method, request, reply } of answers) {
      const fault = differs(await rasad.ask(method, request), reply);
      check(!fault, `${method}: ${fault}`);
    }
    const now = await rasad.head();
    same(`${now.sequence} ${now.hash}`, head, 'head');
  });

  tests.test(`journal ${release}: people sign in, the journal goes on`, async () => {
    const { token } = await rasad.ask('Registry/SignIn', { login: 'keeper', password: 'lentils and rice' }, { token: '' });
    const { today } = await rasad.ask('Registry/GetMe', {}, { token });
    await rasad.ask('Materials/Receive', { requestId: uuid(), day: today, place: 'st_d', lines: [{ item: 'rice', quantity: 1 }] }, { token });
    same((await rasad.cli(['verify'])).code, 0, 'verify');
    await rasad.close();
  });
}

await tests.run();
tests.end();
