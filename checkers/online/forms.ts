/**
 * Which checkers can judge a run while it goes, and how.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { FailedRule } from '../linearizable/outcomes.ts';
import type { Model } from '../models/model.ts';
import { MODELS } from '../models/registry.ts';
import { booleanOption, choiceOption } from '../options.ts';
import { modelOption } from '../txn/judgement.ts';
import { LEVELS } from '../txn/levels.ts';
import { countsAgainst } from '../txn/models.ts';
import type { OnlineForm, Watch } from './contract.ts';
import { ElectionWatch } from './election-watch.ts';
import { LinearizableWatch } from './linearizable-watch.ts';
import { ListAppendWatch } from './list-append-watch.ts';
import { SetWatch } from './set-watch.ts';
import { UniqueIdsWatch } from './unique-ids-watch.ts';

const linearizable: OnlineForm = {
  summary: 'configuration sets, key by key; within a second or so of the answer that shows it',
  watch(options) {
    const name = options['model'] ?? 'cas-register';
    if (typeof name !== 'string' || !Object.hasOwn(MODELS, name))
      return 'models of your own judge whole histories';
    const model = MODELS[name as keyof typeof MODELS] as Model<unknown>;
    const rules: readonly FailedRule[] = ['declared', 'observation', 'ignore'];
    const failedCas = choiceOption(options, 'failedCas', rules, 'declared');
    return new LinearizableWatch({ model, initial: options['initial'] ?? null, failedCas });
  },
  // Where values repeat, the search may take for ever over what the configuration sets have just decided.
  confirm: (options) => [options, { ...options, engine: 'configurations' }],
};

const listAppend: OnlineForm = {
  summary:
    'cycles as the edge appears that closes them; contradicting, aborted and intermediate reads at once',
  watch(options) {
    const model = modelOption(options);
    const against = countsAgainst(model);
    if (!against.kinds.has('incompatible-order')) return `${model} promises too little to be judged live`;
    return new ListAppendWatch({
      anti: LEVELS.some((level) => !['G0', 'G1c'].includes(level) && against.cycle(level, 0, false)),
      process: against.cycle('G1c', 1, false),
      realtime: against.cycle('G1c', 2, false),
    });
  },
  // What nobody has appended yet, somebody may still append where real time does not count.
  lasting: (kind, options) =>
    kind !== 'garbage-read' || countsAgainst(modelOption(options)).cycle('G1c', 2, false),
};

const setFull: OnlineForm = {
  summary:
    'elements invented, duplicated or brought by failed adds, at once; with `linearizable`, missing ones too ' +
    '(else loss is proved by the last reads)',
  watch: (options) => new SetWatch(booleanOption(options, 'linearizable', false)),
  lasting: (kind, options) =>
    booleanOption(options, 'linearizable', false) || !['lost-element', 'stale-read'].includes(kind),
};

const PROMISES = ['auto', 'per-term', 'exclusive'] as const;

function election(options: CheckerOptions, terms: boolean, promise: (typeof PROMISES)[number]): Watch {
  const promised = choiceOption(options, 'leadership', PROMISES, promise);
  const overlaps = { auto: 'auto', 'per-term': 'never', exclusive: 'always' } as const;
  return new ElectionWatch({ terms, overlaps: overlaps[promised] });
}

/** Online forms by the name of their checker. */
export const ONLINE_FORMS: Readonly<Record<string, OnlineForm>> = {
  linearizable,
  'list-append': listAppend,
  'set-full': setFull,
  'election-safety': {
    summary: 'two leaders in a term, and commands a deposed leader accepted, at once; overlaps as they grow',
    paced: true,
    watch: (options) => election(options, true, 'auto'),
  },
  'split-brain': {
    summary: 'overlaps of leadership as they grow',
    paced: true,
    watch: (options) => election(options, false, 'exclusive'),
  },
  'unique-ids': {
    summary: 'an id given out before, at once',
    watch: () => new UniqueIdsWatch(),
  },
};
