/**
 * What a schema cannot say about a configuration: names that must exist, alternatives that exclude each
 * other, templates, regular expressions. Problems carry their path, so that they are shown in the text.
 */
import { suggest, UsageError } from '../registry.ts';
import { nemesisList, parseNemesisWord } from './nemesis-spec.ts';
import { checkOptions, checkParams, type KnownOptions } from './option-checks.ts';
import type { PluginLoader } from './plugin-names.ts';
import { type Path, type Problem, renderPath } from './problem.ts';
import { splitCommand } from './split-command.ts';
import {
  MEMBER_TEMPLATES,
  NODE_TEMPLATES,
  OPERATION_TEMPLATES,
  PEER_TEMPLATES,
  templateNames,
} from './templates.ts';
import type { Config, NemesisConfig } from './types.ts';

/** Names that exist, by kind; a kind that is left out is not checked here. */
export interface KnownNames {
  systems?: readonly string[];
  workloads?: readonly string[];
  checkers?: readonly string[];
  /** Modes by fault. */
  faults?: Readonly<Record<string, readonly string[]>>;
  /** What they take; names are checked through the fields above. */
  options?: KnownOptions;
  /** Most nodes of systems that cannot have any number. */
  maxNodes?: Readonly<Record<string, number>>;
  /** Loads modules of the user's own before names are checked; left out: paths are names like others. */
  load?: PluginLoader;
}

/** All problems beyond the schema, in document order of the sections. */
export function check(config: Config, known: KnownNames = {}): Problem[] {
  return [
    ...checkSystem(config, known),
    ...checkNames(config, known),
    ...checkOptions(config, known.options ?? {}),
    ...checkNemesis(config, known),
    ...checkCommand(config),
  ];
}

function checkSystem(config: Config, known: KnownNames): Problem[] {
  const { system, command } = config;
  if (system !== undefined && command !== undefined && system !== 'command') {
    return [
      problem(
        ['command'],
        'key',
        'there is a system and a command section',
        'keep one: the program under test is one',
      ),
    ];
  }
  if (system === 'command' && command === undefined) {
    return [
      problem(
        ['system'],
        'value',
        'system is "command", but there is no command section',
        'add command: { start: ... }',
      ),
    ];
  }
  return system === undefined ? [] : unknownName(['system'], 'system', system, known.systems);
}

function checkNames(config: Config, known: KnownNames): Problem[] {
  const problems: Problem[] = [];
  const { workload, checkers } = config;
  if (typeof workload === 'string') {
    problems.push(...unknownName(['workload'], 'workload', workload, known.workloads));
  } else if (workload !== undefined) {
    problems.push(...unknownName(['workload', 'name'], 'workload', workload.name, known.workloads));
  }
  for (const [i, checker] of (checkers ?? []).entries()) {
    const named = typeof checker !== 'string';
    const path = named ? ['checkers', i, 'name'] : ['checkers', i];
    problems.push(...unknownName(path, 'checker', named ? checker.name : checker, known.checkers));
  }
  if (config.foundBy !== undefined) {
    problems.push(...unknownName(['foundBy'], 'checker', config.foundBy, known.checkers));
  }
  return problems;
}

function checkNemesis(config: Config, known: KnownNames): Problem[] {
  const { nemesis } = config;
  if (nemesis === undefined) return [];
  const items = typeof nemesis === 'string' ? nemesis.split(',') : nemesis;
  return items.flatMap((item, i) => {
    const path: Path = typeof nemesis === 'string' ? ['nemesis'] : ['nemesis', i];
    if (typeof item !== 'string') return checkFault(item, path, true, config, known);
    try {
      return nemesisList([item]).flatMap((fault) => checkFault(fault, path, false, config, known));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return [problem(path, 'value', `${renderPath(path)}: ${error.message}`, error.hint)];
    }
  });
}

function checkFault(
  item: NemesisConfig,
  path: Path,
  isObject: boolean,
  config: Config,
  known: KnownNames,
): Problem[] {
  const below = (key: string): Path => (isObject ? [...path, key] : path);
  // In an object, the fault may be written as a word with its mode, too.
  const fault = isObject && /[:@]/.test(item.fault) ? parsedWord(item.fault) : item;
  const problems = unknownName(
    below('fault'),
    'fault',
    fault.fault,
    known.faults && Object.keys(known.faults),
  );
  const modes = known.faults?.[fault.fault];
  const mode = item.mode ?? fault.mode;
  if (problems.length === 0 && mode !== undefined) {
    problems.push(...unknownName(below('mode'), `mode of ${fault.fault}`, mode, modes));
  }
  if (problems.length === 0) {
    problems.push(...checkParams(item, fault.fault, mode ?? null, path, known.options ?? {}));
  }
  const target = item.target ?? fault.target;
  if (Array.isArray(target)) {
    const nodes = nodeNames(config);
    for (const node of target) {
      problems.push(...unknownName(below('target'), 'node', node, nodes));
    }
  }
  return problems;
}

function parsedWord(word: string): NemesisConfig {
  try {
    return parseNemesisWord(word);
  } catch {
    // Not a word after all: then it is an unknown fault of that name, and is reported as one.
    return { fault: word };
  }
}

