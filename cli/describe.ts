/**
 * What `list` and `describe` say about a plug-in, as data; text and JSON are two renderings of it.
 */
import { relative } from 'node:path';
import type { Checker } from '../checkers/contract.ts';
import type { Model, ModelFunction } from '../checkers/models/model.ts';
import type { OnlineForm } from '../checkers/online/contract.ts';
import { ONLINE_FORMS } from '../checkers/online/forms.ts';
import type { Fault, ParameterSpec, System } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { PLUGIN_KINDS } from '../plugins/define.ts';
import { registeredAs } from '../plugins/registered.ts';
import { consistencyModel } from './consistency-models.ts';
import { faultEntry } from './fault-catalogue.ts';
import { BACKENDS, CHECKERS, FAMILIES, FAULTS, type Family, SYSTEMS, WORKLOADS } from './registries.ts';

/** A titled table of a description: rows of a name and what it means. */
export interface Section {
  title: string;
  rows: [name: string, text: string][];
}

/** One plug-in described. */
export interface Description {
  family: Family;
  name: string;
  summary: string;
  sections: Section[];
}

/** One line of a family. */
export interface Listed {
  name: string;
  summary: string;
  /** What a checker sees while a run goes. */
  live?: string;
  /** The module it comes from, where it is the user's own. */
  module?: string;
}

/** Names and summaries of a family, in registry order. */
export function listing(family: Family): Listed[] {
  const table: Readonly<Record<string, { name: string; summary: string }>> = FAMILIES[family];
  return Object.values(table).map(({ name, summary }) => {
    const live = family === 'checkers' ? own<OnlineForm>(ONLINE_FORMS, name)?.summary : undefined;
    const module = moduleOf(family, name);
    return { name, summary, ...(live === undefined ? {} : { live }), ...(module === null ? {} : { module }) };
  });
}

/** Everything that carries this name, in any family. */
export function describe(name: string): Description[] {
  const found: Description[] = [];
  const add = (family: Family, summary: string, said: Section[]): void => {
    const module = moduleOf(family, name);
    const sections = [
      ...said,
      { title: 'module of your own', rows: module === null ? [] : [['', module]] } as Section,
    ];
    found.push({ family, name, summary, sections: sections.filter((section) => section.rows.length > 0) });
  };
  const system = own<System>(SYSTEMS, name);
  if (system) add('systems', system.summary, systemSections(system));
  const workload = own<Workload>(WORKLOADS, name);
  if (workload) add('workloads', workload.summary, workloadSections(workload));
  const fault = own<Fault>(FAULTS, name);
  if (fault) add('faults', fault.summary, faultSections(fault));
  const checker = own<Checker>(CHECKERS, name);
  if (checker) add('checkers', checker.summary, checkerSections(name, checker));
  const backend = own<{ summary: string; offers: Iterable<string>; limits: readonly string[] | string }>(
    BACKENDS,
    name,
  );
  if (backend) {
    const limits = typeof backend.limits === 'string' ? [backend.limits] : backend.limits;
    add('backends', backend.summary, [
      { title: 'offers', rows: [...backend.offers].map((capability) => [capability, '']) },
      { title: 'cannot', rows: limits.map((limit) => ['', limit]) },
    ]);
  }
  const model = own<Model<unknown>>(FAMILIES.models, name);
  if (model) add('models', model.summary, modelSections(model));
  const promise = consistencyModel(name);
  if (promise) {
    add('consistency-models', promise.summary, [
      { title: 'implies', rows: promise.implies.map((weaker) => ['', weaker]) },
      { title: 'refuted by', rows: promise.refutedBy.map((kind) => ['', kind]) },
      { title: 'also called', rows: promise.aliases.map((alias) => ['', alias]) },
    ]);
  }
  return found;
}

/** The file of a plug-in of the user's own, or null. */
function moduleOf(family: Family, name: string): string | null {
  const kind = PLUGIN_KINDS.find((one) => `${one}s` === family);
  const own = kind === undefined ? undefined : registeredAs(kind, name);
  return own === undefined ? null : relative(process.cwd(), own.file);
}

function modelSections(model: Model<unknown>): Section[] {
  const words = ({ readOnly, answers, refusable }: ModelFunction): string =>
    [readOnly ? 'changes nothing' : '', answers ? 'its answer counts' : '', refusable ? 'may be refused' : '']
      .filter(Boolean)
      .join(', ');
  return [
    { title: 'operations', rows: Object.entries(model.functions).map(([f, about]) => [f, words(about)]) },
    {
      title: 'keys',
      rows: [
        ['', model.independent ? 'every key is an object of its own' : 'the whole history is one object'],
      ],
    },
  ];
}

function own<T>(table: object, name: string): T | undefined {
  return Object.hasOwn(table, name) ? (table as Record<string, T>)[name] : undefined;
}

/** `; delivery=at-least-once unless another --option is given`. */
function unlessGiven(options: Readonly<Record<string, Json>> = {}): string {
  const words = Object.entries(options).map(([name, value]) => `${name}=${String(value)}`);
  return words.length === 0 ? '' : `; ${words.join(', ')} unless another --option is given`;
}

