/**
 * Has this kernel a delay line (sch_netem), and classes to put it in? Found by making one in a sandbox: a kernel may
 * have it built in, as a module that loads, as a module that does not, or not at all.
 */
import { insideSandbox } from '../../sandbox/command.ts';
import { findSandbox, tryWay } from '../../sandbox/probe.ts';
import { outputNow } from '../processes.ts';

/** What is tried, on a loopback device that nobody else uses. */
export const NETEM_TRIAL = [
  'tc qdisc add dev lo root handle 1: htb',
  'tc class add dev lo parent 1: classid 1:1 htb rate 100gbit quantum 60000',
  'tc filter add dev lo parent 1: protocol ip prio 1 u32 match ip src 127.0.0.1/32 flowid 1:1',
  'tc qdisc add dev lo parent 1:1 handle 100: netem delay 1ms rate 100gbit',
].join(' && ');

/** Why it cannot be used, in the words of tc; null: it can. Never rejects. */
export async function findNetem(): Promise<string | null> {
  if (insideSandbox()) {
    try {
      outputNow('unshare', ['--net', 'sh', '-c', NETEM_TRIAL]);
      return null;
    } catch (error) {
      return lastWords((error as Error).message);
    }
  }
  const support = await findSandbox();
  if (!('way' in support)) return support.reason;
  return tryWay(support.way, NETEM_TRIAL);
}

function lastWords(text: string): string {
  return text.split('\n').at(-1) ?? text;
}
