/**
 * Leaders, their logs, Byzantine nodes, failure detectors, message counts, node output.
 */
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { ElectionHistory, follows, leads } from '../../checkers/election-history.ts';
import { type LogItem, logsHistory, type Snapshot } from '../../checkers/log/logs-history.ts';
import { type Script, script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

const asked = () => new ElectionHistory();

const SAFETY = pieces('election-safety', {
  'two-leaders-in-term': {
    wrong: asked().ask('n1', 0, 5, leads(3)).ask('n2', 100, 105, leads(3)),
    legal: asked().ask('n1', 0, 5, leads(3)).ask('n2', 100, 105, leads(4)),
  },
  'two-leaders-in-term by what they accepted': {
    wrong: asked().command(1, 0, 5, 'n1', 3).command(2, 10, 15, 'n2', 3),
    legal: asked().command(1, 0, 5, 'n1', 3).passedOn(2, 10, 15, 'n2', 3),
  },
  'stale-leader-accepted': {
    wrong: asked().command(1, 0, 5, 'n2', 4).command(2, 6, 9, 'n1', 3),
    legal: asked().command(1, 0, 5, 'n2', 4).command(2, 4, 9, 'n1', 3),
  },
  'split-brain': {
    wrong: asked().poll('n1', 0, 900, leads(1)).poll('n2', 300, 900, leads(2)),
    legal: asked().poll('n1', 0, 300, leads(1)).poll('n1', 300, 900, follows('n2', 2)).poll('n2', 310, 900, leads(2)),
    options: { leadership: 'exclusive' },
  },
});

const SPLIT = pieces('split-brain', {
  'split-brain': {
    wrong: asked().poll('n1', 0, 900, leads(1)).poll('n2', 300, 900, leads(2)),
    // An answer holds at one instant: leadership before the first and after the last question is not known.
    legal: asked().poll('n1', 0, 300, leads(1)).poll('n2', 300, 900, leads(2)),
  },
});

const LIVENESS = pieces('election-liveness', {
  'no-leader-after-heal': {
    wrong: ['n1', 'n2', 'n3'].reduce(
      (h, node) => h.poll(node, 1000, 5000, follows(null)),
      asked().fault('partition', 100, 900, ['n1']),
    ),
    legal: ['n2', 'n3'].reduce(
      (h, node) => h.poll(node, 1000, 5000, follows('n1', 2)),
      asked().fault('partition', 100, 900, ['n1']).poll('n1', 1000, 5000, leads(2)),
    ),
    options: { boundMs: 2000 },
  },
});

const n1 = (log: LogItem[], rest: Partial<Snapshot> = {}): Snapshot => ({ node: 'n1', log, ...rest });
const n2 = (log: LogItem[], rest: Partial<Snapshot> = {}): Snapshot => ({ node: 'n2', log, ...rest });
const logs = (...snapshots: Snapshot[]) => logsHistory(snapshots);
const A: LogItem[] = [[1, 'a']];
const B: LogItem[] = [[2, 'b']];

const MATCHING = pieces('log-matching', {
  'log-mismatch': { wrong: logs(n1(A), n2([[1, 'b']])), legal: logs(n1(A), n2(B)) },
  'log-history-mismatch': {
    wrong: logs(n1([...A, [3, 'c']]), n2([...B, [3, 'c']])),
    legal: logs(n1([...A, [3, 'c']]), n2([...B, [4, 'c']])),
  },
});

const COMPLETENESS = pieces('leader-completeness', {
  'committed-entry-missing': {
    wrong: logs(n1(A, { commit: 1, term: 1 }), n2([], { term: 2, leading: true })),
    legal: logs(n1(A, { commit: 1, term: 1 }), n2(A, { term: 2, leading: true })),
  },
  'committed-entry-missing where another stands': {
    wrong: logs(n1(A, { commit: 1, term: 1 }), n2(B, { term: 2, leading: true })),
    legal: logs(n1(A, { commit: 0, term: 1 }), n2(B, { commit: 1, term: 2, leading: true })),
  },
});

const MACHINE = pieces('state-machine-safety', {
  'different-commits': {
    wrong: logs(n1(A, { commit: 1 }), n2(B, { commit: 1 })),
    legal: logs(n1(A, { commit: 1 }), n2(B, { commit: 0 })),
  },
  'committed-entry-dropped': {
    wrong: logs(n1(A, { commit: 1 }), n1([])),
    legal: logs(n1([...A, [1, 'b']], { commit: 1 }), n1(A, { commit: 1 })),
  },
  'commit-went-back': {
    wrong: logs(n1(A, { commit: 1, life: 'x' }), n1(A, { life: 'x' })),
    legal: logs(n1(A, { commit: 1, life: 'x' }), n1(A, { life: 'y' })),
  },
});

const on = (node: string) => ({ node, key: 1 });
const proposed = (...values: Json[]): Script =>
  values.reduce<Script>((s, v, i) => s.run('propose', v, 'ok', v, on(`n${i + 1}`)), script());
const decides = (s: Script, node: string, value: Json) => s.run('decide', null, 'ok', value, on(node));

const AGREEMENT = pieces('agreement', {
  disagreement: {
    wrong: decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'b'),
    legal: decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'a'),
  },
  'changed-decision': {
    wrong: decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n1', 'b'),
    legal: decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'a'),
  },
  'repeated-decision': {
    wrong: decides(decides(proposed('a'), 'n1', 'a'), 'n1', 'a'),
    legalOptions: { repeats: 'allow' },
  },
  'invalid-decision': { wrong: decides(proposed('a'), 'n1', 'x'), legal: decides(proposed('a', 'x'), 'n1', 'x') },
  'invalid-decision by a faulty node alone': {
    wrong: decides(proposed('a', 'b'), 'n1', 'b'),
    options: { faulty: ['n2'], nodes: 4 },
    legalOptions: { faulty: ['n3'], nodes: 4 },
  },
  'disagreement beyond the tolerated': {
    wrong: decides(decides(decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'b'), 'n3', 'a'), 'n4', 'b'),
    legal: decides(decides(decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'a'), 'n3', 'a'), 'n4', 'b'),
    options: { 'max-faulty': 1, nodes: 4 },
  },
  'disagreement beyond the faulty': {
    wrong: decides(decides(proposed('a', 'b', 'c'), 'n1', 'a'), 'n2', 'b'),
    options: { faulty: ['n3'], nodes: 4 },
    legalOptions: { faulty: ['n2'], nodes: 4 },
  },
});

