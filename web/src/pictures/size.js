/* size.js - how wide a picture may be, and how large a pixel of its text is where the reader made text larger. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** [ref, width, em]: width in pixels, 0 before it is known; em: the root's text over 16 pixels. */
export function useSize() {
  const ref = useRef();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16];
}
