/**
 * Which workers judge: those of the checkers that come along, or, where the user brings some, those that load them.
 */
import { checkerWorkerUrl } from '../checkers/worker-url.ts';
import { registeredPlugins } from './registered.ts';

/** Address of the compiled worker entry, for `judge({ workerUrl })`. */
export function judgeWorkerUrl(): URL {
  if (registeredPlugins().every(({ kind }) => kind !== 'checker')) return checkerWorkerUrl();
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? '../dist/plugins/judge-worker.js' : './judge-worker.js', import.meta.url);
}
