/**
 * What a compare-and-set that was not made says of the value that was there.
 */
import { describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import type { ZooKeeperClient } from '../../../systems/zookeeper/client.ts';
import { REGISTER } from '../../../systems/zookeeper/objects.ts';

/** A compare-and-set of 3 to 4 at a server that has this value, and answers the write so. */
async function failureOf(data: string, write: () => Promise<bigint | null>): Promise<OpFailure['error']> {
  const stat = { czxid: 1n, mzxid: 1n, version: 7 };
  const client = { read: async () => ({ data, stat }), write } as unknown as ZooKeeperClient;
  const call = { client, signal: signalAfter(5_000), sync: false };
  const failure = await REGISTER['cas']!({ f: 'cas', key: 1, value: [3, 4] }, call).catch((e: unknown) => e);
  expect(failure).toBeInstanceOf(OpFailure);
  return (failure as OpFailure).error;
}

describe('a compare-and-set', () => {
  it('is refused where another value was read', async () => {
    const never = () => Promise.reject(new Error('must not write'));
    expect(await failureOf('5', never)).toMatchObject({ definite: true, kind: 'precondition-failed' });
  });

  it('tells nothing of the value when somebody wrote in between, perhaps the same one', async () => {
    const conflict = new OpFailure({ definite: true, kind: 'bad-version', message: 'ZooKeeper error -103' });
    const kind = await failureOf('3', () => Promise.reject(conflict));
    expect(kind).toMatchObject({ definite: true, kind: 'conflict' });
  });
});
