/**
 * Why a node that runs is not heard: it listens on loopback, which in a network of its own nobody else reaches. Read
 * from the kernel's table of sockets, in the network of the node's own processes. Linux; elsewhere nothing is known.
 */
import { readFileSync } from 'node:fs';

const LISTENING = '0A';

/** A socket of that table that listens. */
export interface Listener {
  loopback: boolean;
  port: number;
}

/** The listeners in the text of /proc/PID/net/tcp or tcp6. */
export function listenersOf(table: string): Listener[] {
  return table.split('\n').flatMap((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== LISTENING) return [];
    return [{ loopback: isLoopback(address), port: Number.parseInt(port, 16) }];
  });
}

/** Words of four bytes, each as this machine keeps it: lowest byte first. */
function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith('7F');
  return /^0{24}01000000$/.test(address) || /^0{16}FFFF0000.{6}7F$/.test(address);
}

/** The advice where one of these processes listens on this port, and on loopback alone; null otherwise. */
export function loopbackOnly(pids: readonly number[], host: string, port: number): string | null {
  if (/^(127\.|localhost$|::1$)/.test(host)) return null;
  for (const pid of pids) {
    const own = tablesOf(pid).filter((one) => one.port === port);
    if (own.length > 0 && own.every(({ loopback }) => loopback)) {
      return `it listens on 127.0.0.1:${port} only; let it listen on {{node.host}}, which is ${host}`;
    }
  }
  return null;
}

function tablesOf(pid: number): Listener[] {
  return ['tcp', 'tcp6'].flatMap((name) => {
    try {
      return listenersOf(readFileSync(`/proc/${pid}/net/${name}`, 'latin1'));
    } catch {
      // No such machine, or a process that has ended meanwhile: then that is the news.
      return [];
    }
  });
}
