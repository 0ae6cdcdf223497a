/** Programs of the machine that parts of faultline or its examples use. */
import { runCommand } from '../cluster/processes.ts';
import type { Probe } from './probe.ts';

interface Program {
  name: string;
  file: string;
  args: readonly string[];
  costs: string;
  fix: string;
}

/** Runs a program with harmless arguments; its first line of output is the detail. */
function programProbe({ name, file, args, costs, fix }: Program): Probe {
  return {
    name,
    costs,
    timeoutMs: 4000,
    run: async () => {
      const result = await runCommand(file, args, { timeoutMs: 3000 });
      if (result.notStarted !== undefined) return { ok: false, detail: result.notStarted, fix };
      const firstLine = `${result.stdout}\n${result.stderr}`.trim().split('\n')[0] ?? '';
      if (result.exit.code === 0) return { ok: true, detail: firstLine };
      return { ok: false, detail: `${file} ${args.join(' ')} failed: ${firstLine}`, fix };
    },
  };
}

/** Python, for the examples. */
export const pythonProbe: Probe = programProbe({
  name: 'python3',
  file: 'python3',
  args: ['--version'],
  costs: 'the examples written in Python',
  fix: 'apt-get install python3',
});

/** A C compiler, for the stepper of virtual time, the switch of netns and tests of the clock shim. */
export const compilerProbe: Probe = programProbe({
  name: 'C compiler',
  file: 'cc',
  args: ['--version'],
  costs:
    'virtual time, disks of nodes, and the switch of netns and docker: delay, rate, duplicates, reordering, corruption, tampering, byzantine packets; tests on C programs',
  fix: 'apt-get install gcc libc6-dev',
});

/** iproute2, for networks in namespaces. */
export const ipProbe: Probe = programProbe({
  name: 'ip',
  file: 'ip',
  args: ['-Version'],
  costs: 'the netns backend, and faults of links on docker; stdio and tcp do without',
  fix: 'apt-get install iproute2',
});

/** What lists and ends connections, of iproute2. */
export const ssProbe: Probe = programProbe({
  name: 'ss',
  file: 'ss',
  args: ['-V'],
  costs: 'reset on netns and docker: ending live connections',
  fix: 'apt-get install iproute2',
});

/** What limits running processes, of util-linux. */
export const prlimitProbe: Probe = programProbe({
  name: 'prlimit',
  file: 'prlimit',
  args: ['--version'],
  costs: 'faults memory and descriptors',
  fix: 'apt-get install util-linux',
});

/** nftables, for networks in namespaces. */
export const nftProbe: Probe = programProbe({
  name: 'nft',
  file: 'nft',
  args: ['--version'],
  costs: 'cutting links of netns and docker without a C compiler; the switch of faultline does without',
  fix: 'apt-get install nftables',
});
