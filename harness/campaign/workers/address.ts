/**
 * Where Redis is: `redis://host:port/db`, checked word by word. A password may stand in it; what is shown has none.
 */
import { suggest, UsageError } from '../../registry.ts';

/** An address, and what may be shown of it. */
export interface RedisAddress {
  url: string;
  /** Without user and password. */
  shown: string;
}

/** Variable that holds the address where the command line does not: there nobody else on the machine reads it. */
export const REDIS_VARIABLE = 'FAULTLINE_REDIS';

const SCHEMES = ['redis', 'rediss'];
const PORT = 6379;

/** Throws `UsageError` for what is no address of Redis; the message holds no password. */
export function parseRedis(given: string): RedisAddress {
  const scheme = /^([a-z+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    // `host:6379` without a scheme is the likeliest slip; anything that may hold a password is not repeated.
    const plain = /^[\w.-]+(:\d+)?$/.test(given);
    throw new UsageError(plain ? `"${given}" is no address of Redis` : 'this is no address of Redis', {
      hint: `write redis://${plain ? given : `host:${PORT}`}, or rediss:// for TLS`,
    });
  }
  if (!SCHEMES.includes(scheme)) {
    throw new UsageError(`workers are reached by Redis, not by ${scheme}://`, {
      hint: suggest(scheme, SCHEMES),
    });
  }
  const url = parsed(given);
  const db = url.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(db)) {
    throw new UsageError(`the database of Redis is a number, not "${db}"`, {
      hint: `write ${scheme}://${url.host}/0`,
    });
  }
  if (url.hostname === '') {
    throw new UsageError(`${scheme}:// names no host`, { hint: `write ${scheme}://localhost:${PORT}` });
  }
  const shown = `${scheme}://${url.hostname}:${url.port || PORT}${db === '' ? '' : `/${db}`}`;
  return { url: given, shown };
}

function parsed(given: string): URL {
  try {
    return new URL(given);
  } catch {
    throw new UsageError('this is no address of Redis', {
      hint: `write redis://host:${PORT}; in a password, %-escape what is not a letter or a digit`,
    });
  }
}

/** A command line without the passwords of addresses in it. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s'"@]*@/gi, '$1');
}
