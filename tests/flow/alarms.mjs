/* alarms.mjs - what needs a person is said: in the log, in /metrics and by `rasad status`. ops/RUNBOOK.md goes on from there.
 * Usage:  node alarms.mjs [BUILD] */
import { readFileSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Rasad, Tests, check, exchange, number, same, sleep, temporary, uuid } from '../lib/rasad.mjs';

// As in services/base/limits.h.
const MAP_USED_PERCENT_ALARM = 70;
const DISK_FREE_PERCENT_ALARM = 20;
const BACKUP_OLD_MS = 129600000;

const tests = new Tests();
const metricsOf = async rasad => (await exchange(rasad.url, { path: '/metrics' })).bytes.toString();
const metric = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
async function until(condition, what, patience = 15000) {
  for (const end = Date.now() + patience; !await condition(); await sleep(50)) check(Date.now() < end, what());
}

const rasad = await Rasad.start({ env: { RASAD_MAP_MIB: '4' } });

tests.test('nothing is wrong: figures, no alarm, exit 0', async () => {
  const text = await metricsOf(rasad), got = await rasad.cli(['status']);
  for (const service of ['registry', 'reports', 'doorkeeper']) {
    check(text.includes(`rasad_service_up{service="${service}"} 1`), `${service} is up`);
    const started = Number(new RegExp(`rasad_service_started_seconds\\{service="${service}"\\} (\\d+)`).exec(text)?.[1]);
    check(Math.abs(started - Date.now() / 1000) < 60, `${service} since ${started}`);
  }
  for (const [name, most] of [['rasad_store_map_used_percent', 69], ['rasad_disk_free_percent', 100], ['rasad_clock_behind_seconds', 0], ['rasad_commands_set_aside', 0], ['rasad_reactions_parked', 0]])
    check(metric(text, name) <= most, `${name} ${metric(text, name)}`);
  same([got.code, got.stderr], [0, ''], got.stdout);
  check(/^registry +up since 20/m.test(got.stdout) && /^last backup +none$/m.test(got.stdout), got.stdout);
});

tests.test('the map fills up: said from 70 percent on', async () => {
  let percent = 0, entries = 0;
  for (let n = 0; percent < MAP_USED_PERCENT_ALARM; n++) {
    check(n < 60, `${percent} percent`);
    await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: Array.from({ length: 300 }, (_, i) => ({ code: `p${n}-${i}`, name: `Somebody with a name ${'x'.repeat(40)}`, roles: [] })) });
    entries++;
    const text = await metricsOf(rasad);
    percent = metric(text, 'rasad_store_map_used_percent');
    same(metric(text, 'rasad_journal_sequence'), entries, 'entries');
    if (percent < MAP_USED_PERCENT_ALARM) same((await rasad.cli(['status'])).code, 0, `status at ${percent}`);
  }
  const got = await rasad.cli(['status'], { env: { RASAD_MAP_MIB: '4' } });
  check(got.code === 1 && got.stderr.includes(`event="store filling up" percent=${percent}`), got.stderr);
  process.kill(rasad.pids.get('registry'), 'SIGKILL'); // it looks at its start, and then every minute
  await until(() => rasad.log.includes('event="store filling up"'), () => rasad.log.slice(-500));
  await rasad.healthy();
});

tests.test('a service that is gone or was started again is seen', async () => {
  const before = /rasad_service_started_seconds\{service="quality"\} (\d+)/.exec(await metricsOf(rasad))[1];
  process.kill(rasad.pids.get('quality'), 'SIGSTOP');
  const got = await rasad.cli(['status']);
  check(got.code === 3 && /^quality +does not answer$/m.test(got.stdout) && /^registry +up/m.test(got.stdout), got.stdout);
  check((await metricsOf(rasad)).includes('rasad_service_up{service="quality"} 0'), 'metrics');
  process.kill(rasad.pids.get('quality'), 'SIGKILL');
  await sleep(1100);
  await rasad.healthy();
  check(/rasad_service_started_seconds\{service="quality"\} (\d+)/.exec(await metricsOf(rasad))[1] > before, 'its start');
});

tests.test('a backup is noted, and an old one is said', async () => {
  same((await rasad.cli(['backup', temporary('rasad-backup')])).code, 0, 'backup');
  check(new RegExp(`^last backup +20.*, up to entry ${number((await rasad.head()).sequence)}$`, 'm').test((await rasad.cli(['status'])).stdout), 'status');
  await rasad.stop();
  for (const [age, said] of [[BACKUP_OLD_MS - 60000, false], [BACKUP_OLD_MS + 1000, true]]) {
    const at = (Date.now() - age) / 1000;
    utimesSync(join(rasad.data, 'backup.last'), at, at);
    await rasad.up();
    same(rasad.log.includes('event="the last backup is old" hours=36'), said, `after ${age} ms`);
    await rasad.stop();
  }
});

tests.test('the disk: said below the percentage', async () => {
  check(DISK_FREE_PERCENT_ALARM === 20, 'the usual one');
  await rasad.up();
  const free = metric(await metricsOf(rasad), 'rasad_disk_free_percent');
  await rasad.stop();
  for (const [alarm, said] of [[free, false], [free + 1, true]]) {
    const one = await Rasad.start({ env: { RASAD_DISK_ALARM_PERCENT: String(alarm) } });
    const now = metric(await metricsOf(one), 'rasad_disk_free_percent'); // others write here, too
    if (now === free) same(one.log.includes('event="disk filling up"'), said, `${free} percent free, alarm below ${alarm}`);
    await one.close();
  }
});

tests.test('every alarm of the log has its section in the runbook', async () => {
  const runbook = readFileSync(join(ROOT, 'ops', 'RUNBOOK.md'), 'utf8');
  const sources = readdirSync(join(ROOT, 'services'), { recursive: true }).filter(name => name.endsWith('.c')).map(name => readFileSync(join(ROOT, 'services', name), 'utf8'));
  const said = sources.flatMap(text => [...text.matchAll(/LOG_(?:WARN|ERROR)[^";]*"([^"=]+?)(?: \w+=[^"]*)?"/g)].map(([, words]) => words.split(/[:,]/)[0])).filter(words => !words.startsWith('<'));
  check(said.length > 40 && said.includes('store filling up'), `${said.length} found`);
  same(said.filter(words => !runbook.includes(words)), [], 'not in ops/RUNBOOK.md');
});

await tests.run();
await rasad.close();
tests.end();
