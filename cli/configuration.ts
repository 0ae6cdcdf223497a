/**
 * Everything a run was configured with, value by value, with who said it: what run.json keeps and reports show. The
 * plan has the values too, for machines; this is the list for people, defaults of systems and workloads included.
 */
import { relative } from 'node:path';
import type { ConfiguredValue, Origin } from '../harness/config/origin.ts';
import type { NemesisSpec, ResolvedConfig } from '../harness/config/types.ts';
import { formatDuration, formatRate } from '../harness/config/units.ts';
import type { ParameterSpec, System } from '../harness/contracts.ts';
import type { GateLimits } from '../harness/gates.ts';
import type { Json } from '../harness/op.ts';
import type { Plan } from '../harness/plan/index.ts';
import type { Workload } from '../harness/workload.ts';

/** What the list is made from. */
export interface ConfigurationParts {
  /** As it was resolved, before a system added to it. */
  given: ResolvedConfig;
  /** Options of the system as they hold, those it sets itself among them. */
  set: Readonly<Record<string, Json>>;
  system: Pick<System, 'name' | 'options'>;
  workload: Pick<Workload, 'name' | 'options'>;
  plan: Plan;
  backend: string;
  /** Whether the backend was chosen here; otherwise whoever said it is its origin. */
  chosen: boolean;
  gates: GateLimits;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** All values, in the order of a configuration. Pure. */
export function configurationOf(parts: ConfigurationParts): ConfiguredValue[] {
  const { given, plan, cwd } = parts;
  const rows: ConfiguredValue[] = [];
  // A stored plan says what was decided, and no longer by whom.
  const stored = Object.keys(given.origins).length === 0;
  const put = (name: string, value: Json, otherwise: Origin = { from: 'default' }, key = name): void => {
    const known = given.origins[key];
    const said = known?.from === 'default' && known.at === undefined ? undefined : known;
    rows.push({ name, value, ...(said ?? (stored ? { from: 'plan' } : otherwise)) });
  };
  const when = (name: string, value: Json | undefined): void => {
    if (!isEmpty(value)) put(name, value!);
  };
  put('name', given.name);
  if (given.command === null) put('system', given.system);
  else put('command', given.command.start.join(' ') || 'what the image starts');
  when('bugs', given.bugs);
  const options = Object.entries(parts.system.options ?? {});
  for (const [name, spec] of options) {
    const value = parts.set[name] ?? spec.default;
    if (!isUnset(value, spec)) put(`set.${name}`, value, { from: 'system' });
  }
  put('workload', plan.workload, { from: 'system' });
  for (const [name, value] of Object.entries(plan.workloadOptions))
    if (value !== null) put(`workload.${name}`, value, { from: 'workload' });
  put('backend', parts.backend, parts.chosen ? { from: 'system' } : { from: 'default' });
  machines(given, cwd, when);
  putEngine(parts, rows);
  put('nodes', [...plan.nodes]);
  put('concurrency', plan.concurrency);
  put('rate', plan.rate === 0 ? 'no limit' : formatRate(plan.rate), { from: 'default' });
  put('timeLimit', formatDuration(plan.timeLimitMs));
  put('opTimeout', formatDuration(plan.opTimeoutMs));
  put('settle', formatDuration(given.settleMs));
  put('seed', plan.seed);
  if (given.nemesis.length === 0) put('nemesis', 'none');
  for (const [i, fault] of given.nemesis.entries())
    put(`nemesis[${i}]`, faultWords(fault), { from: 'default' }, 'nemesis');
  when('client', given.client as unknown as Json);
  when('mixed', given.mixed);
  when('variants', given.variants as unknown as Json);
  when('network', given.network as unknown as Json);
  for (const key of ['virtualTime', 'capture', 'liveCheck', 'stopOnFail'] as const)
    if (given[key] === true) put(key, true);
  for (const { name, options: of } of given.checkers)
    put(`checkers.${name}`, Object.keys(of).length === 0 ? 'on' : of, { from: 'default' }, 'checkers');
  for (const [name, value] of Object.entries(parts.gates)) put(`gates.${name}`, value);
  when('allow', given.allow);
  return rows;
}

/** What containers are made of, and where nodes run: no path of this machine that is not below the working folder. */
function machines(
  { docker, ssh }: ResolvedConfig,
  cwd: string,
  when: (name: string, value: Json | undefined) => void,
): void {
  const here = (path: string): string => relative(cwd, path) || '.';
  if ((docker ?? null) !== null) {
    const { build, tarball, ...rest } = docker!;
    const paths = {
      ...(build ? { build: here(build) } : {}),
      ...(tarball ? { tarball: here(tarball) } : {}),
    };
    when('docker', { ...rest, ...paths } as Json);
  }
  if ((ssh ?? null) !== null) when('ssh', { hosts: ssh!.hosts } as unknown as Json);
}

/** Which Docker engine, where the environment says so. */
function putEngine({ backend, env }: ConfigurationParts, rows: ConfiguredValue[]): void {
  const value = env['DOCKER_HOST'];
  if (backend === 'docker' && value) {
    rows.push({ name: 'docker engine', value, from: 'environment', at: 'DOCKER_HOST' });
  }
}

function faultWords({ fault, mode, target, params, intervalMs, durationMs }: NemesisSpec): Json {
  const where = target === null ? '' : `@${Array.isArray(target) ? target.join('+') : String(target)}`;
  const how = Object.keys(params).length === 0 ? '' : ` ${JSON.stringify(params)}`;
  const times = `every ${formatDuration(intervalMs)} for ${formatDuration(durationMs)}`;
  return `${fault}${mode === null ? '' : `:${mode}`}${where}${how}, ${times}`;
}

/** A parameter nobody gave and that has no value of its own. */
function isUnset(value: Json, spec: ParameterSpec): boolean {
  return value === null || (value === '' && spec.default === '');
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
