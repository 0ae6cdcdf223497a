/**
 * The systems by name: one literal line each.
 */
import type { System } from '../harness/contracts.ts';
import { bully } from './bully.ts';
import { crdt } from './crdt.ts';
import { dynamo } from './dynamo.ts';
import { etcd } from './etcd/etcd.ts';
import { gossip } from './gossip.ts';
import { keepalived } from './keepalived/keepalived.ts';
import { lease } from './lease.ts';
import { lww } from './lww.ts';
import { maelstrom } from './maelstrom.ts';
import { galera } from './mariadb/galera.ts';
import { mariadb } from './mariadb/mariadb.ts';
import { moduleSystem } from './module.ts';
import { natsJetstream } from './nats-jetstream/nats-jetstream.ts';
import { oralMessages } from './oral-messages.ts';
import { patroni } from './patroni/patroni.ts';
import { pbft } from './pbft.ts';
import { postgres } from './postgres/postgres.ts';
import { primaryBackup } from './primary-backup.ts';
import { queue } from './queue.ts';
import { quorum } from './quorum.ts';
import { rabbitmq } from './rabbitmq/rabbitmq.ts';
import { raft } from './raft.ts';
import { redisSentinel } from './redis-sentinel/redis-sentinel.ts';
import { ring } from './ring.ts';
import { twoPhaseCommit } from './two-phase-commit.ts';
import { zookeeper } from './zookeeper/zookeeper.ts';

/** Systems by name; a `command` section of a config makes one of its own (`commandSystem`). */
export const systems: Readonly<Record<string, System>> = {
  bully,
  lww,
  maelstrom,
  quorum,
  module: moduleSystem,
  raft,
  ring,
  'primary-backup': primaryBackup,
  lease,
  dynamo,
  gossip,
  crdt,
  queue,
  'two-phase-commit': twoPhaseCommit,
  'oral-messages': oralMessages,
  pbft,
  etcd,
  zookeeper,
  'redis-sentinel': redisSentinel,
  postgres,
  mariadb,
  galera,
  patroni,
  'nats-jetstream': natsJetstream,
  keepalived,
  rabbitmq,
};
