/* desk.js - the screens of an office, a file of their own: a phone that only logs and receives never fetches them. */
export { Unchecked, Inspect } from './screens/check.js';
export { Decide } from './screens/decide.js';
export { Flow, FlowOfHere } from './screens/flow.js';
export { OfficerDay } from './screens/officer.js';
export { Journal } from './screens/journal.js';
export { Caller } from './screens/caller.js';
export { Items } from './screens/items.js';
export { People } from './screens/people.js';
export { Places } from './screens/places.js';
export { Trace } from './screens/trace.js';
export { Play } from './screens/play.js';
