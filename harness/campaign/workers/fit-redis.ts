/**
 * Whether a Redis that answers can carry the queues of a night, by what it says of itself: one server that may be
 * written, recent enough for BullMQ. Said before anything is planned, not by whatever fails first later.
 */

/** Releases of this number and later have what BullMQ needs. */
const OLDEST = 5;

/** Why it cannot, from its answer to INFO; null: it can, as far as it says. */
export function whyUnfit(info: string): string | null {
  const said = (key: string): string | undefined => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = said('redis_version');
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST)
    return `it is Redis ${version}, and workers need ${OLDEST} or later`;
  if (said('redis_mode') === 'sentinel') return 'it is a Sentinel: name the server that it watches';
  if (said('cluster_enabled') === '1' || said('redis_mode') === 'cluster')
    return 'it is part of a Redis Cluster, which spreads what has to stay together: use a Redis of its own';
  if (said('role') === 'slave') return 'it is a replica, which takes no writes: name its primary';
  return null;
}

/** What to say of an error of TLS, which by itself seldom tells what to do; null: it is none. */
export function tlsTrouble({ message, code = '' }: Error & { code?: string }, isTls: boolean): string | null {
  if (/self.signed|unable to (verify|get)|CERT_|UNABLE_TO/i.test(`${code} ${message}`))
    return `its certificate is not trusted here (${message}): NODE_EXTRA_CA_CERTS=ca.pem names who signed it`;
  if (/ERR_TLS_CERT_ALTNAME_INVALID/.test(code)) return `its certificate is of another host (${message})`;
  if (isTls && /ETIMEDOUT|EPROTO|WRONG_VERSION|ECONNRESET|disconnected/i.test(`${code} ${message}`))
    return `${message}; does it speak TLS? If not, write redis://`;
  if (!isTls && /ECONNRESET|EPIPE/.test(`${code} ${message}`))
    return `${message}; if it speaks TLS, write rediss://`;
  return null;
}
