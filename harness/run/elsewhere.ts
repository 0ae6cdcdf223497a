/**
 * What backends hear whose nodes are not processes of this machine: where nodes run, and how it is written down that
 * something is about to be made there.
 */
import type { ClusterOptions } from '../cluster/options.ts';
import type { RunLedger } from '../faults/ledger.ts';
import type { RunSpec } from './spec.ts';

/** The part of a cluster's options that is about engines and hosts. */
export function elsewhere(
  { docker, ssh, onImage }: RunSpec,
  ledger: RunLedger,
): Pick<ClusterOptions, 'docker' | 'image' | 'engine' | 'ssh' | 'hosts'> {
  return {
    engine: (address) => ledger.engine(address),
    hosts: (plans) => ledger.hosts(plans),
    ...(docker ? { docker } : {}),
    ...(onImage ? { image: onImage } : {}),
    ...(ssh ? { ssh } : {}),
  };
}
