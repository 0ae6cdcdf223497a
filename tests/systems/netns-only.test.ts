/**
 * Real systems that run nowhere but in namespaces.
 */
import { servesInNamespaces } from '../kits/in-namespaces.ts';

servesInNamespaces(import.meta.url, { galera: 3, keepalived: 3, patroni: 3, rabbitmq: 3 });
