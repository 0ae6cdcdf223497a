/**
 * Systems from Debian packages, by the commands of the documentation: elections on a lock service, and what a holder
 * that is late does to it.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { missingFor } from '../kits/missing.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** System, words, the exit code, and what must be said somewhere. */
type Row = [name: string, words: string, code: number, ...says: RegExp[]];

const LATE = '--workload lock --option release=0.02 --option ttlMs=2000 --rate 60 --concurrency 6';

const ROWS: Row[] = [
  [
    'etcd',
    'run etcd --workload register --nemesis partition,kill@minority,pause@one,clock --time-limit 10s',
    0,
    /register on etcd held/,
  ],
  [
    'etcd',
    `run --system etcd ${LATE} --set fencing=false --time-limit 8s`,
    1,
    /must refuse tokens older than one it accepted/,
  ],
  [
    'mariadb',
    'run mariadb --nodes 1 --concurrency 10 --workload list-append --option consistency=snapshot-isolation --time-limit 6s',
    1,
    /list-append/,
  ],
  [
    'nats-jetstream',
    'run nats-jetstream --nodes 3 --workload set --nemesis kill@one --interval 2s --duration 1s --time-limit 8s --rate 100',
    0,
    /set on nats-jetstream held/,
  ],
  ['zookeeper', `run --system zookeeper --nodes 3 ${LATE} --time-limit 8s`, 0, /lock on zookeeper held/],
];

describe('real systems', () => {
  it.for(ROWS)('%s: faultline %s', async ([name, words, code, ...says], context) => {
    const missing = missingFor(name);
    if (missing !== null) return context.skip(missing);
    const result = await place.run(...`${words} --seed 3`.split(' '));
    expect(result.code, result.stderr).toBe(code);
    for (const pattern of says) expect(result.stderr).toMatch(pattern);
  });
});
