/**
 * Real systems that run nowhere but in namespaces.
 */
import { existsSync } from 'node:fs';
import { findProgram } from '../../systems/installed.ts';
import { isInstalled } from '../../systems/patroni/program.ts';
import { canBePostgres, servesInNamespaces } from '../kits/in-namespaces.ts';

servesInNamespaces(import.meta.url, {
  galera: findProgram('mariadbd') !== null && findProgram('rsync') !== null && existsSync('/usr/lib/galera'),
  keepalived: findProgram('keepalived') !== null,
  patroni: isInstalled() && canBePostgres(),
  rabbitmq: existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
});
