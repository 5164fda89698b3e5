/* route.js - the address of a screen: #/name?key=value. The browser's own back button goes back. */

export function routeOf(hash) {
  const [name, query] = hash.replace(/^#\/?/, '').split('?');
  return { name: name || 'home', params: Object.fromEntries(new URLSearchParams(query || '')) };
}

export function address(name, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== '')).toString();
  return `#/${name}${query ? '?' + query : ''}`;
}

export const go = (name, params) => { location.hash = address(name, params); };

/** Changes parameters of the screen that is open without a step to go back over. */
export function setParams(change) {
  const { name, params } = routeOf(location.hash);
  history.replaceState(null, '', address(name, { ...params, ...change }));
  dispatchEvent(new Event('hashchange'));
}
