/**
 * `faultline check`: judge a stored history again, or one from somewhere else. No cluster, nothing is changed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MODELS } from '../../checkers/models/registry.ts';
import { checkerWorkerUrl } from '../../checkers/worker-url.ts';
import { parseDuration, parseSize } from '../../harness/config/units.ts';
import type { RunEvent } from '../../harness/events.ts';
import { gateLimits } from '../../harness/gates.ts';
import type { History } from '../../harness/history/history.ts';
import { readHistory } from '../../harness/history/open.ts';
import type { JudgeLimits } from '../../harness/judge/messages.ts';
import { isClientProcess, type Json } from '../../harness/op.ts';
import { lookup, suggest, UsageError } from '../../harness/registry.ts';
import { type JudgeRunRequest, judgeRun } from '../../harness/run/judge-run.ts';
import { RUN_FILES, type VerdictFile } from '../../harness/store/files.ts';
import { RunFolder } from '../../harness/store/run-folder.ts';
import { Store } from '../../harness/store/store.ts';
import type { CheckerSpec } from '../../harness/workload.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { endingText } from '../../reports/terminal/reporter.ts';
import { wantsColour } from '../../reports/terminal/style.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { exitCodeOf } from '../execute.ts';
import { pairs, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { CHECKERS } from '../registries.ts';
import { writeViews } from '../views.ts';

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
    { flags: '--model <name>', summary: 'model of the linearizable checker; implies --checker linearizable' },
    { flags: '--option <key=value>', summary: 'option of the checkers given by --checker', many: true },
    { flags: '--format <format>', summary: 'auto, jsonl, edn, jepsen-log or elle-json (default auto)' },
    { flags: '--independent', summary: 'values are [key value] pairs, as of Jepsen independent keys' },
    { flags: '--time-limit <time>', summary: 'for each checker, e.g. 60s (default 60s)' },
    { flags: '--memory <size>', summary: 'for each checker, e.g. 2GB (default 2GB)' },
    { flags: '--out <folder>', summary: 'also write verdict.json, junit.xml and report.html there' },
    { flags: '--json', summary: 'print the verdict as JSON on stdout' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: [
    'faultline check last',
    'faultline check history.edn --model cas-register',
    'faultline check history.jsonl --checker set-full --json',
  ],
  async run(io, [what], options) {
    const subject = await subjectOf(io, what!, options);
    const verdict = await judgeSubject(io, subject, options);
    const out = text(options, 'out');
    if (out !== undefined) await writeOut(io, resolve(io.cwd, out), subject, verdict);
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
    independent: flag(options, 'independent'),
  });
  const own = folder?.has('plan') ? folder.readPlan().checkers : null;
  if (own && !folder!.has('verdict')) {
    notes.push('this run broke off: no gates were applied, and what its faults did is in the history alone');
  }
  return { path: read, history, notes, specs: asked ?? own ?? suggested(history, what), folder };
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
  if (model !== undefined) lookup('model', MODELS, model);
  const names = list(options, 'checker');
  if (model !== undefined && !names.includes('linearizable')) names.push('linearizable');
  if (names.length === 0) {
    if (options['option'] !== undefined) throw new UsageError('--option needs --checker beside it');
    return null;
  }
  const given = pairs(options, 'option', '--option') ?? {};
  return names.map((name) => {
    const checker = lookup('checker', CHECKERS, name);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(checker.options, key)) continue;
      throw new UsageError(`checker ${name} has no option "${key}"`, {
        hint: suggest(key, Object.keys(checker.options)),
      });
    }
    return {
      name,
      options: { ...given, ...(name === 'linearizable' && model !== undefined ? { model } : {}) },
    };
  });
}

/** What the functions of a history suggest it should be judged by. */
function suggested(history: History, what: string): CheckerSpec[] {
  const functions = new Set<string>();
  for (let i = 0; i < history.length; i++)
    if (isClientProcess(history.process(i))) functions.add(history.f(i));
  const has = (...names: string[]): boolean => names.every((name) => functions.has(name));
  const only = (...names: string[]): boolean => [...functions].every((name) => names.includes(name));
  const stats: CheckerSpec = { name: 'stats', options: {} };
  if (functions.size === 0) return [stats];
  if (only('read', 'write', 'cas'))
    return [{ name: 'linearizable', options: { model: 'cas-register' } }, stats];
  const model = suggestedModel(has, only);
  if (model !== null) return [{ name: 'linearizable', options: { model } }, stats];
  if (has('add') && only('add', 'read')) return [{ name: 'set-full', options: {} }, stats];
  if (only('generate')) return [{ name: 'unique-ids', options: {} }, stats];
  if (only('echo')) return [{ name: 'echo', options: {} }, stats];
  if (only('command')) return [{ name: 'election-safety', options: {} }, stats];
  throw new UsageError(`nothing suggests how to judge the functions ${[...functions].join(', ')}`, {
    file: what,
    hint: `say --checker, one of: ${Object.keys(CHECKERS).join(', ')}`,
  });
}

