/**
 * The `command` section with nothing left open: defaults filled in, strings split, durations in
 * milliseconds, places in answers as steps. Expects a section that passed the checks.
 */
import { resolve } from 'node:path';
import type { Json } from '../op.ts';
import { UsageError } from '../registry.ts';
import type {
  CommandConfig,
  CommandSpec,
  ExecConfig,
  HttpConfig,
  LeaderConfig,
  LogConfig,
  MembersConfig,
  OperationConfig,
  ReadyConfig,
  RequestSpec,
  Where,
  WhereSpec,
} from './command-types.ts';
import { splitCommand } from './split-command.ts';
import { parseDuration } from './units.ts';

/** The section, normalised; relative paths count from `directory`. */
export function resolveCommand(config: CommandConfig, directory: string): CommandSpec {
  return {
    start: config.start === undefined ? [] : argvOf(config.start),
    env: config.env ?? {},
    cwd: resolve(directory, config.cwd ?? '.'),
    ...(config.cwd === undefined ? {} : { cwdGiven: true as const }),
    ports: portsOf(config.ports),
    peers: {
      format: config.peers?.format ?? '{{peer.host}}:{{peer.port}}',
      join: config.peers?.join ?? ',',
      self: config.peers?.self ?? false,
    },
    ready: readyOf(config),
    stop: config.stop ?? 'SIGTERM',
    restart: restartOf(config.restart),
    leader: config.leader === undefined ? null : leaderOf(config.leader),
    log: config.log === undefined ? null : logOf(config.log),
    ...(config.members === undefined ? {} : { members: membersOf(config.members) }),
    leadership: config.leadership ?? null,
    operations: mapValues(config.operations ?? {}, (byName) => mapValues(byName, operationOf)),
    maelstrom: maelstromOf(config.maelstrom),
    crashPatterns: config.crashPatterns ?? [],
  };
}

/** A list as it is, a text split at blanks. Throws `UsageError` for a quote left open. */
export function argvOf(argv: string | string[]): string[] {
  if (typeof argv !== 'string') return argv;
  const split = splitCommand(argv);
  if (split !== null && split.length > 0) return split;
  throw new UsageError(`${JSON.stringify(argv)} has a quote that is not closed`, {
    hint: 'close it, or write the command as a list',
  });
}

function portsOf(ports: CommandConfig['ports']): CommandSpec['ports'] {
  if (ports === undefined) return [{ name: 'main', base: null }];
  if (Array.isArray(ports)) return ports.map((name) => ({ name, base: null }));
  return Object.entries(ports).map(([name, base]) => ({ name, base: base === 'auto' ? null : base }));
}

function readyOf(config: CommandConfig): CommandSpec['ready'] {
  const speaksMaelstrom = maelstromOf(config.maelstrom) !== null;
  const ready: ReadyConfig | undefined = config.ready;
  const timeoutMs =
    typeof ready === 'object' && ready.timeout !== undefined ? parseDuration(ready.timeout) : 30_000;
  if (ready === 'none') return { kind: 'none', timeoutMs };
  if (ready === 'tcp') return { kind: 'tcp', port: null, timeoutMs };
  if (ready?.http !== undefined) {
    return {
      kind: 'http',
      path: ready.http,
      status: ready.status ?? 200,
      port: ready.port ?? null,
      timeoutMs,
    };
  }
  if (ready?.log !== undefined) return { kind: 'log', pattern: ready.log, timeoutMs };
  if (ready?.command !== undefined) return { kind: 'command', argv: argvOf(ready.command), timeoutMs };
  if (ready?.tcp !== undefined) return { kind: 'tcp', port: ready.tcp, timeoutMs };
  return speaksMaelstrom ? { kind: 'init', timeoutMs } : { kind: 'tcp', port: null, timeoutMs };
}