/** The node names a configuration means, as far as it says. */
function nodeNames(config: Config): string[] | undefined {
  if (Array.isArray(config.nodes)) return config.nodes;
  if (config.nodes === undefined) return undefined;
  return Array.from({ length: config.nodes }, (_, i) => `n${i + 1}`);
}

function checkCommand(config: Config): Problem[] {
  const { command } = config;
  if (command === undefined) return [];
  const problems: Problem[] = [];
  if (command.start === undefined && config.docker === undefined) {
    const hint = 'add start: a program and its arguments; only the image of a docker section brings its own';
    problems.push(problem(['command'], 'key', 'command lacks "start"', hint));
  }
  const ports = Array.isArray(command.ports) ? command.ports : Object.keys(command.ports ?? { main: 'auto' });
  walk(command, ['command'], (path, text) => {
    problems.push(...checkTemplates(path, text, ports), ...checkText(path, text, ports));
  });
  const { ready, leader, log, members, operations } = command;
  for (const [name, request] of Object.entries(members ?? {})) {
    problems.push(...exactlyOne(request as object, ['http', 'command'], ['command', 'members', name]));
  }
  if (log !== undefined) problems.push(...exactlyOne(log, ['http', 'command'], ['command', 'log']));
  if (typeof ready === 'object') {
    problems.push(...exactlyOne(ready, ['http', 'tcp', 'log', 'command'], ['command', 'ready']));
  }
  if (leader !== undefined) {
    const path = ['command', 'leader'];
    problems.push(...exactlyOne(leader, ['http', 'command'], path));
    if (leader.leading === undefined && leader.leader === undefined) {
      const hint = 'add leading: where the answer says that this node leads';
      problems.push(problem(path, 'key', 'command.leader says neither leading nor leader', hint));
    }
  }
  for (const [workload, byName] of Object.entries(operations ?? {})) {
    for (const [name, operation] of Object.entries(byName)) {
      problems.push(...exactlyOne(operation, ['http', 'command'], ['command', 'operations', workload, name]));
    }
  }
  return problems;
}

function exactlyOne(section: object, keys: readonly string[], path: Path): Problem[] {
  const given = keys.filter((key) => Object.hasOwn(section, key));
  if (given.length === 1) return [];
  const name = renderPath(path);
  const message =
    given.length === 0 ? `${name} says none of ${keys.join(', ')}` : `${name} says ${given.join(' and ')}`;
  return [problem(path, 'key', message, `exactly one of: ${keys.join(', ')}`)];
}

function checkTemplates(path: Path, text: string, ports: readonly string[]): Problem[] {
  const [, section, below] = path;
  const inPeer = section === 'peers' && below === 'format';
  const prefix = inPeer ? 'peer.port.' : 'node.port.';
  const names = inPeer ? PEER_TEMPLATES : namesIn(String(section), String(below));
  const all = [...names, ...ports.map((port) => prefix + port)];
  return templateNames(text)
    .filter((name) => !all.includes(name))
    .map((name) =>
      problem(path, 'value', `${renderPath(path)} has an unknown template {{${name}}}`, suggest(name, all)),
    );
}

function namesIn(section: string, below: string): readonly string[] {
  if (section === 'operations') return OPERATION_TEMPLATES;
  return section === 'members' && below !== 'list' ? MEMBER_TEMPLATES : NODE_TEMPLATES;
}

/** Checks of single strings by the key they stand under. */
function checkText(path: Path, text: string, ports: readonly string[]): Problem[] {
  const key = String(path.at(-1));
  const parent = String(path.at(-2));
  const isPattern =
    key === 'match' ||
    (parent === 'ready' && key === 'log') ||
    parent === 'crashPatterns' ||
    parent === 'definiteErrors';
  if (isPattern) {
    try {
      new RegExp(text);
    } catch (error) {
      return [
        problem(
          path,
          'value',
          `${renderPath(path)} is not a regular expression: ${(error as Error).message}`,
        ),
      ];
    }
  }
  const isPort =
    (parent === 'ready' && (key === 'tcp' || key === 'port')) || (parent === 'http' && key === 'port');
  if (isPort) return unknownName(path, 'port', text, ports);
  if ((key === 'start' || key === 'command' || key === 'argv') && splitCommand(text) === null) {
    return [
      problem(
        path,
        'value',
        `${renderPath(path)} has a quote that is not closed`,
        'close it, or write a list',
      ),
    ];
  }
  return [];
}

function unknownName(
  path: Path,
  kind: string,
  name: string,
  known: readonly string[] | undefined,
): Problem[] {
  if (known === undefined || known.includes(name)) return [];
  return [problem(path, 'value', `there is no ${kind} "${name}"`, suggest(name, known))];
}

function problem(path: Path, at: Problem['at'], message: string, hint?: string): Problem {
  return hint === undefined ? { path, at, message } : { path, at, message, hint };
}

/** Calls back for every string in a value, with its path. */
function walk(value: unknown, path: Path, visit: (path: Path, text: string) => void): void {
  if (typeof value === 'string') visit(path, value);
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(item, [...path, i], visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) walk(item, [...path, key], visit);
  }
}
