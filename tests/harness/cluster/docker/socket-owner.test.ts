import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wayIn } from '../../../../harness/cluster/docker/socket-owner.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-socket-'));
const socket = join(folder, 'docker.sock');
const groups = join(folder, 'group');
writeFileSync(socket, '');
afterAll(() => rmSync(folder, { recursive: true }));

describe('the way to an engine', () => {
  const { gid } = statSync(socket);

  it('is the group of its socket, by its name', () => {
    chmodSync(socket, 0o660);
    writeFileSync(groups, `root:x:0:\nengines:x:${gid}:\n`);
    const found = wayIn(`unix://${socket}`, groups);
    // Who runs this as root has files of group root.
    if (gid === 0) expect(found.detail).toBe('its socket is for root alone');
    else {
      expect(found).toEqual({
        detail: 'its socket is for group engines',
        fix: 'sudo usermod -aG engines $USER, then log in again',
      });
    }
  });

  it('is closed where nobody but the owner may write, or the socket cannot be seen', () => {
    chmodSync(socket, 0o600);
    expect(wayIn(`unix://${socket}`, groups).detail).toBe('its socket is for root alone');
    expect(wayIn(`unix://${folder}/none/docker.sock`).detail).toMatch(/a folder on the way/);
  });
});
