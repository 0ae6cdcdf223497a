/**
 * Real systems in namespaces: the same programs as on tcp, each with an address of its own.
 */
import { servesInNamespaces } from '../kits/in-namespaces.ts';

servesInNamespaces(import.meta.url, {
  ...{ etcd: 3, zookeeper: 3, 'redis-sentinel': 3, 'nats-jetstream': 3 },
  ...{ mariadb: 1, postgres: 1 },
});
