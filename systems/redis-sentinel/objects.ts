/**
 * Registers, a set and locks on Redis. What must happen at once is a script.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import type { SentinelClient } from './client.ts';

/** Does one operation; resolves with the completed value. */
export type Operation = (op: Invocation, client: SentinelClient, signal: AbortSignal) => Promise<Json>;

const CAS = `if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2])
  return 1
end
return 0`;

/** Operations of the `register` workload. */
const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, client, signal) {
    const value = await client.read(['GET', keyed('register', op)], signal);
    return value === null ? null : (JSON.parse(String(value)) as Json);
  },
  async write(op, client, signal) {
    await client.write(['SET', keyed('register', op), JSON.stringify(op.value)], signal);
    return op.value;
  },
  async cas(op, client, signal) {
    const values = (op.value as Json[]).map((value) => JSON.stringify(value));
    const done = await client.write(['EVAL', CAS, '1', keyed('register', op), ...values], signal);
    if (done === 1) return op.value;
    throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
  },
};

/** Operations of the `set` workload. */
const SET: Readonly<Record<string, Operation>> = {
  async add(op, client, signal) {
    await client.write(['SADD', 'set', JSON.stringify(op.value)], signal);
    return op.value;
  },
  async read(_op, client, signal) {
    const members = (await client.read(['SMEMBERS', 'set'], signal)) as string[];
    return members.map((member) => JSON.parse(member) as Json);
  },
};

/** The lock is a key that expires; its token the next number of a counter. */
const ACQUIRE = `if redis.call('SET', KEYS[1], 'taken', 'NX', 'PX', ARGV[1]) then
  local token = redis.call('INCR', KEYS[2])
  redis.call('SET', KEYS[1], token, 'XX', 'KEEPTTL')
  return token
end
return 0`;

const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0`;

const FENCED_WRITE = `local seen = tonumber(redis.call('HGET', KEYS[1], 'token') or '0')
if seen > tonumber(ARGV[1]) then return seen end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'value', ARGV[2])
return 0`;

const PLAIN_WRITE = `redis.call('HSET', KEYS[1], 'token', ARGV[1], 'value', ARGV[2])
return 0`;

function lockOperations(fencing: boolean): Readonly<Record<string, Operation>> {
  return {
    async acquire(op, client, signal) {
      const { ttlMs } = op.value as { ttlMs: number };
      const words = ['EVAL', ACQUIRE, '2', keyed('lock', op), keyed('tokens', op), String(ttlMs)];
      const token = await client.write(words, signal);
      return token === 0 ? false : { token: Number(token), ttlMs };
    },
    async release(op, client, signal) {
      const { token } = op.value as { token: number };
      const words = ['EVAL', RELEASE, '1', keyed('lock', op), String(token)];
      if ((await client.write(words, signal)) === 1) return op.value;
      throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'the lock had expired' });
    },
    async write(op, client, signal) {
      const { token, value } = op.value as { token: number; value: Json };
      const script = fencing ? FENCED_WRITE : PLAIN_WRITE;
      const words = ['EVAL', script, '1', keyed('resource', op), String(token), JSON.stringify(value)];
      const seen = await client.write(words, signal);
      if (seen === 0) return op.value;
      throw new OpFailure({
        definite: true,
        kind: 'stale-token',
        message: `token ${String(seen)} has written`,
      });
    },
  };
}

const COMMANDS: Readonly<Record<string, Operation>> = {
  /** Every primary takes it, whoever else is one. */
  async command(op, client, signal) {
    await client.write(['SADD', 'commands', JSON.stringify(op.value)], signal);
    return { command: op.value };
  },
};

/** Operations by workload. */
export function operationsOf(workload: string, fencing: boolean): Readonly<Record<string, Operation>> {
  switch (workload) {
    case 'register':
      return REGISTER;
    case 'set':
      return SET;
    case 'lock':
      return lockOperations(fencing);
    case 'leader':
      return COMMANDS;
    default:
      return {};
  }
}

function keyed(kind: string, op: Invocation): string {
  return `${kind}/${JSON.stringify(op.key ?? null)}`;
}
