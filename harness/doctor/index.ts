/**
 * The doctor: which parts of faultline work on this machine, why the others do not, what that costs, and the
 * command that mends it. Plain data; the command line renders it.
 */
import { monotonicNs } from '../time.ts';
import { libfaketimeProbe, vdsoProbe } from './clocks.ts';
import { cgroupProbe, fuseProbe, loopProbe } from './delegation.ts';
import { diskProbe } from './disk.ts';
import { dockerProbe } from './docker.ts';
import { leftoversProbe } from './leftovers.ts';
import { loopbackProbe } from './loopback.ts';
import { memoryProbe } from './memory.ts';
import { nodeVersionProbe } from './node-version.ts';
import { openFilesProbe } from './open-files.ts';
import { platformProbe } from './platform.ts';
import { type Probe, type ProbeContext, type ProbeResult, runProbe } from './probe.ts';
import { processMemoryProbe } from './process-memory.ts';
import { processTableProbe } from './process-table.ts';
import { compilerProbe, ipProbe, nftProbe, prlimitProbe, pythonProbe, ssProbe } from './programs.ts';
import { ptraceScopeProbe } from './ptrace-scope.ts';
import { netemProbe, packetFilterProbe, sandboxProbe } from './sandbox.ts';
import { signalsProbe } from './signals.ts';
import { sshProbe } from './ssh.ts';
import { stdioProbe } from './stdio.ts';
import { userNamespaceProbe } from './user-namespace.ts';
import { virtualTimeProbe } from './virtual-time.ts';

export type { Finding, Leftover, Probe, ProbeContext, ProbeResult } from './probe.ts';

/** Every probe, in the order in which results are shown. Adding one is one file and one line here. */
export const PROBES: readonly Probe[] = [
  nodeVersionProbe,
  platformProbe,
  stdioProbe,
  loopbackProbe,
  signalsProbe,
  processTableProbe,
  processMemoryProbe,
  ptraceScopeProbe,
  vdsoProbe,
  libfaketimeProbe,
  virtualTimeProbe,
  pythonProbe,
  compilerProbe,
  userNamespaceProbe,
  sandboxProbe,
  ipProbe,
  ssProbe,
  prlimitProbe,
  nftProbe,
  packetFilterProbe,
  netemProbe,
  cgroupProbe,
  fuseProbe,
  loopProbe,
  dockerProbe,
  sshProbe,
  diskProbe,
  memoryProbe,
  openFilesProbe,
  leftoversProbe,
];

/** Runs probes side by side; results in the order of `probes`. Never rejects; ends with the slowest deadline (6 s). */
export async function examine(
  context: ProbeContext,
  probes: readonly Probe[] = PROBES,
): Promise<ProbeResult[]> {
  return Promise.all(probes.map((probe) => runProbe(probe, context, () => monotonicNs() / 1e6)));
}