const says = (s: Script, node: string, value: Json, to: string) => {
  const said = { to, instance: 1, value };
  return s.run('say', said, 'ok', said, { node });
};
const lies = says(says(script(), 'n1', 'attack', 'n2'), 'n1', 'retreat', 'n3');

const EQUIVOCATION = pieces('equivocation', {
  equivocation: { wrong: lies, legal: says(says(script(), 'n1', 'attack', 'n2'), 'n1', 'attack', 'n3') },
  'equivocation beyond the tolerated': {
    wrong: lies,
    options: { 'max-faulty': 1, faulty: ['n4'] },
    legalOptions: { 'max-faulty': 1 },
  },
});

type Line = [atMs: number, f: string, node: string, about?: string];

const events = (...lines: Line[]): History =>
  historyOf(
    lines.map(
      ([atMs, f, node, about], index): Op => ({
        index,
        time: atMs * 1e6,
        process: about === undefined ? 'cluster' : `observer:${node}`,
        type: 'info',
        f,
        node,
        value: about ?? null,
      }),
    ),
  );

const DETECTOR = pieces('detector', {
  'slow-detection': {
    wrong: events([0, 'trust', 'n1', 'n3'], [5000, 'crashed', 'n3'], [8000, 'suspect', 'n1', 'n3']),
    legal: events([0, 'trust', 'n1', 'n3'], [5000, 'crashed', 'n3'], [6900, 'suspect', 'n1', 'n3']),
    options: { 'max-detection-ms': 2000 },
  },
  'false-suspicion': {
    wrong: events([5000, 'suspect', 'n1', 'n3'], [9000, 'crashed', 'n3']),
    legal: events([5000, 'suspect', 'n1', 'n3'], [5900, 'crashed', 'n3']),
    options: { 'false-suspicions': 'forbid' },
  },
});

const grown = (messages: (n: number) => number) =>
  [3, 5, 7, 9, 12].reduce<Script>(
    (s, nodes) => s.run('election', null, 'ok', { nodes, messages: messages(nodes) }),
    script(),
  );

const MESSAGES = pieces('message-complexity', {
  'too-many-messages': {
    wrong: grown((n) => n * n - 1),
    legal: grown((n) => 2 * n - 1),
    options: { expect: 'linear' },
  },
});

const LOGS = pieces('logs', {
  'crash-in-log': {
    options: { lines: [{ node: 'n2', line: 17, text: 'panic: runtime error' }] },
    legalOptions: { lines: [] },
  },
});

export const CLUSTER: Piece[] = [
  ...SAFETY,
  ...SPLIT,
  ...LIVENESS,
  ...MATCHING,
  ...COMPLETENESS,
  ...MACHINE,
  ...AGREEMENT,
  ...EQUIVOCATION,
  ...DETECTOR,
  ...MESSAGES,
  ...LOGS,
];