function restartOf(restart: CommandConfig['restart']): CommandSpec['restart'] {
  const full = typeof restart === 'string' ? { policy: restart } : (restart ?? {});
  return {
    policy: full.policy ?? 'on-crash',
    delayMs: full.delay === undefined ? 500 : parseDuration(full.delay),
    limit: full.limit ?? 10,
  };
}

function leaderOf(leader: LeaderConfig): NonNullable<CommandSpec['leader']> {
  return {
    request: requestOf(leader),
    leading: whereOf(leader.leading),
    leader: whereOf(leader.leader),
    term: whereOf(leader.term),
  };
}

function logOf(log: LogConfig): NonNullable<CommandSpec['log']> {
  return {
    request: requestOf(log),
    entries: whereOf(log.entries ?? 'body')!,
    term: whereOf(log.term),
    value: whereOf(log.value),
    first: whereOf(log.first),
    commit: whereOf(log.commit),
    nodeTerm: whereOf(log.nodeTerm),
    leading: whereOf(log.leading),
  };
}

function membersOf({ list, add, remove }: MembersConfig): NonNullable<CommandSpec['members']> {
  return {
    list: { request: requestOf(list), value: whereOf(list.value ?? 'body')!, version: whereOf(list.version) },
    add: requestOf(add),
    remove: requestOf(remove),
  };
}

function operationOf(operation: OperationConfig, name: string): CommandSpec['operations'][string][string] {
  const isRead = name === 'read' || name === 'get';
  return {
    request: requestOf(operation),
    value: whereOf(operation.value ?? (isRead ? 'body' : undefined)),
    term: whereOf(operation.term),
    by: whereOf(operation.by),
    error: whereOf(operation.error),
    definiteErrors: operation.definiteErrors ?? [],
  };
}

function requestOf(from: {
  http?: HttpConfig | string;
  command?: ExecConfig | string | string[];
}): RequestSpec {
  if (from.http !== undefined) return httpOf(from.http);
  return execOf(from.command!);
}

function httpOf(http: HttpConfig | string): RequestSpec {
  const full: HttpConfig = typeof http === 'string' ? shortHttp(http) : http;
  return {
    kind: 'http',
    method: full.method ?? 'GET',
    path: full.path,
    body: full.body ?? null,
    headers: full.headers ?? {},
    port: full.port ?? null,
    ok: full.ok ?? [],
    definite: full.definite ?? [],
    notFound: full.notFound ?? [],
    redirect: full.redirect ?? false,
  };
}

function shortHttp(text: string): HttpConfig {
  const [first, second] = text.split(' ');
  if (second === undefined) return { path: first! };
  return { method: first as NonNullable<HttpConfig['method']>, path: second };
}

function execOf(exec: ExecConfig | string | string[]): RequestSpec {
  const full = typeof exec === 'string' || Array.isArray(exec) ? { argv: exec } : exec;
  return {
    kind: 'command',
    argv: argvOf(full.argv),
    stdin: full.stdin ?? null,
    env: full.env ?? {},
    definiteExitCodes: full.definiteExitCodes ?? [],
    notFoundExitCodes: full.notFoundExitCodes ?? [],
  };
}

function whereOf(where: Where | undefined): WhereSpec | null {
  if (where === undefined) return null;
  const full = typeof where === 'string' ? { path: where } : where;
  const spec: WhereSpec = {
    source: full.header === undefined ? 'body' : 'header',
    header: full.header?.toLowerCase() ?? null,
    path: stepsOf(full.path ?? 'body'),
    match: full.match ?? null,
    as: full.as ?? null,
  };
  if (full.equals !== undefined) spec.equals = full.equals as Json;
  return spec;
}

/** The steps of a JSON pointer or a dotted path; none for all of the answer. */
export function stepsOf(path: string): string[] {
  if (path === 'body' || path === 'stdout' || path === '') return [];
  if (path.startsWith('/')) {
    return path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return path.split('.');
}

function maelstromOf(maelstrom: CommandConfig['maelstrom']): string[] | null {
  if (Array.isArray(maelstrom)) return maelstrom;
  return maelstrom === true ? [] : null;
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
