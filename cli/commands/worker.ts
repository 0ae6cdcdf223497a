/**
 * `faultline worker`: this machine carries out runs of campaigns, as many at a time as it is told, until it is told to
 * end.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../harness/campaign/workers/open-store.ts';
import { connect } from '../../harness/campaign/workers/redis.ts';
import { work } from '../../harness/campaign/workers/worker.ts';
import { commitOf } from '../../harness/run/environment.ts';
import { Store } from '../../harness/store/store.ts';
import { stamp, wallMs } from '../../harness/time.ts';
import { version } from '../../harness/version.ts';
import { abilitiesOf, hasProgram } from '../campaign/abilities.ts';
import { ownCommand } from '../campaign/night.ts';
import { addressOf } from '../campaign/over-workers.ts';
import { type Command, list, text } from '../command.ts';
import { wholeNumber } from '../explore-terrain.ts';
import { line } from '../io.ts';
import { listen } from '../signals.ts';

const SAID: readonly [string, string] = [
  'ending what it has, taking nothing more (again: hand it back)',
  'handing back what it has',
];

/** The command. */
export const worker: Command = {
  name: 'worker',
  summary: 'carry out runs of campaigns that were started with --workers, on this machine',
  args: [{ form: '[redis]', summary: 'redis://host:6379, or rediss:// for TLS; default FAULTLINE_REDIS' }],
  options: [
    {
      flags: '--store <place>',
      summary: 'where runs are put: a folder, or s3://bucket/prefix; default: as the campaign says',
    },
    { flags: '--jobs <n>', summary: 'runs at a time (default 1)' },
    {
      flags: '--can <abilities>',
      summary: 'what it takes: sim,tcp,docker,etcd...; default: what works here (ssh must be said)',
      many: true,
    },
  ],
  examples: [
    'faultline worker redis://ci-redis:6379',
    'faultline worker redis://ci-redis:6379 --store s3://nights/team --jobs 4',
    'faultline worker redis://ci-redis:6379 --can sim',
  ],
  async run(io, [given], options) {
    const address = addressOf(io, given, 'a worker');
    const slots = wholeNumber(options, 'jobs', '--jobs') ?? 1;
    const named = text(options, 'store');
    // What is wrong with it is said now, not when the first campaign comes.
    const own = named === undefined ? null : openStore(named, io.cwd, io.env);
    const can = await abilitiesOf(list(options, 'can'));
    const exchange = await connect(address, io.cwd);
    const interrupts = listen(io, SAID);
    const host = hostname();
    const id = `${host.replaceAll(/[^A-Za-z0-9-]/g, '-')}-${process.pid}-${wallMs().toString(36)}`;
    const tell = (said: string): void => line(io.err, `${stamp(wallMs()).slice(9, 15)} ${said}`);
    tell(`worker ${host}:${process.pid} at ${address.shown}: ${slots} at a time; can ${can.join(', ')}`);
    try {
      await work({
        ...{ exchange, address: address.shown, id, host, version: version(), can, slots },
        storeOf: (shown) => own ?? openStore(shown, io.cwd, io.env),
        cwd: io.cwd,
        commit: (await commitOf(io.cwd))?.replace(/\+$/, '') ?? null,
        folder: join(new Store(io.cwd).root, 'workers', id),
        hasProgram,
        program: ownCommand(),
        drain: interrupts.stop,
        leave: interrupts.leave,
        tell,
      });
      // It was told to end, and has ended what it had.
      return 0;
    } finally {
      interrupts.release();
      exchange.close();
    }
  },
};
