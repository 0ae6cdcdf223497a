/**
 * The JSON Schema of a campaign: what the loader checks, what `schemas/campaign.schema.json` gives to editors. A
 * setting of a run is checked by the schema of configurations, wherever it stands.
 */
import { CONFIG_SCHEMA, type Schema } from '../config/schema.ts';

/** Keys of a configuration that a campaign decides itself. */
const DECIDED = [
  '$schema',
  'plugins',
  'name',
  'system',
  'command',
  'workload',
  'nemesis',
  'seed',
  'expect',
  'foundBy',
  'because',
];

const RUN = CONFIG_SCHEMA['properties'] as Record<string, Schema>;

const SETTINGS: Record<string, Schema> = Object.fromEntries(
  Object.entries(RUN).filter(([key]) => !DECIDED.includes(key)),
);

const WEIGHT: Schema = {
  type: 'number',
  exclusiveMinimum: 0,
  description: 'how soon its seeds come, against others; default 1',
};

const SEEDS: Schema = {
  description: 'how many seeds each scenario gets, or which',
  anyOf: [
    { type: 'integer', minimum: 1, maximum: 100_000 },
    {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    },
  ],
};

const NAME: Schema = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
  description: 'a name of letters, digits, dots, dashes, underscores and plus signs',
};

const selected = (what: string): Schema => ({
  description: what,
  anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'string' } }],
});

const SELECTION: Record<string, Schema> = {
  system: selected('systems it is about; left out: all'),
  workload: selected('workloads it is about; left out: all'),
  nemesis: selected('packages of faults it is about; left out: all'),
};

const closed = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});

const PROPERTIES: Record<string, Schema> = {
  $schema: { type: 'string', description: 'where this schema is, for editors' },
  plugins: RUN['plugins']!,
  files: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description:
      'files and folders that programs of your own need, relative to this file: workers are given them',
  },
  campaign: {
    ...NAME,
    description: `${NAME['description']}: the folder and the trend of the campaign are called so`,
  },
  systems: {
    type: 'array',
    minItems: 1,
    description: 'what is tested',
    items: {
      anyOf: [
        { type: 'string', minLength: 1 },
        closed({
          system: { type: 'string', description: 'a system from `faultline list systems`' },
          config: { type: 'string', description: 'a configuration file, relative to this one' },
          as: { ...NAME, description: `${NAME['description']}: what scenarios call it` },
          weight: WEIGHT,
          ...SETTINGS,
        }),
      ],
    },
  },
  workloads: {
    type: 'array',
    minItems: 1,
    description: 'workloads from `faultline list workloads`; default all that a system speaks',
    items: RUN['workload'],
  },
  nemeses: {
    type: 'object',
    minProperties: 1,
    description: 'packages of faults by name: `storm: [partition, kill@leader]`, `calm: []`',
    propertyNames: NAME,
    additionalProperties: {
      anyOf: [
        ...(RUN['nemesis']!['anyOf'] as Schema[]),
        closed({ nemesis: RUN['nemesis']!, weight: WEIGHT, ...SETTINGS }, { required: ['nemesis'] }),
      ],
    },
  },
  settings: closed(SETTINGS, { description: 'settings of every run, as in a configuration' }),
  seeds: SEEDS,
  include: {
    type: 'array',
    description: 'cells with settings, seeds or a weight of their own; a cell named in full is added',
    items: closed({ ...SELECTION, weight: WEIGHT, seeds: SEEDS, ...SETTINGS }),
  },
  exclude: {
    type: 'array',
    description: 'cells that are left out',
    items: closed(SELECTION, { minProperties: 1 }),
  },
  budget: { $ref: '#/$defs/duration' },
  jobs: { type: 'integer', minimum: 1, maximum: 1024, description: 'runs at a time; default 1' },
  runLimit: { $ref: '#/$defs/duration' },
  retries: {
    type: 'integer',
    minimum: 0,
    maximum: 10,
    description: 'tries more of a run that broke; default 2',
  },
  reruns: {
    type: 'integer',
    minimum: 0,
    maximum: 100,
    description: 'tries more of a run that failed, to say how often it does; default 3',
  },
  twice: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'share of deterministic runs carried out twice; default 0.05',
  },
  canaries: {
    description: 'runs that must fail: true, false, or a list of systems with a bug',
    anyOf: [
      { type: 'boolean' },
      {
        type: 'array',
        items: closed(
          {
            system: { type: 'string', description: 'a reference system' },
            bug: { type: 'string', description: 'one of its bug switches' },
          },
          { required: ['system', 'bug'] },
        ),
      },
    ],
  },
  regressions: {
    description: 'folder of regression files to carry out again, or false; default regressions',
    anyOf: [{ type: 'string', minLength: 1 }, { const: false }],
  },
  trend: { type: 'string', minLength: 1, description: 'file in which nights are remembered' },
  keep: {
    type: 'string',
    enum: ['failing', 'all'],
    description: 'whose histories, messages and logs are kept; default failing',
  },
  allow: RUN['allow']!,
};

/** The whole schema (JSON Schema draft 2020-12). */
export const CAMPAIGN_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'faultline campaign',
  description: 'A night: which systems, under which workloads and faults, how often and for how long.',
  type: 'object',
  required: ['campaign', 'systems', 'nemeses'],
  additionalProperties: false,
  properties: PROPERTIES,
  $defs: CONFIG_SCHEMA['$defs'],
};
