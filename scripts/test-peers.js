// npm run test:peers -- <folder> [--time-limit 60s] [--memory 2GB]
//
// Judges histories of other tools whose verdicts are known: every folder with a verdicts.json, and every folder
// of histories whose names say it (`-bad-` fails, all others pass). Prints one line per history; exits with 1 on
// any mismatch, 64 when there is nothing to judge. Uses the built library.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { CHECKERS, checkerWorkerUrl } from '../dist/checkers/index.js';
import { clientFunctions, suggestChecker, transactionChecker } from '../dist/checkers/suggest.js';
import { parseDuration, parseSize } from '../dist/harness/config/units.js';
import { readHistory } from '../dist/harness/index.js';
import { judge } from '../dist/harness/judge/judge.js';

const HISTORY = /\.(jsonl|json|edn|log|txt)(\.gz)?$/;

/** Histories below a folder, with what is known of each. */
function known(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const verdictsFile = join(folder, 'verdicts.json');
  const verdicts = existsSync(verdictsFile) ? JSON.parse(readFileSync(verdictsFile, 'utf8')) : null;
  const own = entries
    .filter((entry) => !entry.isDirectory() && entry.name !== 'verdicts.json' && HISTORY.test(entry.name))
    .map(({ name }) => ({
      path: join(folder, name),
      ...(verdicts === null ? { expected: byName(name) } : byVerdict(verdicts[name])),
    }));
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => known(join(folder, name)));
  return [...own, ...below];
}

function byName(name) {
  return /(^|[-_.])bad([-_.]|$)/.test(name) ? 'fail' : 'pass';
}

/** `{"linearizable": true}`, `{"valid": false}`, `{"verdict": "pass"}`, `{"snapshot-isolation": true}`, or a bare boolean. */
function byVerdict(entry) {
  if (typeof entry === 'boolean') return { expected: entry ? 'pass' : 'fail' };
  if (entry === undefined) return { skip: 'verdicts.json does not name it' };
  if (typeof entry.verdict === 'string') return { expected: entry.verdict };
  for (const [property, holds] of Object.entries(entry)) {
    if (typeof holds !== 'boolean') continue;
    const plain = property === 'linearizable' || property.startsWith('valid');
    return { expected: holds ? 'pass' : 'fail', ...(plain ? {} : { consistency: property }) };
  }
  return { skip: 'verdicts.json gives no verdict' };
}

/** The checker for a history, or the reason why there is none. */
function checkerFor(history, consistency) {
  const suggested = suggestChecker(history);
  if (suggested === null) {
    const functions = clientFunctions(history);
    const wanted = functions.join() === 'txn' ? transactionChecker(history) : null;
    if (wanted !== null) return { skip: `the checker ${wanted} does not exist` };
    return { skip: `no checker is known for ${functions.join(', ') || 'a history without clients'}` };
  }
  const { name, options } = suggested;
  const known = CHECKERS[name].options;
  const spec = { name, options: { ...options } };
  // Peers count a failed compare-and-set as a comparison that failed, whether or not an error says so.
  if (name === 'linearizable' && options.model.endsWith('cas-register'))
    spec.options.failedCas = 'observation';
  if (consistency === undefined || consistency === name) return { spec };
  if (known.consistencyModel?.choices?.includes(consistency)) {
    spec.options.consistencyModel = consistency;
    return { spec };
  }
  if (Object.hasOwn(CHECKERS, consistency)) return { spec: { name: consistency, options: {} } };
  return { skip: `no checker judges ${consistency}` };
}

async function judged({ path, consistency }, limits) {
  let history;
  const from = performance.now();
  try {
    ({ history } = await readHistory(path));
  } catch (error) {
    return { got: 'unreadable', note: typeof error.format === 'function' ? error.format() : error.message };
  }
  const loadMs = performance.now() - from;
  const { spec, skip } = checkerFor(history, consistency);
  if (skip !== undefined) return { skip };
  const [result] = Object.values(
    await judge({ history, specs: [spec], workerUrl: checkerWorkerUrl(), limits }),
  );
  const by = [spec.name, spec.options.model ?? spec.options.consistencyModel].filter(Boolean).join(' ');
  const note = result.verdict === 'fail' ? '' : (result.note ?? '');
  return { got: result.verdict, ms: result.millis, loadMs, by, note };
}

function arguments_() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'time-limit': { type: 'string', default: '60s' },
        memory: { type: 'string', default: '2GB' },
      },
    });
    if (positionals.length !== 1 || !existsSync(positionals[0])) {
      throw new Error(`expected one folder of histories, got ${positionals.join(' ') || 'none'}`);
    }
    const limits = {
      timeoutMs: parseDuration(values['time-limit']),
      memoryMb: Math.round(parseSize(values.memory) / 2 ** 20),
    };
    return { folder: resolve(positionals[0]), limits };
  } catch (error) {
    console.error(`${error.message}\n\nnpm run test:peers -- <folder> [--time-limit 60s] [--memory 2GB]`);
    process.exit(64);
  }
}

const { folder, limits } = arguments_();
const histories = known(folder);
if (histories.length === 0) {
  console.error(`there are no histories in ${folder}`);
  process.exit(64);
}
const names = histories.map(({ path }) => relative(folder, path));
const width = Math.max(...names.map((name) => name.length));
const row = (name, expected, got, ms, load, by, note) =>
  console.log(
    `${name.padEnd(width)}  ${expected.padEnd(8)}  ${got.padEnd(10)}  ${ms.padStart(9)}  ${load.padStart(9)}  ${by} ${note}`.trimEnd(),
  );

row('file', 'expected', 'got', 'ms', 'load ms', 'judged by', '');
const count = { right: 0, wrong: 0, skipped: 0 };
for (const [i, history] of histories.entries()) {
  const result = history.skip === undefined ? await judged(history, limits) : { skip: history.skip };
  if (result.skip !== undefined) {
    count.skipped++;
    row(names[i], history.expected ?? '-', 'skipped', '', '', '', `(${result.skip})`);
    continue;
  }
  const right = result.got === history.expected;
  count[right ? 'right' : 'wrong']++;
  const number = (ms) => (ms === undefined ? '' : ms.toFixed(1));
  const note = [right ? '' : 'MISMATCH', result.note ? `(${result.note.replace(/\s+/g, ' ')})` : '']
    .filter(Boolean)
    .join(' ');
  row(
    names[i],
    history.expected,
    result.got,
    number(result.ms),
    number(result.loadMs),
    result.by ?? '',
    note,
  );
}
console.log(
  `\n${histories.length} histories: ${count.right} as expected, ${count.wrong} mismatched, ${count.skipped} skipped`,
);
process.exitCode = count.wrong > 0 ? 1 : 0;
