/**
 * A demonstration shows its bug whatever a run on real processes happened to show: `execute` is made to end as a
 * run on a busy machine does, everything after it is real.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../../cli/commands/index.ts';
import type { Presentation } from '../../../cli/execute.ts';
import { runProgram } from '../../../cli/program.ts';
import type { VerdictFile } from '../../../harness/store/files.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { capturedIo } from '../captured-io.ts';

const ended = vi.hoisted(() => ({ as: 'pass' as Verdict }));

vi.mock('../../../cli/execute.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  execute: (_io: unknown, _composed: unknown, show: Presentation) =>
    Promise.resolve(show.exitCode!({ verdict: ended.as } as VerdictFile, 'nowhere')),
}));

const MISSED = 'demo       this run did not show it';
const BUG = ['raft', '--bug', 'ack-before-quorum', '--seed', '3'];

describe('faultline demo, after a run that did not show the bug', () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'faultline-demo-'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  async function type(verdict: Verdict, ...words: string[]) {
    ended.as = verdict;
    const io = capturedIo(place);
    const code = await runProgram(COMMANDS, '1.2.3', ['demo', ...words], io);
    return { code, stdout: io.stdout(), stderr: io.stderr() };
  }

  it.each<Verdict>(['pass', 'vacuous', 'unknown'])(
    'searches for one that does when it was %s',
    async (as) => {
      const { code, stdout, stderr } = await type(as, ...BUG, '--json', '--out', join(place, 'kept'));
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`${MISSED} (${as}); looking for one that does`);
      expect(stderr).toMatch(/search {5}set-full\/lost-element after \d+ runs, seed \d+/);
      expect(stderr).toContain('demo       as expected: raft with ack-before-quorum');
      // One document, of the run that shows it; the folder of the first is taken.
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'fail', expected: 'fail' });
      expect(stderr).toContain(join(place, 'kept-searched'));
    },
  );

  it('leaves it at the run when it showed the bug', async () => {
    const { code, stdout, stderr } = await type('fail', ...BUG, '--json');
    expect(code).toBe(0);
    expect(stderr).not.toContain(MISSED);
    expect(JSON.parse(stdout)).toEqual({ verdict: 'fail' });
  });

  it('hides nothing of a run that broke', async () => {
    const { code, stderr } = await type('broken', ...BUG);
    expect(code).toBe(1);
    expect(stderr).not.toContain(MISSED);
    expect(stderr).toContain('demo       not as expected');
  });

  it('leaves it at the run when the user said how it is to be, or named no bug', async () => {
    for (const words of [[...BUG, '--backend', 'sim'], ['bully']]) {
      const { code, stderr } = await type('pass', ...words);
      expect(code).toBe(1);
      expect(stderr).not.toContain(MISSED);
    }
  });
});
