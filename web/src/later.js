/* later.js - parts of the app that are files of their own (build.mjs), fetched when first wanted and then kept. */
import { useEffect, useReducer } from 'preact/hooks';
import { deskWords, t } from './i18n.js';
import { arrived, expect } from './session.js';
import { Button, Note } from './ui.js';

const AGAIN_MS = [500, 2000]; // on a poor line one request more often gets through than not

async function patiently(load) {
  for (const pause of AGAIN_MS) {
    try { return await load(); } catch { await new Promise(resolve => setTimeout(resolve, pause)); }
  }
  return load();
}

/** A component of a file that comes later: later(() => import('./desk.js'), 'Flow'). */
export function later(load, name) {
  let Part = null, failed = false;
  return function Later(props) {
    const [, redraw] = useReducer(count => count + 1, 0);
    useEffect(() => {
      if (Part) return;
      expect(load);
      patiently(load).then(module => { Part = module[name]; }, () => { failed = true; }).then(() => { redraw(); arrived(load); });
    }, []);
    if (Part) return <Part {...props} />;
    if (!failed) return <p class="loading" role="status">{t('loading')}</p>;
    return <Note kind="quiet" icon="wait"><p>{t('screen_not_kept')}</p><Button onClick={() => location.reload()}>{t('try_again')}</Button></Note>;
  };
}

/** A screen of an office: desk.js and the words that only its screens say. */
export const ofDesk = name => later(() => Promise.all([import('./desk.js'), deskWords()]).then(([module]) => module), name);
