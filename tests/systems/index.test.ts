/**
 * Every registered system keeps the contract.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systems } from '../../systems/index.ts';
import { missingFor } from '../kits/missing.ts';
import { type SystemKitOptions, systemKit } from '../kits/system.ts';

const MAELSTROM_NODE = fileURLToPath(new URL('../fixtures/maelstrom-all.mjs', import.meta.url));

const MODULE = fileURLToPath(new URL('../fixtures/module-node.ts', import.meta.url));

const slow = (name: string): SystemKitOptions => ({ missing: missingFor(name), slow: true });

const OPTIONS: Readonly<Record<string, SystemKitOptions>> = {
  module: { set: { module: MODULE } },
  maelstrom: { set: { bin: `${process.execPath} ${MAELSTROM_NODE}` } },
  etcd: slow('etcd'),
  'redis-sentinel': slow('redis-sentinel'),
  postgres: { ...slow('postgres'), nodes: 1 },
  'nats-jetstream': slow('nats-jetstream'),
  mariadb: { ...slow('mariadb'), nodes: 1 },
  zookeeper: slow('zookeeper'),
};

describe.each(Object.entries(systems))('%s', (name, system) => {
  it('is registered under its own name', () => expect(system.name).toBe(name));
  systemKit(system, OPTIONS[name]);
});
