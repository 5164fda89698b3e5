/* test_package.mjs - the Debian package: what is in it, and its life in a scratch root (cycle.sh; root only).
 * Usage:  node test_package.mjs [BUILD] */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BUILD, ROOT, Tests, check, run, same } from '../lib/rasad.mjs';

const tests = new Tests();
const script = join(ROOT, 'ops', 'debian', 'build.sh');
const built = [];

tests.test('it is built, and holds what it should, closed to changes by others', async () => {
  for (const version of ['0.4.1', '0.4.2']) {
    const got = await run(script, [BUILD, version]);
    same(got.code, 0, got.stderr);
    built.push(got.stdout.trim().split('\n').pop());
  }
  const list = (await run('dpkg-deb', ['-c', built[0]])).stdout.trim().split('\n');
  for (const line of list) check(/^[-d]r[-w]x?r?-?x? ?/.test(line) && / root\/root /.test(line) && !/^.{5}w|^.{8}w/.test(line), line);
  for (const name of ['/usr/lib/rasad/rasad', '/usr/lib/rasad/rasad-gateway', '/usr/bin/rasad', '/etc/default/rasad', '/lib/systemd/system/rasad.service',
    '/lib/systemd/system/rasad-backup.timer', '/lib/systemd/system/rasad-backup.path', '/usr/share/doc/rasad/RUNBOOK.md.gz', '/usr/share/man/man8/rasad.8.gz'])
    check(list.some(line => line.endsWith(`.${name}`)), `${name} is not in it`);
  const control = (await run('dpkg-deb', ['-f', built[0]])).stdout;
  for (const library of ['libc6', 'liblmdb0', 'libmicrohttpd12', 'libgnutls30', 'libseccomp2', 'libsodium23']) check(control.includes(`${library} (>= `), `${library}: ${control}`);
}, { needed: true });

await tests.run();

// Only root may mount; in a container that may not either, the inspection above is all.
const may = process.getuid() === 0 && spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0;
if (!may) console.log('   not root, or no namespaces: the package was not installed');
else {
  const got = await run('sh', [join(ROOT, 'tests', 'package', 'cycle.sh'), ...built], { timeout: 240000 });
  console.log(got.stdout + got.stderr);
  const [, good, bad] = /^(\d+) passed, (\d+) failed$/m.exec(got.stdout) ?? [0, 0, 1];
  tests.passed += Number(good);
  tests.failed += Number(bad);
}
tests.end();