function systemSections(system: System): Section[] {
  return [
    { title: 'backends', rows: system.backends.map((backend) => [backend, '']) },
    { title: 'nodes', rows: system.maxNodes === undefined ? [] : [['', `at most ${system.maxNodes}`]] },
    {
      title: 'workloads',
      rows: Object.entries(system.workloads).map(([name, operations]) => [
        name,
        `${operations.join(', ')}${unlessGiven(system.promises?.(name, {}))}`,
      ]),
    },
    { title: 'options (--set)', rows: parameterRows(system.options ?? {}) },
    {
      title: 'variants (--nemesis rolling, mixed)',
      rows: Object.entries(system.variants ?? {}).map(([name, { summary, set }]) => [
        name,
        `${summary} (${Object.entries(set)
          .map(([option, value]) => `${option}=${value}`)
          .join(', ')})`,
      ]),
    },
    {
      title: 'bugs (--bug)',
      rows: Object.entries(system.bugs).map(([name, bug]) => [
        name,
        `${bug.summary} (workload ${bug.workload}, checker ${bug.checker}${bug.nemesis ? `, nemesis ${bug.nemesis}` : ''})`,
      ]),
    },
    {
      title: 'demo',
      rows: system.demo
        ? [
            [
              system.demo.expect,
              `${system.demo.workload} under ${system.demo.nemesis}: ${system.demo.because}`,
            ],
          ]
        : [],
    },
  ];
}

function checkerSections(name: string, checker: Checker): Section[] {
  const live = own<OnlineForm>(ONLINE_FORMS, name);
  return [
    { title: 'operations it reads', rows: Object.values(checker.reads ?? {}).map((form) => ['', form]) },
    { title: 'anomalies', rows: Object.entries(checker.anomalies ?? {}) },
    { title: 'options', rows: parameterRows(checker.options) },
    { title: 'live (run --live-check)', rows: live ? [['', live.summary]] : [] },
  ];
}

function workloadSections(workload: Workload): Section[] {
  return [
    { title: 'needs', rows: workload.needs.map((operation) => [operation, '']) },
    {
      title: 'asked as',
      rows: workload.speaks === undefined ? [] : [['', `${workload.speaks}, where that is spoken`]],
    },
    { title: 'uses when offered', rows: (workload.uses ?? []).map((operation) => [operation, '']) },
    { title: 'options', rows: parameterRows(workload.options) },
  ];
}

function faultSections(fault: Fault): Section[] {
  const entry = faultEntry(fault);
  return [
    {
      title: 'modes',
      rows: Object.entries(fault.modes).map(([mode, spec]) => [
        mode === fault.defaultMode ? `${mode} (default)` : mode,
        `${spec.summary}; needs ${fault.needs(mode, {}).join(', ') || 'nothing'}`,
      ]),
    },
    ...parameterSections(fault),
    {
      title: 'mechanism',
      rows: [
        ...entry.mechanisms.map(({ backend, text }): [string, string] => [backend, text]),
        ...entry.brought.map((what): [string, string] => ['by', what]),
      ],
    },
    {
      title: 'evidence and undoing',
      rows: [
        ['evidence', entry.evidence],
        ['undo', entry.undo],
        ...(entry.caveat === undefined ? [] : [['mind', entry.caveat] as [string, string]]),
        ...entry.contradicts.map((claim): [string, string] => ['contradicts', `that ${claim}`]),
      ],
    },
    { title: 'promise to survive it', rows: fault.sameNodes === true ? survivors() : [] },
    {
      title: 'lane',
      rows: [
        [
          fault.lane,
          fault.conflicts.length > 0 ? `excludes ${fault.conflicts.join(', ')} on the same node` : '',
        ],
      ],
    },
  ];
}

/** Systems that promise something about Byzantine nodes; no other is asked to. */
function survivors(): [string, string][] {
  return Object.values<System>(SYSTEMS).flatMap(({ name, byzantine }): [string, string][] => {
    if (byzantine === undefined) return [];
    const told = [3, 4, 7].map((nodes) => `${byzantine(nodes).survives} of ${nodes}`);
    return [[name, `survives ${told.join(', ')} nodes`]];
  });
}

/** Parameters by mode; those that every mode has are said once. */
function parameterSections(fault: Fault): Section[] {
  const byMode = Object.entries(fault.modes).map(([mode, spec]) => ({
    mode,
    rows: parameterRows(spec.params ?? {}),
  }));
  const shared = (row: [string, string]): boolean =>
    byMode.every(({ rows }) => rows.some(([name, text]) => name === row[0] && text === row[1]));
  return [
    { title: 'parameters of every mode', rows: (byMode[0]?.rows ?? []).filter(shared) },
    ...byMode.map(({ mode, rows }) => ({
      title: `parameters of ${mode}`,
      rows: rows.filter((row) => !shared(row)),
    })),
  ];
}

function parameterRows(parameters: Readonly<Record<string, ParameterSpec>>): [string, string][] {
  return Object.entries(parameters).map(([name, spec]) => [
    name,
    `${spec.summary}; default ${JSON.stringify(spec.default)}${spec.choices ? `, one of ${spec.choices.join(', ')}` : ''}`,
  ]);
}
