/**
 * When was a lock surely held, and by whom? From the acknowledgement of an acquire to the invocation of the
 * release, and with a lease no longer than the lease lasts at worst. Acquires of unknown outcome hold nothing
 * for certain; releases may take effect the moment they are invoked.
 */
import { FAIL, type History, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { clientCalls, NEVER, outcomeCode } from '../evidence.ts';

/** Error kinds with which a release or a renewal says that the lock is not its owner's any more. */
const NOT_HELD: readonly string[] = ['not-held', 'not-owner', 'expired', 'precondition-failed'];

/** Bounds of lease arithmetic; null when locks are held until released. */
export interface LeaseTerms {
  /** Length of a lease in nanoseconds when the acquire does not say it; NaN: such an acquire is no lease. */
  ttlNs: number;
  /** Largest difference of rates between the clock of the service and time, as a fraction. */
  drift: number;
  /** Largest further error of the service's clock, in nanoseconds. */
  skewNs: number;
}

/** One sure hold, as event positions: held just after `from` and until just before `to`. */
export interface Hold {
  /** Invocation of the acquire (or renewal) it rests on. */
  call: number;
  /** Of a renewal with a token: invocation of what gave the token; else `call`. */
  grant: number;
  owner: number;
  key: number;
  from: number;
  /** End with the lease counted; a hold with `to <= from` proves nothing. */
  to: number;
  /** End by release alone. */
  released: number;
  /** Invocation of that release, NONE for none. */
  release: number;
}

/**
 * All sure holds, by acknowledgement of the acquire. A token stands for its grant whoever shows it: a release or
 * a renewal with it counts for the owner it was given to, of another process too. O(n log n).
 */
export function readHolds(history: History, terms: LeaseTerms): Hold[] {
  const { fs, processes, keys } = history.columns;
  const releaseF = history.names.find('release');
  const renewF = history.names.find('renew');
  const acquireF = history.names.find('acquire');
  const clock = new EventClock(history);
  const open = new Map<string, Hold[]>();
  const byToken = new TokenReleases(history);
  const grants = new Map<string, number>();
  const holds: Hold[] = [];
  for (const call of clientCalls(history, 'acquire', 'renew', 'release')) {
    const name = `${keys[call]} ${processes[call]}`;
    // A renewal that is told that nothing is held says so of whatever was held.
    const refused = fs[call] === renewF && outcomeCode(history, call) === FAIL;
    if (fs[call] === releaseF || refused) {
      if (!mayRelease(history, call)) continue;
      for (const hold of open.get(name) ?? []) end(hold, call);
      open.delete(name);
    } else if (outcomeCode(history, call) === OK && history.value(history.pair(call)) !== false) {
      const token = tokenOf(history, call, fs[call] === acquireF);
      const named = `${keys[call]} ${token}`;
      if (token !== null && !grants.has(named)) grants.set(named, call);
      const grant = fs[call] === acquireF || token === null ? call : grants.get(named)!;
      const owner = processes[grant]!;
      const to = leaseEnd(history, terms, clock, call);
      const from = history.pair(call);
      const span = { from, to, released: NEVER, release: NONE };
      const hold: Hold = { call, grant, owner, key: keys[call]!, ...span };
      if (token !== null) end(hold, byToken.after(named, call));
      holds.push(hold);
      const list = open.get(name);
      if (list === undefined) open.set(name, [hold]);
      else list.push(hold);
    }
  }
  return holds.sort((a, b) => a.from - b.from);
}

/** The hold is over when this release is invoked, unless another one ended it before; NONE for no release. */
function end(hold: Hold, release: number): void {
  if (release === NONE || release >= hold.released) return;
  hold.released = release;
  hold.release = release;
  hold.to = Math.min(hold.to, release);
}

/** True unless the release certainly had no effect on a lock that was held. */
function mayRelease(history: History, call: number): boolean {
  if (outcomeCode(history, call) !== FAIL) return true;
  return NOT_HELD.includes(history.error(history.pair(call))?.kind ?? '');
}

/** Releases that name a token, by key and token: they end what it was granted for, whichever process sends them. */
class TokenReleases {
  /** Completions, ascending, and the first invocation among those that complete then or later. */
  readonly #byName = new Map<string, { done: number[]; first: number[] }>();

  constructor(history: History) {
    const { keys } = history.columns;
    const found = new Map<string, { call: number; done: number }[]>();
    for (const call of clientCalls(history, 'release')) {
      const token = fieldOf(history, call, 'token');
      if (token === null || !mayRelease(history, call)) continue;
      const name = `${keys[call]} ${token}`;
      const answered = outcomeCode(history, call) === OK || outcomeCode(history, call) === FAIL;
      const release = { call, done: answered ? history.pair(call) : NEVER };
      const list = found.get(name);
      if (list === undefined) found.set(name, [release]);
      else list.push(release);
    }
    for (const [name, list] of found) {
      list.sort((a, b) => a.done - b.done);
      const first = list.map(({ call }) => call);
      for (let i = first.length - 2; i >= 0; i--) first[i] = Math.min(first[i]!, first[i + 1]!);
      this.#byName.set(name, { done: list.map(({ done }) => done), first });
    }
  }

  /** Invocation of the first release that may take effect after the invocation of a grant; NONE for none. O(log n). */
  after(name: string, call: number): number {
    const releases = this.#byName.get(name);
    if (releases === undefined) return NONE;
    let low = 0;
    let high = releases.done.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (releases.done[mid]! < call) low = mid + 1;
      else high = mid;
    }
    return releases.first[low] ?? NONE;
  }
}

