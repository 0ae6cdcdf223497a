/**
 * Real systems in namespaces: the same programs, each with an address of its own. Found outside of a sandbox, this file
 * runs itself again inside of one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { insideSandbox } from '../../harness/sandbox/command.ts';
import { systems } from '../../systems/index.ts';
import { findProgram } from '../../systems/installed.ts';
import { againInSandbox } from '../kits/sandboxed.ts';
import { servesOn } from '../kits/system.ts';

const INSTALLED: Readonly<Record<string, boolean>> = {
  etcd: findProgram('etcd') !== null,
  zookeeper: existsSync('/usr/share/java/zookeeper.jar'),
  'redis-sentinel': findProgram('redis-sentinel') !== null,
  mariadb: findProgram('mariadbd') !== null,
  galera: findProgram('mariadbd') !== null && findProgram('rsync') !== null && existsSync('/usr/lib/galera'),
  keepalived: findProgram('keepalived') !== null,
  rabbitmq: existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
  // Only root can become the user it runs as.
  postgres: existsSync('/usr/lib/postgresql') && process.getuid?.() === 0 && hasUsers(),
};

/** Kept to one node. */
const SINGLE = new Set(['postgres', 'mariadb']);

/** False in a user namespace that has root alone. */
function hasUsers(): boolean {
  return readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some((line) => Number(line.trim().split(/\s+/)[2]) > 1000);
}

if (insideSandbox()) {
  describe.each(Object.keys(INSTALLED))('%s', (name) => {
    if (INSTALLED[name] === true)
      servesOn(systems[name]!, 'netns', { slow: true, nodes: SINGLE.has(name) ? 1 : 3 });
    else it.skip(`${name} is not installed`);
  });
} else {
  it('serves in namespaces', { timeout: 240_000 }, async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });
}
