/**
 * Real systems in namespaces: the same programs as on tcp, each with an address of its own.
 */
import { existsSync } from 'node:fs';
import { findProgram } from '../../systems/installed.ts';
import { canBePostgres, servesInNamespaces } from '../kits/in-namespaces.ts';

servesInNamespaces(
  import.meta.url,
  {
    etcd: findProgram('etcd') !== null,
    zookeeper: existsSync('/usr/share/java/zookeeper.jar'),
    'redis-sentinel': findProgram('redis-sentinel') !== null,
    'nats-jetstream': findProgram('nats-server') !== null,
    mariadb: findProgram('mariadbd') !== null,
    postgres: existsSync('/usr/lib/postgresql') && canBePostgres(),
  },
  new Set(['postgres', 'mariadb']),
);
