/**
 * Command line of a reference node: `<program> --transport stdio|tcp [--bug name] [--set name=value]
 * [--data-dir directory] [--seed n]`, and for tcp `--id name --listen host:port --peer name=host:port`.
 */
import { parseArgs } from 'node:util';
import type { ProgramConfig, ProgramKind, Setting, Settings } from '../api.ts';
import type { TcpOptions } from './tcp.ts';

/** A command line that cannot be used; the message says what to change. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** What `main` needs to start a node. */
export interface NodeArguments {
  kind: ProgramKind;
  config: ProgramConfig;
  dataDir?: string;
  seed?: number;
  /** Absent: stdio. */
  tcp?: TcpOptions;
}

/** Parses; throws `UsageError`. */
export function parseNodeArguments(argv: readonly string[], kinds: readonly ProgramKind[]): NodeArguments {
  const { values, positionals } = read(argv);
  const kind = kinds.find((k) => k.name === positionals[0]);
  if (kind === undefined || positionals.length !== 1) {
    throw new UsageError(`expected one program of: ${kinds.map((k) => k.name).join(', ')}`);
  }
  const out: NodeArguments = { kind, config: programConfig(kind, values.set ?? [], values.bug ?? []) };
  if (values['data-dir'] !== undefined) out.dataDir = values['data-dir'];
  if (values.seed !== undefined) out.seed = numberOf('--seed', values.seed);
  const transport = values.transport ?? 'stdio';
  if (transport === 'tcp') out.tcp = tcpOptions(values.id, values.listen, values.peer ?? []);
  else if (transport !== 'stdio') throw new UsageError(`--transport is stdio or tcp, not ${transport}`);
  return out;
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        transport: { type: 'string' },
        bug: { type: 'string', multiple: true },
        set: { type: 'string', multiple: true },
        'data-dir': { type: 'string' },
        seed: { type: 'string' },
        id: { type: 'string' },
        listen: { type: 'string' },
        peer: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Settings and bugs checked against what the program has. */
export function programConfig(
  kind: ProgramKind,
  set: readonly string[],
  bugs: readonly string[],
): ProgramConfig {
  for (const bug of bugs) {
    if (!kind.bugs.includes(bug)) {
      throw new UsageError(`${kind.name} has no bug ${bug}; it has: ${kind.bugs.join(', ') || 'none'}`);
    }
  }
  const settings: Settings = {};
  for (const [name, setting] of Object.entries(kind.settings)) settings[name] = setting.default;
  for (const item of set) {
    const [name, text] = split(item, '=', '--set name=value');
    const setting = kind.settings[name];
    if (setting === undefined) {
      throw new UsageError(
        `${kind.name} has no setting ${name}; it has: ${Object.keys(kind.settings).join(', ')}`,
      );
    }
    settings[name] = settingOf(name, setting, text);
  }
  return { settings, bugs: new Set(bugs) };
}

function tcpOptions(
  id: string | undefined,
  listen: string | undefined,
  peers: readonly string[],
): TcpOptions {
  if (id === undefined || listen === undefined) throw new UsageError('tcp needs --id and --listen');
  return {
    id,
    listen: address(listen),
    peers: peers.map((item) => {
      const [name, text] = split(item, '=', '--peer name=host:port');
      return { id: name, ...address(text) };
    }),
  };
}

function address(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(port)) throw new UsageError(`${text} is not host:port`);
  return { host: text.slice(0, at), port };
}

function split(item: string, by: string, form: string): [string, string] {
  const at = item.indexOf(by);
  if (at < 1) throw new UsageError(`${item} is not of the form ${form}`);
  return [item.slice(0, at), item.slice(at + by.length)];
}

function settingOf(name: string, setting: Setting, text: string): number | boolean | string {
  if (typeof setting.default === 'number') return numberOf(name, text);
  if (typeof setting.default === 'boolean') return booleanOf(name, text);
  const choices = setting.choices ?? [];
  if (!choices.includes(text)) throw new UsageError(`${name} is one of ${choices.join(', ')}, not ${text}`);
  return text;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${name} is a number, not ${text}`);
  return value;
}

function booleanOf(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new UsageError(`${name} is true or false, not ${text}`);
  return text === 'true';
}
