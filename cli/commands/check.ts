/**
 * `faultline check`: judge a stored history again, or one from somewhere else. No cluster, nothing is changed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fittingCheckers, unreadFunctions } from '../../checkers/fitting.ts';
import { isModelPath } from '../../checkers/models/loaded.ts';
import { MODELS } from '../../checkers/models/registry.ts';
import { clientFunctions, suggestChecker } from '../../checkers/suggest.ts';
import { parseDuration, parseSize } from '../../harness/config/units.ts';
import type { RunEvent } from '../../harness/events.ts';
import { type ExportFormat, exportFormatOf, writeHistory } from '../../harness/history/export.ts';
import type { History } from '../../harness/history/history.ts';
import { readHistory } from '../../harness/history/open.ts';
import { judge } from '../../harness/judge/judge.ts';
import type { JudgeLimits } from '../../harness/judge/messages.ts';
import { lookup, suggest, UsageError } from '../../harness/registry.ts';
import { judgeRun } from '../../harness/run/judge-run.ts';
import { RUN_FILES, type VerdictFile } from '../../harness/store/files.ts';
import { RunFolder } from '../../harness/store/run-folder.ts';
import { Store } from '../../harness/store/store.ts';
import type { CheckerSpec } from '../../harness/workload.ts';
import { judgeWorkerUrl } from '../../plugins/judge-worker-url.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { endingText } from '../../reports/terminal/reporter.ts';
import { wantsColour } from '../../reports/terminal/style.ts';
import { checkModels, checkSpecs } from '../checker-options.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { exitCodeOf } from '../execute.ts';
import { pairs, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { loadModels, withModelPaths } from '../models.ts';
import { recognizable } from '../recognizable.ts';
import { CHECKERS } from '../registries.ts';
import { runFacts } from '../run-facts.ts';
import { writeViews } from '../views.ts';
import { failingPart, firstFailure } from '../witness.ts';

/** The command. */
export const check: Command = {
  name: 'check',
  summary: 'judge a history again: of a run, or from elsewhere',
  args: [
    {
      form: '<history>',
      summary: 'a history file (jsonl, edn, jepsen-log, elle-json; gzipped or not) or a run',
    },
  ],
  options: [
    {
      flags: '--checker <name>',
      summary: 'which checkers; default those of the run, or what the history suggests',
      many: true,
    },
    {
      flags: '--model <name>',
      summary:
        'model of the linearizable checker, or a file that exports one; implies --checker linearizable',
    },
    {
      flags: '--engine <name>',
      summary: 'auto, search (no fast paths), or configurations (event by event; few operations at once)',
    },
    {
      flags: '--consistency-model <name>',
      summary: 'what transactions must satisfy, e.g. snapshot-isolation (default strict-serializable)',
    },
    { flags: '--option <key=value>', summary: 'option of the checkers given by --checker', many: true },
    { flags: '--format <format>', summary: 'auto, jsonl, edn, jepsen-log or elle-json (default auto)' },
    { flags: '--independent', summary: 'values are [key value] pairs (default: told by their shape)' },
    { flags: '--time-limit <time>', summary: 'for each checker, e.g. 60s (default 60s)' },
    { flags: '--memory <size>', summary: 'for each checker, e.g. 2GB (default 2GB)' },
    { flags: '--out <folder>', summary: 'also write verdict.json, junit.xml and report.html there' },
    { flags: '--witness <file>', summary: 'write the smallest part of the history that fails by itself' },
    { flags: '--export <file>', summary: 'write the whole history, by extension as .jsonl, .edn or .json' },
    { flags: '--json', summary: 'print the verdict as JSON on stdout' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: [
    'faultline check last',
    'faultline check history.edn --model cas-register',
    'faultline check history.jsonl --model ./my-model.ts',
    'faultline check history.jsonl --checker set-full --json',
    'faultline check txns.edn --consistency-model snapshot-isolation',
    'faultline check last --witness witness.jsonl',
    'faultline check history.edn --export history.jsonl',
  ],
  async run(io, [what], options) {
    const subject = await subjectOf(io, what!, options);
    const copy = target(io, subject, options, 'export');
    const witness = target(io, subject, options, 'witness');
    if (copy !== null) write(copy, subject.history);
    const verdict = await judgeSubject(io, subject, options);
    const out = text(options, 'out');
    if (out !== undefined) await writeOut(io, resolve(io.cwd, out), subject, verdict);
    if (witness !== null) await writeWitness(io, witness, subject, verdict, limitsOf(options));
    if (wantsJson(options)) json(io.out, verdict);
    else io.out.write(shown(io, subject, verdict, options));
    return exitCodeOf(verdict, null);
  },
};

interface Subject {
  path: string;
  history: History;
  notes: string[];
  specs: CheckerSpec[];
  folder: RunFolder | null;
}

async function subjectOf(io: Io, what: string, options: OptionValues): Promise<Subject> {
  const asked = askedCheckers(options);
  const folder = runOf(io, what);
  const path = folder ? folder.file('history') : resolve(io.cwd, what);
  if (!existsSync(path)) {
    throw new UsageError('there is no such history', { file: what, hint: `looked for ${path}` });
  }
  const {
    history,
    notes,
    path: read,
  } = await readHistory(path, text(options, 'format') ?? 'auto', {
    name: what,
    ...(flag(options, 'independent') ? { independent: true } : {}),
  });
  if (asked !== null) checkModels(history, asked);
  const own = folder?.has('plan') ? folder.readPlan().checkers : null;
  if (own && !folder!.has('verdict')) {
    notes.push('this run broke off: no gate asks about its faults, as what they did is in the history alone');
  }
  const chosen = asked ?? own ?? suggested(history, what, options);
  if (own === null || asked !== null) notes.push(...remarks(history, chosen, asked === null));
  const engine = withOption(chosen, 'engine', text(options, 'engine'));
  const asking = withOption(engine, 'consistencyModel', text(options, 'consistencyModel'));
  const specs = withModelPaths(asking, io.cwd, null);
  await loadModels(specs);
  return { path: read, history, notes, specs, folder };
}

/** The run a word means, unless it is a file of its own. */
function runOf(io: Io, what: string): RunFolder | null {
  const path = resolve(io.cwd, what);
  const store = new Store(io.cwd);
  if (!existsSync(path)) {
    if (/\.(jsonl|json|edn|log|txt|gz)$/.test(what)) {
      throw new UsageError('there is no such history', { file: what, hint: `looked for ${path}` });
    }
    return store.resolve(what);
  }
  const inside = existsSync(join(path, RUN_FILES.history));
  return inside ? new RunFolder(path) : null;
}

function askedCheckers(options: OptionValues): CheckerSpec[] | null {
  const model = text(options, 'model');
  if (model !== undefined && !isModelPath(model)) lookup('model', MODELS, model);
  const names = list(options, 'checker');
  if (model !== undefined && !names.includes('linearizable')) names.push('linearizable');
  if (names.length === 0) {
    if (options['option'] !== undefined) throw new UsageError('--option needs --checker beside it');
    return null;
  }
  const given = pairs(options, 'option', '--option') ?? {};
  return names.map((name) => {
    const options = { ...given, ...(name === 'linearizable' && model !== undefined ? { model } : {}) };
    checkSpecs([{ name, options }]);
    return { name, options };
  });
}

/** Gives an option to every checker that has it; throws `UsageError` when none has, or it does not allow the value. */
function withOption(specs: readonly CheckerSpec[], key: string, value: string | undefined): CheckerSpec[] {
  if (value === undefined) return [...specs];
  const optionOf = (spec: CheckerSpec) => lookup('checker', CHECKERS, spec.name).options[key];
  const takers = specs.filter((spec) => optionOf(spec) !== undefined);
  if (takers.length === 0) {
    throw new UsageError(`none of ${specs.map((spec) => spec.name).join(', ')} takes --${kebab(key)}`);
  }
  const choices = (optionOf(takers[0]!)!.choices ?? []).map(String);
  if (choices.length > 0 && !choices.includes(value)) {
    throw new UsageError(`--${kebab(key)} cannot be "${value}"`, { hint: suggest(value, choices) });
  }
  return specs.map((spec) =>
    takers.includes(spec) ? { ...spec, options: { ...spec.options, [key]: value } } : spec,
  );
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What the functions of a history suggest it should be judged by; when it is to be exported, nothing will do. */
function suggested(history: History, what: string, options: OptionValues): CheckerSpec[] {
  const stats: CheckerSpec = { name: 'stats', options: {} };
  const suggestion = suggestChecker(history);
  if (suggestion !== null) return [suggestion, stats];
  const fitting = fittingCheckers(history);
  const functions = clientFunctions(history);
  if (functions.length === 0 || text(options, 'export') !== undefined) return [stats];
  const understood =
    fitting.length > 0
      ? `these understand them: ${fitting.join(', ')}`
      : `one of: ${Object.keys(CHECKERS).join(', ')}`;
  throw new UsageError(`nothing suggests how to judge the functions ${functions.join(', ')}`, {
    file: what,
    hint: `say --checker, ${understood}`,
  });
}

/** What the chosen checkers leave unread; and, where none was asked for, who else understands the history. */
function remarks(history: History, chosen: readonly CheckerSpec[], suggested: boolean): string[] {
  const names = chosen.map(({ name }) => name);
  const unread = unreadFunctions(history, names);
  const others = suggested ? fittingCheckers(history).filter((name) => !names.includes(name)) : [];
  return [
    ...(unread === null ? [] : [unread]),
    ...(others.length === 0
      ? []
      : [`also understood by ${others.join(', ')} (--checker), if that was promised`]),
  ];
}

async function judgeSubject(io: Io, subject: Subject, options: OptionValues): Promise<VerdictFile> {
  const stored = subject.folder?.has('verdict') ? subject.folder.readVerdict() : null;
  const quiet = wantsJson(options);
  return judgeRun({
    history: subject.history,
    specs: subject.specs,
    workerUrl: judgeWorkerUrl(),
    limits: limitsOf(options),
    ...runFacts(subject.folder, subject.history, stored),
    allow: stored?.allow ?? [],
    notes: subject.notes,
    identity: {
      id: stored?.id ?? subject.path,
      name: stored?.name ?? 'check',
      seed: stored?.seed ?? 0,
      system: stored?.system ?? basename(subject.path),
      workload: stored?.workload ?? 'the history',
      backend: stored?.backend ?? null,
      repro: `${programName(io.env)} ${quoted(process.argv.slice(2))}`,
    },
    onEvent: (event) => {
      if (!quiet) progress(io, event);
    },
  });
}

function progress(io: Io, event: RunEvent): void {
  if (event.kind !== 'checker-started' || !io.err.isTTY) return;
  line(io.err, `checking ${event.checker} ...`);
}

function limitsOf(options: OptionValues): Partial<JudgeLimits> {
  const time = text(options, 'timeLimit');
  const memory = text(options, 'memory');
  return {
    ...(time === undefined ? {} : { timeoutMs: parseDuration(time) }),
    ...(memory === undefined ? {} : { memoryMb: Math.max(16, Math.round(parseSize(memory) / 2 ** 20)) }),
  };
}

function shown(io: Io, subject: Subject, verdict: VerdictFile, options: OptionValues): string {
  const { history, path, folder } = subject;
  const model = assembleModel({ folder: folder?.path ?? path, verdict, history, logs: [], problems: [] });
  const look = { colour: wantsColour(io.env, io.out.isTTY), ascii: flag(options, 'ascii') };
  return endingText(model, io.out.columns, look, exitCodeOf(verdict, null));
}

/** A folder of views for a verdict of its own; the run it may come from is left as it is. */
async function writeOut(io: Io, out: string, subject: Subject, verdict: VerdictFile): Promise<void> {
  mkdirSync(out, { recursive: true });
  new RunFolder(out).writeVerdict(verdict);
  await writeViews(
    out,
    (event) => {
      if (event.kind === 'report-written') line(io.err, event.path);
    },
    subject.history,
  );
}

/** A history file to be written: as it was given, its path, its format. */
interface Target {
  given: string;
  path: string;
  format: ExportFormat;
}

/** Where an option wants a history written, or null; checked before anything is judged. */
function target(io: Io, subject: Subject, options: OptionValues, option: string): Target | null {
  const given = text(options, option);
  if (given === undefined) return null;
  const path = resolve(io.cwd, given);
  if (path === resolve(subject.path)) {
    throw new UsageError(`--${option} would overwrite the history that is judged`, { file: given });
  }
  return { given, path, format: exportFormatOf(given) };
}

function write({ given, path, format }: Target, history: History): void {
  try {
    writeHistory(history, path, format);
  } catch (error) {
    throw new UsageError(`cannot be written: ${(error as Error).message}`, { file: given });
  }
}

/** Writes the part that fails by itself, and says with which words it does. */
async function writeWitness(
  io: Io,
  target: Target,
  subject: Subject,
  verdict: VerdictFile,
  limits: Partial<JudgeLimits>,
): Promise<void> {
  // Results come in the order of the specs.
  const failure = firstFailure(subject.specs, Object.values(verdict.checkers));
  if (failure === null) {
    line(
      io.err,
      `no witness: ${target.given} was not written, as no checker failed on operations it can name`,
    );
    return;
  }
  const once = async (history: History, spec: CheckerSpec) => {
    const judged = await judge({ history, specs: [spec], workerUrl: judgeWorkerUrl(), limits });
    return Object.values(judged)[0]!;
  };
  const part = await failingPart(subject.history, failure, once);
  const plain = recognizable(part.history, subject.history);
  const still = plain === part.history || (await once(plain, part.spec)).verdict === 'fail';
  write(target, still ? plain : part.history);
  const short = part.minimal ? '' : ', as the witness alone does not show the same';
  line(io.err, `witness    ${target.given}   (${part.what}${short})`);
  line(
    io.err,
    `judge it   ${programName(io.env)} ${quoted(['check', target.given, ...specFlags(part.spec)])}`,
  );
}

/** A checker with its options, as the command line takes them. */
function specFlags({ name, options }: CheckerSpec): string[] {
  const given = Object.entries(options).flatMap(([key, value]) => [
    '--option',
    `${key}=${typeof value === 'string' && !readsAsJson(value) ? value : JSON.stringify(value)}`,
  ]);
  return ['--checker', name, ...given];
}

function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
