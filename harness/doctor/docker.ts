/** Is there a Docker daemon that answers this user? The one home of dockerode. */
import Docker from 'dockerode';
import type { Finding, Probe } from './probe.ts';

const TIMEOUT_MS = 2000;

/** Pings the daemon at the default address, or where DOCKER_HOST points. */
export const dockerProbe: Probe = {
  name: 'docker',
  costs: 'backends that run nodes in containers; stdio and tcp do without',
  timeoutMs: TIMEOUT_MS + 500,
  run: () => pingDocker(),
};

/** One ping; `socketPath` overrides the address. Never rejects. */
export async function pingDocker(socketPath?: string): Promise<Finding> {
  const address = socketPath === undefined ? {} : { socketPath };
  try {
    const docker = new Docker({ timeout: TIMEOUT_MS, ...address });
    const version = await docker.version();
    return { ok: true, detail: `Docker ${version.Version}, API ${version.ApiVersion}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') {
      return { ok: false, detail: 'permission denied on its socket', fix: 'sudo usermod -aG docker $USER' };
    }
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return { ok: false, detail: 'no daemon is listening', fix: 'sudo systemctl start docker' };
    }
    return { ok: false, detail: message };
  }
}
