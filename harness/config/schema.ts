/**
 * The JSON Schema of a configuration: what the loader checks, what `schemas/config.schema.json` gives to
 * editors. Descriptions are written to be read in an editor's hover and in error messages.
 */
import { NET_PROFILES } from '../network/net-profiles.ts';
import { COMMAND_DEFS } from './command-schema.ts';
import { DOCKER_SCHEMA } from './docker-config.ts';
import { SSH_SCHEMA } from './ssh-config.ts';
import { DURATION_PATTERN, RATE_PATTERN } from './units.ts';

/** A JSON Schema document or part of one. */
export interface Schema {
  [keyword: string]: unknown;
}

const names = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description });

/** Faults aim at these; names of nodes are given as a list. */
export const TARGETS = ['one', 'minority', 'majority', 'minority-third', 'all', 'leader'] as const;

const TARGET: Schema = {
  description: 'which nodes it hits: a word, or a list of node names',
  anyOf: [
    { type: 'string', enum: TARGETS },
    { type: 'array', items: { type: 'string' }, minItems: 1 },
  ],
};

const NAMED_WITH_OPTIONS = (what: string): Schema => ({
  description: `${what}: its name, or an object of its name and its options`,
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
  ],
});

const NEMESIS_OBJECT: Schema = {
  type: 'object',
  required: ['fault'],
  additionalProperties: false,
  description: 'one kind of fault, injected again and again while the load runs',
  properties: {
    fault: { type: 'string', description: 'a name from `faultline list faults`' },
    mode: { type: 'string', description: 'one of its modes, from `faultline describe <fault>`' },
    target: TARGET,
    params: { type: 'object', description: 'parameters of the mode' },
    interval: { $ref: '#/$defs/duration' },
    duration: { $ref: '#/$defs/duration' },
  },
};

const VARIANTS: Schema = {
  type: 'object',
  description: 'other ways to start nodes, by name: for `mixed`, and for the fault `rolling`',
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: {
      set: { type: 'object', description: 'options of the system, on top of `set`' },
      bugs: names('bug switches instead of `bugs`'),
      start: {
        description: 'another program to start, where a command section describes the first',
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
      },
      env: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'environment, on top of that of the command section',
      },
    },
  },
};

const NETWORK: Schema = {
  type: 'object',
  additionalProperties: false,
  description: 'how far nodes are from each other when no fault is in force',
  properties: {
    profile: { type: 'string', enum: Object.keys(NET_PROFILES), description: 'a network by name' },
    regions: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'where nodes stand, by node: a region of the profile',
    },
    links: {
      type: 'object',
      description: 'links that differ, one way: `n1>n2: { ms: 80, jitterMs: 5 }`',
      additionalProperties: {
        type: 'object',
        required: ['ms'],
        additionalProperties: false,
        properties: {
          ms: { type: 'number', minimum: 0, maximum: 60_000 },
          jitterMs: { type: 'number', minimum: 0, maximum: 60_000 },
        },
      },
    },
  },
};

const PROPERTIES: Record<string, Schema> = {
  $schema: { type: 'string', description: 'where this schema is, for editors' },
  plugins: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: 'modules of your own with systems, workloads, faults or checkers, relative to this file',
  },
  name: { type: 'string', minLength: 1, description: 'name of the run; its folder is called after it' },
  nodes: {
    description: 'how many nodes, or their names',
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 99 },
      {
        type: 'array',
        minItems: 1,
        uniqueItems: true,
        items: {
          type: 'string',
          pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
          description: 'a node name: a letter, then letters, digits, - and _',
        },
      },
    ],
  },
  system: { type: 'string', description: 'a system from `faultline list systems`' },
  bugs: names('bug switches of a reference system to turn on'),
  command: { $ref: '#/$defs/command' },
  backend: {
    type: 'string',
    enum: ['stdio', 'tcp', 'netns', 'docker', 'ssh', 'sim'],
    description: 'how nodes run and talk',
  },
  docker: DOCKER_SCHEMA,
  ssh: SSH_SCHEMA,
  virtualTime: {
    type: 'boolean',
    description: 'processes of the stdio backend in lock step on virtual time: fast, and the same again',
  },
  workload: NAMED_WITH_OPTIONS('a workload from `faultline list workloads`'),
  nemesis: {
    description: 'faults to inject: `partition`, `clock:jump`, `kill@leader`, or objects',
    anyOf: [
      { type: 'string' },
      { type: 'array', items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/nemesis' }] } },
    ],
  },
  concurrency: {
    description: 'client threads: a count, or a multiple of the node count such as 2n',
    anyOf: [
      { type: 'integer', minimum: 1 },
      {
        type: 'string',
        pattern: '^\\d+(\\.\\d+)?n?$',
        description: 'a number of clients, or a multiple of the node count such as 2n',
      },
    ],
  },
  rate: {
    description: 'operations per second over all clients',
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'string', pattern: RATE_PATTERN, description: 'a rate such as 200/s, 1k/s or 30/m' },
    ],
  },
  timeLimit: { $ref: '#/$defs/duration' },
  opTimeout: { $ref: '#/$defs/duration' },
  settle: { $ref: '#/$defs/duration' },
  interval: { $ref: '#/$defs/duration' },
  duration: { $ref: '#/$defs/duration' },
  seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  expect: {
    type: 'string',
    enum: ['pass', 'fail'],
    description: 'the verdict `faultline suite` holds the run against',
  },
  foundBy: { type: 'string', description: 'the checker whose finding is expected' },
  because: { type: 'string', description: 'why that is expected' },
  liveCheck: { type: 'boolean', description: 'judge while the run goes, and say at once what is seen' },
  capture: { type: 'boolean', description: 'record every packet, on backend netns' },
  stopOnFail: {
    type: 'boolean',
    description: 'end the load at the first violation that is seen; implies liveCheck',
  },
  allow: {
    type: 'array',
    items: { type: 'string', enum: ['unknown', 'vacuous', 'broken'] },
    description: 'verdicts that exit 0 all the same; a failure never does',
  },
  gates: { type: 'object', description: 'thresholds under which a pass is vacuous, such as operations: 100' },
  checkers: {
    type: 'array',
    items: NAMED_WITH_OPTIONS('a checker from `faultline list checkers`'),
    description: 'checkers beyond those of the workload',
  },
  set: { type: 'object', description: 'options of the system, as with --set key=value' },
  variants: VARIANTS,
  mixed: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'nodes that run a variant from the start: `{ n1: old }`',
  },
  client: {
    description:
      'what stands between the workload and the client: retry, idempotency-key, timeout, circuit-breaker',
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  },
  network: NETWORK,
};

/** The whole schema (JSON Schema draft 2020-12). */
export const CONFIG_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'faultline configuration',
  description: 'What to start, what to do to it, and what to demand of it.',
  type: 'object',
  additionalProperties: false,
  properties: PROPERTIES,
  $defs: {
    duration: {
      type: 'string',
      pattern: DURATION_PATTERN,
      description: 'a duration with its unit, such as 500ms, 30s or 1m30s',
    },
    nemesis: NEMESIS_OBJECT,
    ...COMMAND_DEFS,
  },
};
