/**
 * Streams that keep what is written, for running commands inside a test.
 */
import type { Io, Output } from '../../cli/io.ts';

/** An `Io` with its output as text. */
export function capturedIo(cwd: string): Io & { stdout(): string; stderr(): string } {
  let stdout = '';
  let stderr = '';
  const to = (take: (text: string) => void): Output => ({ write: take, columns: 100, isTTY: false });
  return {
    out: to((text) => {
      stdout += text;
    }),
    err: to((text) => {
      stderr += text;
    }),
    lost: () => null,
    env: {},
    cwd,
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