/** `token` of the answer (or of the request); the answer of an acquire may be the token itself. */
export function tokenOf(history: History, call: number, grant: boolean): number | null {
  const answer = history.value(history.pair(call));
  if (grant && typeof answer === 'number') return answer;
  return fieldOf(history, call, 'token');
}

/** Whether there is a token that is a large integer, which readers keep as text. */
export function hasOddToken(history: History, call: number, grant: boolean): boolean {
  const odd = (value: Json | undefined): boolean => typeof value === 'string' && /^\d+$/.test(value);
  const [asked, answered] = [call, history.pair(call)].map((i) => (i === NONE ? null : history.value(i)));
  if (grant && odd(answered)) return true;
  return [asked, answered].some((value) => isMap(value!) && odd(value['token']));
}

const isMap = (value: Json): value is { [name: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** A field of an acknowledgement, or of the request when the answer does not carry it. */
export function fieldOf(history: History, call: number, name: string): number | null {
  for (const i of [history.pair(call), call]) {
    const value: Json = i === NONE ? null : history.value(i);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue;
    const field = value[name];
    if (typeof field === 'number') return field;
  }
  return null;
}

/** First event at which the lease may be over: it runs at least from the request, on a clock that may be fast. */
function leaseEnd(history: History, terms: LeaseTerms, clock: EventClock, call: number): number {
  const ttlMs = fieldOf(history, call, 'ttlMs');
  const ttlNs = ttlMs === null ? terms.ttlNs : ttlMs * 1e6;
  if (Number.isNaN(ttlNs)) return NEVER;
  return clock.firstAt(history.time(call) + ttlNs * (1 - terms.drift) - terms.skewNs);
}

/** Events by time, even where times of neighbours are out of order. */
class EventClock {
  readonly #latest: Float64Array;

  constructor(history: History) {
    this.#latest = new Float64Array(history.length);
    let latest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < history.length; i++) this.#latest[i] = latest = Math.max(latest, history.time(i));
  }

  /** Position of the first event at or after this time, NEVER when all are before. O(log n). */
  firstAt(timeNs: number): number {
    let low = 0;
    let high = this.#latest.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.#latest[mid]! < timeNs) low = mid + 1;
      else high = mid;
    }
    return low === this.#latest.length ? NEVER : low;
  }
}

/** Two holds of different owners at one moment. */
export interface Overlap {
  first: Hold;
  second: Hold;
}

/**
 * For every hold, one earlier hold of another owner that it overlaps, if any. `end` says which end counts.
 * Sweeps by start, keeping per lock the longest hold and the longest of any other owner. O(n) after sorting.
 */
export function overlaps(holds: readonly Hold[], end: (hold: Hold) => number): Overlap[] {
  const longest = new Map<number, { best: Hold; other: Hold | null }>();
  const found: Overlap[] = [];
  for (const hold of holds) {
    if (end(hold) <= hold.from) continue;
    const top = longest.get(hold.key);
    if (top === undefined) {
      longest.set(hold.key, { best: hold, other: null });
      continue;
    }
    const rival = top.best.owner === hold.owner ? top.other : top.best;
    if (rival !== null && end(rival) > hold.from) found.push({ first: rival, second: hold });
    if (end(hold) > end(top.best)) {
      if (top.best.owner !== hold.owner) top.other = top.best;
      top.best = hold;
    } else if (hold.owner !== top.best.owner && (top.other === null || end(hold) > end(top.other))) {
      top.other = hold;
    }
  }
  return found;
}
