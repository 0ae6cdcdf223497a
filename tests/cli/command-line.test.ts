import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { programName, quoted, reproCommand } from '../../cli/command-line.ts';

describe('quoted', () => {
  it('comes out of a shell as it went in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...'ab $\'"\\;&|*`\n~{}') }), { minLength: 1 }),
        (words) => {
          const echo = `for word in ${quoted(words)}; do printf '%s\\0' "$word"; done`;
          expect(execFileSync('sh', ['-c', echo]).toString().split('\0').slice(0, -1)).toEqual(words);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('reproCommand', () => {
  it('pins the seed and drops what chooses the output', () => {
    expect(
      reproCommand('faultline', ['run', 'raft', '--seed', '1', '--out', 'x', '--json', '--rate', '5'], 7),
    ).toBe('faultline run raft --rate 5 --seed 7');
    expect(reproCommand('faultline', ['demo', '--seed=3', '--out=y'], 4)).toBe('faultline demo --seed 4');
  });
});

describe('programName', () => {
  it('is what the user can type', () => {
    expect(programName({ npm_command: 'exec' })).toBe('npx faultline');
    expect(programName({})).toBe('faultline');
  });
});
