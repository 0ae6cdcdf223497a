/**
 * Which checkers understand a history: those that read every function its clients called, and those that read what
 * nodes were observed to do. Which of their promises was made, only the reader can say.
 */
import type { History } from '../harness/history/history.ts';
import { NONE } from '../harness/history/history.ts';
import type { Checker } from './contract.ts';
import { MODELS } from './models/registry.ts';
import { CHECKERS } from './registry.ts';
import {
  type AnswerShape,
  answerShape,
  clientFunctions,
  suggestChecker,
  transactionChecker,
} from './suggest.ts';

const TABLE: Readonly<Record<string, Checker>> = CHECKERS;

/** Micro-operations by the checker that transactions suggest; checkers whose form of `txn` names none take any. */
const VERBS = { 'list-append': '"append"', 'rw-register': '"w"', kafka: '"send"' } as const;

/**
 * Names of the checkers that understand the history, the suggested one first, the others as they are registered.
 * Those that only describe, or read no history, are left out. O(n * checkers).
 */
export function fittingCheckers(history: History): string[] {
  const functions = clientFunctions(history);
  const noted = notedFunctions(history);
  const shape = answerShape(history);
  const txns = transactionChecker(history);
  const fits = Object.values(TABLE).filter(({ name, reads = {} }) => {
    if (name === 'linearizable') return fitsModel(functions);
    if (noted.some((f) => Object.hasOwn(reads, f))) return true;
    if (functions.length === 0 || !functions.every((f) => Object.hasOwn(reads, f))) return false;
    if (shape !== null && functions.includes('read') && !answers(reads['read']!, shape)) return false;
    const verbs = Object.values(VERBS).filter((verb) => reads['txn']?.includes(verb));
    return !functions.includes('txn') || txns === null || verbs.length === 0 || verbs.includes(VERBS[txns]);
  });
  const first = suggestChecker(history)?.name;
  return fits.map(({ name }) => name).sort((a, b) => Number(b === first) - Number(a === first));
}

/** Functions of what was noted of nodes: by observers, or as events; not of faults, nor of the cluster itself. */
function notedFunctions(history: History): string[] {
  const { processes, fs } = history.columns;
  const found = new Set<number>();
  const counts = new Map<number, boolean>();
  for (let i = 0; i < history.length; i++) {
    const process = processes[i]!;
    if (process >= 0) continue;
    let of = counts.get(process);
    if (of === undefined) {
      const name = history.names.get(-1 - process);
      counts.set(process, (of = !name.startsWith('nemesis') && name !== 'cluster'));
    }
    if (of && fs[i] !== NONE) found.add(fs[i]!);
  }
  return [...found].map((id) => history.names.get(id));
}

function fitsModel(functions: readonly string[]): boolean {
  if (functions.length === 0) return false;
  return Object.values(MODELS).some((model) => functions.every((f) => Object.hasOwn(model.functions, f)));
}

/** Does a form as `read -> [v...]` allow such an answer? One that does not say allows any. */
function answers(form: string, shape: AnswerShape): boolean {
  const answer = form.split('->')[1];
  if (answer === undefined) return true;
  if (shape === 'list') return answer.includes('[');
  if (shape === 'map') return answer.includes('{') || answer.includes('map');
  return shape === 'number' ? !/^ [[{]/.test(answer) : /^ v/.test(answer);
}

/**
 * Says which functions of the clients none of the chosen checkers reads, and what those understand; null when every
 * function is read, or nothing is known of a checker. O(n + checkers).
 */
export function unreadFunctions(history: History, chosen: readonly string[]): string | null {
  const judges = chosen.map((name) => TABLE[name]).filter((checker) => checker !== undefined);
  // Availability and crashes list no function: they judge operations whatever those ask.
  const known = judges.filter(
    ({ name, reads }) =>
      name !== 'stats' && name !== 'logs' && (reads === undefined || Object.keys(reads).length > 0),
  );
  // The linearizable checker refuses what its model does not know, and says so itself.
  const silent = known.some(({ name, reads }) => reads === undefined || name === 'linearizable');
  if (known.length === 0 || silent) return null;
  const unread = clientFunctions(history).filter((f) => !known.some(({ reads }) => Object.hasOwn(reads!, f)));
  if (unread.length === 0) return null;
  const counts = unread.map((f) => `${f} (${history.select({ f, type: 'invoke', by: 'clients' }).length})`);
  const forms = known.map(({ name, reads }) => `${name} understands ${Object.values(reads!).join('; ')}`);
  return `not judged: ${counts.join(', ')}; ${forms.join('. ')}`;
}
