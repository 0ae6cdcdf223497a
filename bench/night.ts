/**
 * The night that benches of campaigns carry out: so many simulated runs of a second, nothing twice, nothing again.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder with the campaign of at least so many runs. */
export function nightFolder(runs: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  writeFileSync(join(folder, 'faultline.campaign.yaml'), campaign(runs));
  return folder;
}

function campaign(runs: number): string {
  return `campaign: bench
systems: [raft, lww]
workloads: [register, last-write]
nemeses: { calm: [], storm: [partition] }
settings: { backend: sim, nodes: 3, timeLimit: 1s, rate: 50, settle: 1s }
seeds: ${Math.ceil(runs / 4)}
canaries: false
twice: 0
reruns: 0
`;
}
