/**
 * Where the judge finds its workers' entry file: compiled code beside this file, or in `dist` when this file
 * runs from its source.
 */

/** Address of the compiled worker entry, for `judge({ workerUrl })`. */
export function checkerWorkerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? '../dist/checkers/worker.js' : './worker.js', import.meta.url);
}

/** Address of the compiled entry of the live check. */
export function onlineWorkerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? '../dist/checkers/online/worker.js' : './online/worker.js', import.meta.url);
}
