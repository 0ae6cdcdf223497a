import { expect, it } from 'vitest';
import { tlsTrouble, whyUnfit } from '../../../../harness/campaign/workers/fit-redis.ts';

const info = (rows: Readonly<Record<string, string>>): string =>
  Object.entries({
    redis_version: '7.0.15',
    redis_mode: 'standalone',
    role: 'master',
    cluster_enabled: '0',
    ...rows,
  })
    .map(([key, value]) => `${key}:${value}\r\n`)
    .join('');

it.each([
  [{ redis_version: '4.0.14' }, 'it is Redis 4.0.14, and workers need 5 or later'],
  [{ redis_version: '3.2.1' }, 'it is Redis 3.2.1, and workers need 5 or later'],
  [
    { redis_mode: 'cluster', cluster_enabled: '1' },
    'it is part of a Redis Cluster, which spreads what has to stay together: use a Redis of its own',
  ],
  [{ redis_mode: 'sentinel' }, 'it is a Sentinel: name the server that it watches'],
  [{ role: 'slave' }, 'it is a replica, which takes no writes: name its primary'],
  [{ redis_version: '5.0.0' }, null],
  [{ redis_version: '10.1.0' }, null],
])('%j', (rows, why) => {
  expect(whyUnfit(info(rows))).toBe(why);
});

it('believes who does not say what it is', () => {
  expect(whyUnfit('')).toBe(null);
});

it('says what to do about TLS', () => {
  const error = (message: string, code: string): Error => Object.assign(new Error(message), { code });
  const own = tlsTrouble(error('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), true);
  expect(own).toContain('NODE_EXTRA_CA_CERTS=ca.pem');
  expect(tlsTrouble(error('connect ETIMEDOUT', 'ETIMEDOUT'), true)).toContain('write redis://');
  expect(tlsTrouble(error('write ECONNRESET', 'ECONNRESET'), false)).toContain('write rediss://');
  expect(tlsTrouble(error('connect ECONNREFUSED', 'ECONNREFUSED'), true)).toBe(null);
  expect(tlsTrouble(error('connect ETIMEDOUT', 'ETIMEDOUT'), false)).toBe(null);
});
