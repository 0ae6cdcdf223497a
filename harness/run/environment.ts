/**
 * What a run has to say about the machine and the software it ran on.
 */
import { cpus, release, totalmem } from 'node:os';
import { runCommand } from '../cluster/processes.ts';
import type { EnvironmentInfo } from '../store/files.ts';

/** Variables that continuous-integration servers set. */
const CI_VARIABLES = ['CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'BUILDKITE', 'JENKINS_URL'];

/** True under a continuous-integration server. */
export function underCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return CI_VARIABLES.some((name) => {
    const value = env[name];
    return value !== undefined && value !== '' && value !== 'false' && value !== '0';
  });
}

/** Describes this machine; asks git for the commit, and does without where there is none. */
export async function describeEnvironment(
  version: string,
  cwd: string,
): Promise<Omit<EnvironmentInfo, 'clockMechanism'>> {
  const processors = cpus();
  return {
    faultline: version,
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    os: release(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    commit: await commitOf(cwd),
    ci: underCi(process.env),
  };
}

/** The short commit of a working directory, `+` appended when it has changes; null outside a repository. */
export async function commitOf(cwd: string): Promise<string | null> {
  const options = { timeoutMs: 3_000, cwd };
  const head = await runCommand('git', ['rev-parse', '--short', 'HEAD'], options);
  if (head.exit.code !== 0) return null;
  const status = await runCommand('git', ['status', '--porcelain', '--untracked-files=no'], options);
  return `${head.stdout.trim()}${status.stdout.trim() === '' ? '' : '+'}`;
}
