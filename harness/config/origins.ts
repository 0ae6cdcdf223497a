/**
 * Where each value of a resolved configuration came from: an option of the command line, a line of a file, a cell of a
 * campaign, or nobody, so that it is a default. A run keeps this beside its plan, which holds the values alone: the same
 * decisions give the same plan, whoever made them.
 */
import type { Origin, OriginOf } from './origin.ts';
import type { Config, ConfigFlags } from './types.ts';

/** Keys whose entries are set one by one, each by whoever likes. */
const BY_ENTRY = ['set', 'gates', 'network'] as const;

/** Options of the command line that are not called as the key they set. */
const FLAG_OF: Readonly<Record<string, string>> = {
  bugs: '--bug',
  gates: '--gate',
  checkers: '--checker',
  docker: '--image or --build',
  ssh: '--hosts',
  network: '--net-profile',
};

/** `timeLimit` as the option that sets it: `--time-limit`. */
export function flagName(key: string): string {
  return FLAG_OF[key] ?? `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Origins by dotted path, for `keys` of the configuration and for entries of those that are merged. */
export function originsOf(
  keys: readonly string[],
  file: Config,
  flags: ConfigFlags,
  inFile: OriginOf,
  ofFlag: (key: string) => Origin = (key) => ({ from: 'flag', at: flagName(key) }),
): Record<string, Origin> {
  const origins: Record<string, Origin> = {};
  for (const key of keys) {
    if (Object.hasOwn(flags, key)) origins[key] = ofFlag(key);
    else if (Object.hasOwn(file, key)) origins[key] = inFile([key]);
    else origins[key] = { from: key === 'seed' ? 'drawn' : 'default' };
  }
  for (const key of BY_ENTRY) {
    for (const entry of Object.keys(file[key] ?? {})) origins[`${key}.${entry}`] = inFile([key, entry]);
    for (const entry of Object.keys(flags[key] ?? {})) origins[`${key}.${entry}`] = ofFlag(key);
  }
  return { ...origins, ...workloadOrigins(file.workload, flags.workload, inFile, ofFlag) };
}

/** Options of the workload: a flag that names the file's workload again keeps those of the file. */
function workloadOrigins(
  file: Config['workload'],
  flag: Config['workload'],
  inFile: OriginOf,
  ofFlag: (key: string) => Origin,
): Record<string, Origin> {
  const optionsOf = (from: Config['workload']): string[] =>
    typeof from === 'object' ? Object.keys(from).filter((key) => key !== 'name') : [];
  const nameOf = (from: Config['workload']): string | undefined =>
    typeof from === 'object' ? from.name : from;
  const origins: Record<string, Origin> = {};
  if (flag === undefined || nameOf(flag) === nameOf(file))
    for (const option of optionsOf(file)) origins[`workload.${option}`] = inFile(['workload', option]);
  for (const option of optionsOf(flag)) origins[`workload.${option}`] = ofFlag('option');
  return origins;
}
