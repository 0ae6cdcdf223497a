/**
 * A night on a terminal.
 */
import { expect, it } from 'vitest';
import { nightLines } from '../../../reports/campaign/text.ts';
import { paint } from '../../../reports/terminal/style.ts';
import { HOSTILE, sampleSummary } from './samples.ts';

const text = (summary = sampleSummary()): string =>
  nightLines(summary)
    .map((line) => paint(line, 200, { colour: false, ascii: false }))
    .join('\n');

it('says everything a reader needs in the morning, failures first', () => {
  expect(text()).toMatchInlineSnapshot(`
    "nightly abc1234   7 s of 60 s budget
    cost       5 runs and 1 canary in 10 tries, 0.2 machine minutes, 1 000 operations judged, 20 of 20 faults fired
    runs       ✖ 1 fail   ! 0 broken   ? 1 unknown   ○ 0 vacuous   ✓ 3 pass
    ✖ raft/register/storm   seed 7   new   2 of 3 reproduce
      a write was lost
      faultline run nightly.yaml --scenario raft/register/storm --seed 7
    ? etcd/set/storm   seed 7   new unknown
      it ran out of memory
      faultline run nightly.yaml --scenario raft/register/storm --seed 7
    fixed      lww/last-write/storm: passes what failed the last time, seed 41
    canary     1 of 1 known bug caught
               without a canary: stats
    twice      1 deterministic run carried out twice, 0 different
    flaky      etcd/register/storm
    skipped    1 run, the budget was used up: raft/set/storm#1
    left out   1 cell: lww does not speak set
    ✖ FAIL  1 scenario fails, 1 of them new: a write was lost"
  `);
});

it('lets no text of a run move the cursor or start a line', () => {
  const [first, ...rest] = sampleSummary().runs;
  const said = text(sampleSummary({ runs: [{ ...first!, sentence: `\u001b[2J${HOSTILE}` }, ...rest] }));
  expect(said).not.toContain('\u001b');
  expect(said.split('\n').filter((line) => line.startsWith('::'))).toEqual([]);
});
