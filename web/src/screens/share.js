/* share.js - a text to pass on: the phone's share sheet, a message, or the clipboard. */
import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n.js';
import { Button, Dialog, Icon } from '../ui.js';

/** The clipboard is there on https and localhost alone; else the marked text is copied as by hand. */
async function copy(text, box) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    box.select();
    if (!document.execCommand('copy')) return false;
  }
  return true;
}

export function ShareText({ title, text, phone = '', onClose }) {
  const box = useRef();
  const [copied, setCopied] = useState(null);
  return (
    <Dialog title={title} onClose={onClose}>
      <textarea ref={box} class="text share-text" readonly rows={Math.min(14, text.split('\n').length + 1)} aria-label={title} value={text} dir="auto" />
      <div class="buttons">
        {navigator.share && <Button kind="main" icon="forward" onClick={() => navigator.share({ text }).catch(() => {})}>{t('share')}</Button>}
        <Button kind={navigator.share ? '' : 'main'} icon="list" onClick={async () => setCopied(await copy(text, box.current))}>{t('copy')}</Button>
        <a class="button" href={`sms:${phone.replace(/[^\d+]/g, '')}?body=${encodeURIComponent(text)}`}><Icon name="phone" /><span>{t('as_message')}</span></a>
      </div>
      <p role="status" class={copied === false ? 'bad-text' : 'good-text'}>{copied === null ? '' : t(copied ? 'copied' : 'copy_by_hand')}</p>
    </Dialog>
  );
}
