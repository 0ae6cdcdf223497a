/**
 * Is this one of the contracts? Said about what a module exports, before anything uses it: which kind it is, and the
 * first key that is missing or wrong.
 */
import { BACKENDS } from '../harness/cluster/backends.ts';
import { nearest } from '../harness/registry.ts';
import { PLUGIN_KINDS, type PluginKind } from './define.ts';

/** What a key must hold: a test, and its words. */
interface Demand {
  holds(value: unknown, whole: Readonly<Record<string, unknown>>): boolean;
  words: string;
}

type Demands = Readonly<Record<string, Demand>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const NAME: Demand = {
  holds: (value) => isText(value) && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  words: 'a name of small letters, digits and single dashes, such as "my-set"',
};
const TEXT: Demand = { holds: isText, words: 'a text' };
const TEXTS: Demand = { holds: isTexts, words: 'a list of texts' };
const NAMES: Demand = {
  holds: (value) => isTexts(value) && (value as string[]).length > 0,
  words: 'a list of at least one text',
};
const FUNCTION: Demand = { holds: (value) => typeof value === 'function', words: 'a function' };
const PARAMETERS: Demand = {
  holds: (value) =>
    isObject(value) &&
    Object.values(value).every(
      (spec) => isObject(spec) && isText(spec['summary']) && spec['default'] !== undefined,
    ),
  words: 'an object: for every option { summary: a text, default: a value }; {} for none',
};
const OBJECT: Demand = { holds: isObject, words: 'an object' };

const backends: readonly string[] = BACKENDS.map(({ name }) => name);

const REQUIRED: Readonly<Record<PluginKind, Demands>> = {
  system: {
    name: NAME,
    summary: TEXT,
    backends: {
      holds: (value) =>
        isTexts(value) &&
        (value as string[]).length > 0 &&
        (value as string[]).every((one) => backends.includes(one)),
      words: `a list of at least one of ${backends.join(', ')}`,
    },
    workloads: {
      holds: (value) => isObject(value) && Object.values(value).every(isTexts),
      words: 'an object: for every workload a list of its operations',
    },
    bugs: { ...OBJECT, words: 'an object of its bug switches; {} for none' },
    program: FUNCTION,
    ready: {
      holds: (value) => isObject(value) && isText(value['kind']),
      words: "an object such as { kind: 'init' }",
    },
    open: FUNCTION,
  },
  workload: { name: NAME, summary: TEXT, needs: TEXTS, options: PARAMETERS, build: FUNCTION },
  fault: {
    name: NAME,
    summary: TEXT,
    modes: {
      holds: (value) =>
        isObject(value) &&
        Object.keys(value).length > 0 &&
        Object.values(value).every((mode) => isObject(mode) && isText(mode['summary'])),
      words: 'an object: for every mode { summary: a text }',
    },
    defaultMode: {
      holds: (value, { modes }) => isText(value) && Object.hasOwn(modes as object, value),
      words: 'the name of one of its modes',
    },
    lane: TEXT,
    conflicts: TEXTS,
    needs: FUNCTION,
    span: {
      holds: (value) => isObject(value) && isText(value['label']) && Number.isInteger(value['colour']),
      words: '{ label: a text, colour: a whole number }',
    },
    plan: FUNCTION,
    undoActions: FUNCTION,
    inject: FUNCTION,
    undo: FUNCTION,
  },
  checker: { name: NAME, summary: TEXT, options: PARAMETERS, check: FUNCTION },
};

const OPTIONAL: Readonly<Record<PluginKind, Demands>> = {
  system: {
    options: PARAMETERS,
    ports: NAMES,
    variants: OBJECT,
    demo: OBJECT,
    simulated: FUNCTION,
    observe: FUNCTION,
    isUnobserved: FUNCTION,
    observeLog: FUNCTION,
    membership: FUNCTION,
    crashPatterns: TEXTS,
    leadership: {
      holds: (value) => value === 'per-term' || value === 'exclusive',
      words: "'per-term' or 'exclusive'",
    },
    readyMs: { holds: (value) => typeof value === 'number' && value > 0, words: 'a number of milliseconds' },
  },
  workload: { uses: TEXTS, speaks: TEXT },
  fault: { effect: FUNCTION, sameNodes: { holds: (value) => value === true, words: 'true, or left out' } },
  checker: {
    reads: OBJECT,
    anomalies: {
      holds: (value) => isObject(value) && Object.values(value).every(isText),
      words: 'an object: for every kind of anomaly what it means',
    },
    share: FUNCTION,
  },
};

/** The key that tells each kind from the others. */
const MARK: Readonly<Record<PluginKind, readonly string[]>> = {
  system: ['program', 'open', 'ready'],
  workload: ['build'],
  fault: ['inject', 'undo'],
  checker: ['check'],
};

/** What is exported, or what is wrong with it: one clause. */
export function contractOf(exported: unknown): { kind: PluginKind } | { problem: string; hint: string } {
  if (!isObject(exported)) {
    const what = exported === null ? 'null' : Array.isArray(exported) ? 'a list' : `a ${typeof exported}`;
    return { problem: `its default export is ${what}, not an object`, hint: KINDS_HINT };
  }
  const kind = PLUGIN_KINDS.find((one) => MARK[one].some((key) => key in exported));
  if (kind === undefined) {
    const keys = Object.keys(exported);
    const has = keys.length === 0 ? 'is empty' : `has only ${keys.slice(0, 8).join(', ')}`;
    return { problem: `its default export ${has}`, hint: KINDS_HINT };
  }
  const wrong = wrongKey(kind, exported);
  if (wrong === null) return { kind };
  const called = isText(exported['name']) ? ` "${exported['name']}"` : '';
  return { problem: `the ${kind}${called} ${wrong.problem}`, hint: wrong.hint };
}

const KINDS_HINT = PLUGIN_KINDS.map((kind) => `a ${kind} has ${MARK[kind][0]}`).join(', ');

function wrongKey(
  kind: PluginKind,
  exported: Readonly<Record<string, unknown>>,
): { problem: string; hint: string } | null {
  for (const [key, { holds, words }] of Object.entries(REQUIRED[kind])) {
    if (exported[key] === undefined) {
      const near = nearest(
        key,
        Object.keys(exported).filter((one) => !Object.hasOwn(REQUIRED[kind], one)),
      );
      const slip = near === null ? '' : `; is "${near}" meant for it?`;
      return { problem: `lacks "${key}"${slip}`, hint: `${key}: ${words}` };
    }
    if (!holds(exported[key], exported))
      return { problem: `has a wrong "${key}"`, hint: `${key}: ${words}, not ${shortly(exported[key])}` };
  }
  for (const [key, { holds, words }] of Object.entries(OPTIONAL[kind])) {
    if (exported[key] === undefined || holds(exported[key], exported)) continue;
    return { problem: `has a wrong "${key}"`, hint: `${key}: ${words}, not ${shortly(exported[key])}` };
  }
  return null;
}

function shortly(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
