/**
 * What run.json says of the machine, of the programs under test and of every value of the configuration, in words.
 */
import type { Json } from '../../harness/op.ts';
import { bytes, json } from '../format.ts';
import type { ConfigurationRow, ReportModel } from '../model.ts';
import { list, number, record, text } from '../read-json.ts';

/** Who said a value, where nothing more exact is known. */
const SAID: Readonly<Record<string, string>> = {
  default: 'default',
  system: 'default of the system',
  workload: 'default of the workload',
  file: 'configuration file',
  suite: 'suite',
  campaign: 'campaign',
  demo: 'the demo',
  flag: 'command line',
  environment: 'environment',
  plan: 'stored plan',
  drawn: 'drawn',
};

/** Every value of the configuration with its origin in words. */
export function configurationOf(run: Record<string, unknown>): ConfigurationRow[] {
  return list(run['configuration']).flatMap((entry) => {
    const raw = record(entry);
    const [name, from, at] = [text(raw['name']), text(raw['from']), text(raw['at'])];
    if (name === '') return [];
    const value = shown(raw['value'] as Json);
    const words = SAID[from] ?? from;
    return [
      {
        name,
        from,
        value: typeof value === 'string' ? value : json(value, 240),
        origin: origin(words, from, at),
      },
    ];
  });
}

function origin(words: string, from: string, at: string): string {
  if (at === '') return words;
  // A file and a flag say for themselves what they are.
  return from === 'file' || from === 'flag' ? at : `${words}, ${at}`;
}

/** Lists of names as people write them. */
function shown(value: Json): Json {
  const names = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  return names ? value.join(' ') : value;
}

/** Programs under test, by version or by the hash of their file. */
function programRows(programs: readonly unknown[]): [string, string][] {
  return programs.map(record).map((program) => {
    const version = text(program['version']) || `SHA-256 ${text(program['sha256']).slice(0, 12)}`;
    return [`tested: ${text(program['name'])}`, `${version} (${text(program['file'])})`];
  });
}

/** The image of containers: its name, its id, and its digest where a registry knows it. */
function imageRows(image: Record<string, unknown>): [string, string][] {
  if (text(image['id']) === '') return [];
  return [
    ['image', text(image['name'])],
    ['image id', text(image['id'])],
    ['image digest', text(image['digest']) || 'none: no registry has it, the id is all there is'],
    ['image made', text(image['created'])],
    ['engine', text(image['engine'])],
  ];
}

/** Distances as they were measured, one way: a row for each node that sends. */
function networkRows(network: Record<string, unknown>): [string, string][] {
  const links = Array.isArray(network['links']) ? network['links'].map(record) : [];
  const senders = [...new Set(links.map((link) => text(link['from'])))];
  const words = (link: Record<string, unknown>): string => {
    const measured = number(link['measuredMs']);
    return `${text(link['to'])} ${measured === null ? 'no message' : `${measured} ms`} (${number(link['meantMs'])} meant)`;
  };
  const rows = senders.map((from): [string, string] => [
    `from ${from}, one way`,
    links
      .filter((link) => link['from'] === from)
      .map(words)
      .join(', '),
  ]);
  return [['network', text(network['name'])], ...rows];
}

/** Machine, versions, what was tested, network: names and values that are not empty. */
export function environmentOf(
  run: Record<string, unknown>,
  plan: Record<string, unknown>,
): ReportModel['environment'] {
  const raw = record(run['environment']);
  const rows: [string, string][] = [
    ['faultline', text(raw['faultline'])],
    ['commit', text(raw['commit'])],
    ['node', text(raw['node'])],
    ['system', [text(raw['os']), text(raw['platform']), text(raw['arch'])].filter(Boolean).join(', ')],
    ['processor', cpuOf(raw)],
    ['memory', number(raw['memoryBytes']) === null ? '' : bytes(number(raw['memoryBytes'])!)],
    ['backend', backendWords(run)],
    ...programRows(list(run['programs'])),
    ...imageRows(record(run['image'])),
    ['clock mechanism', text(raw['clockMechanism'])],
    ['continuous integration', raw['ci'] === true ? 'yes' : ''],
    ...pluginRows(list(plan['plugins'])),
    ...networkRows(record(run['network'])),
  ];
  return rows.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }));
}

/** Modules of the user's own that took part, each with the beginning of its hash. */
function pluginRows(plugins: readonly unknown[]): [string, string][] {
  return plugins.map(record).map((plugin) => {
    const what = `${text(plugin['kind'])} ${text(plugin['name'])}`;
    return [what, `${text(plugin['file'])} (SHA-256 ${text(plugin['sha256']).slice(0, 12)})`];
  });
}

/** Which backend, and why this one. */
function backendWords(run: Record<string, unknown>): string {
  const because = text(run['backendBecause']);
  return because === '' ? '' : `${text(run['backend'])}: ${because}`;
}

function cpuOf(raw: Record<string, unknown>): string {
  const cpus = number(raw['cpus']);
  return [text(raw['cpu']), cpus === null ? '' : `${cpus} logical`].filter(Boolean).join(', ');
}
