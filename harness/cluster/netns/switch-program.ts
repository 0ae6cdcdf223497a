/**
 * The switch and the prober: one C program of ours (switch/), for what Node cannot do: raw frames.
 */
import { type CompiledProgram, findProgram } from '../compiled-program.ts';

/** Finds the compiled program, or compiles it: half a second, once per version. Never rejects. */
export async function findSwitch(): Promise<CompiledProgram> {
  if (process.platform !== 'linux') return { reason: `the switch needs Linux; this is ${process.platform}` };
  return findProgram({
    name: 'switch',
    folder: new URL('./switch/', import.meta.url),
    libraries: ['-lm'],
  });
}
