import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rabbitmq } from '../../../systems/rabbitmq/rabbitmq.ts';
import { startScript } from '../../../systems/rabbitmq/start-script.ts';

/** Runs the script with a broker that notes its boot, leaves `lastWords[boot]` as its crash dump and ends with `code`. */
function boots(
  lastWords: readonly string[],
  code: number,
): { boots: number; status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), "faultline's broker "));
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('count'), '');
  for (const [i, words] of lastWords.entries()) writeFileSync(file(`words-${i + 1}`), words);
  writeFileSync(
    file('broker'),
    `#!/bin/sh\ncd "$(dirname "$0")"\necho >> count\ncat "words-$(wc -l < count)" > dump 2>/dev/null\nexit ${code}\n`,
  );
  chmodSync(file('broker'), 0o755);
  writeFileSync(file('start.sh'), startScript(file('broker'), '/bin/true', '127.0.0.1', file('dump')));
  const { status, stdout } = spawnSync('/bin/sh', [file('start.sh')], { encoding: 'utf8' });
  return { boots: readFileSync(file('count'), 'utf8').length, status, said: stdout };
}

const RACE = 'Slogan: Kernel pid terminated ({application_start_failure,rabbit,{{ensure_working_fhc,{{badarg';

describe('the start script of a broker', () => {
  it('starts a broker again that lost the race of its file handle cache', () => {
    expect(boots([RACE, ''], 7)).toMatchObject({ boots: 2, status: 7 });
    expect(boots([RACE, ''], 7).said).toContain('boot 1 of this broker ended in ensure_working_fhc');
  });

  it('gives up after three boots, as the broker did', () => {
    expect(boots([RACE, RACE, RACE, ''], 0)).toMatchObject({ boots: 3, status: 0 });
  });

  it('leaves a broker ended that ended of anything else', () => {
    expect(boots(['=erl_crash_dump\nSlogan: eheap_alloc: Cannot allocate memory\nSystem', ''], 1)).toEqual({
      boots: 1,
      status: 1,
      said: 'this broker has crashed: eheap_alloc: Cannot allocate memory\n',
    });
    expect(boots([''], 0)).toEqual({ boots: 1, status: 0, said: '' });
  });

  it('has a run know of crashes, and of none that it mends itself', () => {
    const crashes = (said: string): number => {
      const patterns = (rabbitmq.crashPatterns ?? []).map((pattern) => new RegExp(pattern));
      return said.split('\n').filter((line) => patterns.some((pattern) => pattern.test(line))).length;
    };
    expect(crashes(boots([RACE, ''], 0).said)).toBe(0);
    // What the broker itself says of a boot that is repeated, and of one that is not, does not differ.
    expect(crashes('BOOT FAILED\nCrash dump is being written to: /d/erl_crash.dump...done')).toBe(0);
    expect(crashes(boots([RACE, RACE, RACE], 1).said)).toBe(1);
    expect(crashes(boots(['Slogan: eheap_alloc: Cannot allocate memory'], 1).said)).toBe(1);
  });

  it('is understood by sh as it is written', () => {
    const script = startScript('/b', '/e', '10.0.0.1', '/d');
    expect(execFileSync('/bin/sh', ['-n'], { input: script, encoding: 'utf8' })).toBe('');
  });
});
