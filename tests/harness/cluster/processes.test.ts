/** Starting processes and running commands. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { processesWith, processInfo, processTree } from '../../../harness/cluster/proc.ts';
import { runCommand } from '../../../harness/cluster/processes.ts';
import { lives, until } from '../../kits/backend.ts';

describe('runCommand', () => {
  it('returns what the command wrote and how it ended', async () => {
    const result = await runCommand('sh', ['-c', 'cat; echo oops >&2; echo $GREETING; exit 3'], {
      timeoutMs: 5_000,
      input: 'in ',
      env: { GREETING: 'hello' },
    });
    expect(result).toEqual({
      exit: { code: 3, signal: null },
      stdout: 'in hello',
      stderr: 'oops',
      timedOut: false,
    });
  });

  it('ends the whole group at the deadline and on abort', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-command-'));
    const pidFile = join(folder, 'pid');
    const script = `sleep 100 & echo $! > ${pidFile}; wait`;
    const late = await runCommand('sh', ['-c', script], { timeoutMs: 200 });
    expect(late).toMatchObject({ timedOut: true, exit: { signal: 'SIGKILL' } });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until('the child to end', () => !lives({ pid }));
    const abort = new AbortController();
    const begun = join(folder, 'begun');
    const command = `echo > ${begun}; exec sleep 100`;
    const running = runCommand('sh', ['-c', command], { timeoutMs: 60_000, signal: abort.signal });
    await until('it to begin', () => existsSync(begun));
    abort.abort();
    expect(await running).toMatchObject({ timedOut: false, exit: { signal: 'SIGKILL' } });
    expect(await runCommand('sleep', ['100'], { timeoutMs: 9, signal: abort.signal })).toMatchObject({
      notStarted: 'aborted before it started',
    });
    rmSync(folder, { recursive: true });
  });

  it('says why a command did not start', async () => {
    const missing = await runCommand('no-such-command', [], { timeoutMs: 1_000 });
    expect(missing.notStarted).toBe('no such command on the PATH');
    const file = join(mkdtempSync(join(tmpdir(), 'faultline-command-')), 'plain');
    writeFileSync(file, 'x');
    expect((await runCommand(file, [], { timeoutMs: 1_000 })).notStarted).toContain('permission denied');
    expect((await runCommand('/no/such', [], { timeoutMs: 1_000 })).notStarted).toContain('no such file');
  });
});

describe('the process table', () => {
  it('knows this process', () => {
    expect(processInfo(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid });
    expect(processInfo(2 ** 22 + 1)).toBeNull();
    expect(processTree(processInfo(process.pid)!)[0]).toMatchObject({ pid: process.pid });
  });

  it('does not take a reused number for the same process', () => {
    const { pid, startTicks } = processInfo(process.pid)!;
    expect(processTree({ pid, startTicks: startTicks - 1 }).map((p) => p.pid)).not.toContain(pid);
  });
});

describe('the end of the harness', () => {
  it('takes its processes along when it exits by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-exit-'));
    const outfile = join(process.cwd(), 'node_modules', `.exit-test-${process.pid}.mjs`);
    const stdin = `import { startProcess } from './harness/cluster/processes.ts';
      import { openSync } from 'node:fs';
      const fd = openSync(${JSON.stringify(join(folder, 'log'))}, 'a');
      await startProcess({ file: 'sh', args: ['-c', 'sleep 100 & sleep 100'] }, { FAULTLINE_RUN: ${JSON.stringify(folder)} },
        { protocol: 'none', stdoutFd: fd, stderrFd: fd }, () => undefined);
      setTimeout(() => process.exit(5), 300);`;
    await build({
      stdin: { contents: stdin, resolveDir: process.cwd(), loader: 'ts' },
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const running = runCommand(process.execPath, [outfile], { timeoutMs: 10_000 });
    await until('its processes', () => processesWith('FAULTLINE_RUN', folder).length >= 2);
    expect((await running).exit.code).toBe(5);
    await until('their end', () => processesWith('FAULTLINE_RUN', folder).length === 0);
    rmSync(outfile);
    rmSync(folder, { recursive: true });
  });
});
