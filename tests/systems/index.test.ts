/**
 * Every registered system keeps the contract.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systems } from '../../systems/index.ts';
import { findProgram } from '../../systems/installed.ts';
import { type SystemKitOptions, systemKit } from '../kits/system.ts';

const MAELSTROM_NODE = fileURLToPath(new URL('../fixtures/maelstrom-all.mjs', import.meta.url));

const MODULE = fileURLToPath(new URL('../fixtures/module-node.ts', import.meta.url));

const needs = (program: string, debianPackage: string): SystemKitOptions => ({
  missing: findProgram(program) === null ? `apt-get install ${debianPackage}` : null,
  slow: true,
});

const OPTIONS: Readonly<Record<string, SystemKitOptions>> = {
  module: { set: { module: MODULE } },
  maelstrom: { set: { bin: `${process.execPath} ${MAELSTROM_NODE}` } },
  etcd: needs('etcd', 'etcd-server'),
  'redis-sentinel': needs('redis-sentinel', 'redis-server redis-sentinel'),
  postgres: {
    missing: existsSync('/usr/lib/postgresql') ? null : 'apt-get install postgresql',
    slow: true,
    nodes: 1,
  },
  'nats-jetstream': needs('nats-server', 'nats-server'),
  mariadb: { ...needs('mariadbd', 'mariadb-server'), nodes: 1 },
  zookeeper: {
    missing: existsSync('/usr/share/java/zookeeper.jar') ? null : 'apt-get install zookeeper',
    slow: true,
  },
};

describe.each(Object.entries(systems))('%s', (name, system) => {
  it('is registered under its own name', () => expect(system.name).toBe(name));
  systemKit(system, OPTIONS[name]);
});
