/**
 * Who may read: requests that were meant for this machine, and where a token was asked for, only with it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const COOKIE = 'faultline-token';

/** Why a request is refused, or what to answer it with besides. */
export type Admission =
  | { kind: 'welcome' }
  /** Came with the token in its address: is sent on without it, and remembers it. */
  | { kind: 'redirect'; location: string; cookie: string }
  | { kind: 'refused'; status: number; why: string };

/** Decides on a request. `token` null: everybody on this machine. */
export function admit(request: IncomingMessage, url: URL, token: string | null): Admission {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { kind: 'refused', status: 405, why: 'only GET and HEAD' };
  }
  // A page elsewhere can have its own name resolve to 127.0.0.1: it would then read what it finds here.
  if (!isLoopback(request.headers.host ?? '')) {
    return { kind: 'refused', status: 403, why: 'this server answers at 127.0.0.1 and localhost only' };
  }
  if (token === null) return { kind: 'welcome' };
  const asked = url.searchParams.get('token');
  if (asked !== null && same(asked, token)) {
    url.searchParams.delete('token');
    return {
      kind: 'redirect',
      location: `${url.pathname}${url.search}`,
      cookie: `${COOKIE}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`,
    };
  }
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const cookie = cookieOf(request.headers.cookie ?? '');
  if ((bearer !== undefined && same(bearer, token)) || (cookie !== null && same(cookie, token))) {
    return { kind: 'welcome' };
  }
  return {
    kind: 'refused',
    status: 401,
    why: 'open the address with ?token=... that faultline serve printed',
  };
}

function isLoopback(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

function cookieOf(header: string): string | null {
  for (const part of header.split(';')) {
    const [name, value] = part.trim().split('=');
    if (name !== COOKIE || value === undefined) continue;
    try {
      return decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return null;
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
