/**
 * The primary-backup reference system, and the shortcuts that lose data at a failover.
 */
import type { System } from '../harness/contracts.ts';
import { primaryBackup as program } from './reference/primary-backup/primary-backup.ts';
import { referenceSystem } from './reference-system.ts';

/** Failovers in quick succession; n1 keeps the views and is spared. */
const FAILOVERS = {
  timeLimit: '15s',
  interval: '400ms',
  duration: '1500ms',
  opTimeout: '300ms',
  rate: '200/s',
};

/** One server after the other loses the view service, and nobody else. */
const ORPHANS = ['n2', 'n3', 'n4', 'n5'].map((server) => ({
  fault: 'partition',
  mode: 'explicit',
  params: {
    cuts: [
      ['n1', server],
      [server, 'n1'],
    ],
  },
}));

/** `faultline demo primary-backup`. */
export const primaryBackup: System = referenceSystem({
  name: 'primary-backup',
  summary: 'a primary, a backup that confirms every operation, and n1 as the service that says who is which',
  speaks: ['register', 'leader', 'echo'],
  settings: program.settings,
  bugs: {
    'ack-before-backup': {
      summary: 'the primary acknowledges before the backup has it, so a failover loses it',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader',
      config: FAILOVERS,
    },
    'local-read': {
      summary: 'the primary answers reads alone, also when another was made primary meanwhile',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader',
      config: FAILOVERS,
    },
    'no-view-check': {
      summary: 'a backup confirms operations of any view, also when it is the primary by now',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:explicit',
      // The primary goes on with its backup, which was made primary meanwhile.
      config: { ...FAILOVERS, nemesis: ORPHANS },
      search: { isDemo: true },
    },
    'no-transfer': {
      summary: 'a new backup starts with what it happens to have instead of what the primary has',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader',
      config: FAILOVERS,
      search: { isDemo: true },
    },
    'promote-spare': {
      summary: 'a server that holds nothing is made primary when primary and backup are silent',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'kill@n2+n3',
      config: FAILOVERS,
      search: { isDemo: true },
    },
  },
  leadership: 'per-term',
  demo: {
    workload: 'register',
    nemesis: 'partition:isolate-leader',
    expect: 'pass',
    because: 'the backup confirms everything, and only a backup that holds everything is promoted',
    unless: {
      'sync=false': {
        expect: 'fail',
        because: 'what the primary had acknowledged and not copied yet is lost at a failover',
      },
    },
  },
});
