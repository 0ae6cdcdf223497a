/**
 * The stepper: a small C program that runs another under ptrace, one thread at a time, on a clock that only its
 * harness moves. Node can trace nothing itself.
 *
 * Why ptrace and a seccomp filter and not a preloaded library: a library sees the calls a program makes through it.
 * It misses the C library's own reads and writes, everything linked statically, and what is asked of the vDSO.
 */
import { type CompiledProgram, findProgram } from '../compiled-program.ts';

/** Finds the compiled stepper, or compiles it: a second or two, once per version. Never rejects. */
export async function findStepper(): Promise<CompiledProgram> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `virtual time needs Linux on x86-64; this is ${process.platform} on ${process.arch}` };
  }
  return findProgram({ name: 'stepper', folder: new URL('./stepper/', import.meta.url) });
}
