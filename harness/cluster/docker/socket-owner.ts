/**
 * Who may use the engine behind a socket: engines give it to a group, which need not be called docker, or keep it for
 * root.
 */
import { readFileSync, statSync } from 'node:fs';

const GROUP_MAY_WRITE = 0o020;

/** Whose the socket at `unix://...` is, and what makes this user one of those who may use it. */
export function wayIn(address: string, groups = '/etc/group'): { detail: string; fix: string } {
  let gid: number;
  try {
    const found = statSync(address.replace(/^unix:\/\//, ''));
    if ((found.mode & GROUP_MAY_WRITE) === 0 || found.gid === 0) {
      return { detail: 'its socket is for root alone', fix: 'run as root, or start it with --group docker' };
    }
    gid = found.gid;
  } catch {
    return { detail: 'a folder on the way to its socket is closed to you', fix: 'run as root' };
  }
  const name = nameOf(gid, groups);
  const join = `sudo usermod -aG ${name ?? 'docker'} $USER, then log in again`;
  return name === null
    ? { detail: `its socket is for group ${gid}`, fix: `sudo groupadd -g ${gid} docker; ${join}` }
    : { detail: `its socket is for group ${name}`, fix: join };
}

function nameOf(gid: number, groups: string): string | null {
  try {
    const lines = readFileSync(groups, 'utf8').split('\n');
    return lines.find((line) => line.split(':')[2] === String(gid))?.split(':')[0] ?? null;
  } catch {
    return null;
  }
}
