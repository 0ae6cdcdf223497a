/** Is there a Docker engine that answers this user? */
import { Engine, EngineError } from '../cluster/docker/engine.ts';
import { wayIn } from '../cluster/docker/socket-owner.ts';
import type { Finding, Probe } from './probe.ts';

const TIMEOUT_MS = 2000;

/** Asks the engine at the default address, or where DOCKER_HOST points. */
export const dockerProbe: Probe = {
  name: 'docker',
  costs: 'backend docker: nodes in containers; stdio, tcp and netns do without',
  timeoutMs: TIMEOUT_MS + 500,
  run: () => pingDocker(),
};

/** One question; `address` overrides DOCKER_HOST. Never rejects. */
export async function pingDocker(address?: string): Promise<Finding> {
  try {
    const engine = new Engine(address);
    const { version, api } = await engine.version(TIMEOUT_MS);
    return { ok: true, detail: `Docker ${version}, API ${api}` };
  } catch (error) {
    if (!(error instanceof EngineError)) return { ok: false, detail: (error as Error).message };
    if (error.code === 'EACCES') {
      const { detail, fix } = wayIn(new Engine(address).name);
      return { ok: false, detail: `permission denied: ${detail}`, fix };
    }
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
      const fix = 'sudo apt-get install docker.io && sudo systemctl start docker';
      return { ok: false, detail: 'no engine is listening', fix };
    }
    return { ok: false, detail: error.message };
  }
}