/** The model whose vocabulary these functions are, where that leaves no doubt. */
function suggestedModel(
  has: (...names: string[]) => boolean,
  only: (...names: string[]) => boolean,
): string | null {
  if (has('append') && only('get', 'put', 'append')) return 'append-kv';
  if (has('get') && only('get', 'put', 'delete', 'cas')) return 'kv';
  if (has('enqueue') && only('enqueue', 'dequeue', 'peek')) return 'queue';
  if (has('push') && only('push', 'pop', 'peek')) return 'stack';
  if (has('acquire') && only('acquire', 'release')) return 'mutex';
  if (only('acquire-read', 'release-read', 'acquire-write', 'release-write')) return 'rw-lock';
  if (has('add', 'remove') && only('add', 'remove', 'contains', 'read')) return 'set';
  if (has('add', 'contains') && only('add', 'contains', 'read')) return 'set';
  if (has('fetch-and-increment') && only('fetch-and-increment', 'read', 'get')) return 'fetch-and-increment';
  if (has('increment') && only('increment', 'decrement', 'read')) return 'counter';
  return null;
}

async function judgeSubject(io: Io, subject: Subject, options: OptionValues): Promise<VerdictFile> {
  const stored = subject.folder?.has('verdict') ? subject.folder.readVerdict() : null;
  const quiet = wantsJson(options);
  return judgeRun({
    history: subject.history,
    specs: subject.specs,
    workerUrl: checkerWorkerUrl(),
    limits: limitsOf(options),
    ...runFacts(subject, stored),
    allow: stored?.allow ?? [],
    notes: subject.notes,
    identity: {
      id: stored?.id ?? subject.path,
      name: stored?.name ?? 'check',
      seed: stored?.seed ?? 0,
      system: stored?.system ?? 'history',
      workload: stored?.workload ?? 'the history',
      backend: stored?.backend ?? null,
      repro: `${programName(io.env)} ${quoted(process.argv.slice(2))}`,
    },
    onEvent: (event) => {
      if (!quiet) progress(io, event);
    },
  });
}

/** What the verdict of a run rests on besides its history; a history on its own has no run to ask about. */
function runFacts(
  { folder, history }: Pick<Subject, 'folder' | 'history'>,
  stored: VerdictFile | null,
): Pick<JudgeRunRequest, 'gates' | 'concurrency' | 'faults' | 'leftOut' | 'phases' | 'broken'> {
  if (folder === null || stored === null) {
    return {
      // Of a history that holds nothing, nothing was shown.
      gates: { operations: history.length === 0 ? 1 : 0, concurrency: 0, 'under-fault': 0 },
      concurrency: 1,
      faults: null,
      leftOut: [],
      phases: [],
    };
  }
  const plan = folder.readPlan();
  const configured = (plan.config as { gates?: Record<string, Json> } | null)?.gates ?? {};
  const broken = stored.reasons.find(
    (reason) => reason.verdict === 'broken' && !reason.source.startsWith('checker:'),
  );
  return {
    gates: gateLimits(configured),
    concurrency: plan.concurrency,
    faults: stored.faults,
    leftOut: plan.leftOut,
    phases: stored.phases,
    ...(broken ? { broken: { source: broken.source, message: broken.sentence } } : {}),
  };
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
  const notes = subject.notes.map((note) => `note       ${note}\n`).join('');
  return `${endingText(model, io.out.columns, look, exitCodeOf(verdict, null))}${notes}`;
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
