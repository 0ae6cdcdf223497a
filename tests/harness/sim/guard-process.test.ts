/**
 * Node code may not end the harness, look at the machine or send itself messages past the simulator; everybody
 * else still may.
 */
import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Ambient } from '../../../harness/sim/ambient.ts';
import { runAs } from '../../../harness/sim/guard.ts';

const ambient: Ambient = {
  wallMs: () => 0,
  elapsedMs: () => 1_500,
  random: () => 0.5,
  setTimer: () => 1,
  clearTimer: () => {},
  note: () => {},
  failed: () => {},
};

function inNode<T>(work: () => T): T {
  let result!: T;
  runAs(ambient, () => {
    result = work();
  });
  return result;
}

describe('the process of a simulated node', () => {
  it.each<[string, () => unknown]>([
    ['process.exit', () => process.exit(3)],
    ['process.abort', () => process.abort()],
    ['process.kill', () => process.kill(process.pid, 0)],
    ['process.chdir', () => process.chdir('/')],
    ['process.memoryUsage', () => process.memoryUsage()],
    ['process.cpuUsage', () => process.cpuUsage()],
    ['performance.mark', () => performance.mark('x')],
    ['os.freemem', () => os.freemem()],
    ['crypto.generateKeyPairSync', () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['crypto.createECDH', () => crypto.createECDH('prime256v1')],
    ['new fs.ReadStream', () => new fs.ReadStream('/' as never)],
    ['new net.Socket', () => new net.Socket()],
    ['new net.Server', () => new net.Server()],
    ['new dns.Resolver', () => new dns.Resolver()],
    ['new MessageChannel', () => new MessageChannel()],
    ['new BroadcastChannel', () => new BroadcastChannel('x')],
    ['Atomics.wait', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)],
  ])('refuses %s by its name', (name, call) => {
    expect(() => inNode(call)).toThrow(`${name} is not part of the simulation`);
  });

  it('knows how long it runs by simulated time, and may copy', () => {
    expect(inNode(() => [process.uptime(), os.uptime()])).toEqual([1.5, 1.5]);
    expect(inNode(() => [performance.timeOrigin, process.pid])).toEqual([-1_500, 1]);
    const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', timeZone: 'UTC' });
    expect(inNode(() => clock.format())).toContain('12:00:00');
    expect(clock.format(3_600_000)).toContain('1:00:00');
    expect(inNode(() => structuredClone({ a: [1] }))).toEqual({ a: [1] });
  });

  it('is the machine for everybody else', () => {
    inNode(() => 1);
    expect(process.memoryUsage().heapUsed).toBeGreaterThan(0);
    expect(process.kill(process.pid, 0)).toBe(true);
    expect(os.freemem()).toBeGreaterThan(0);
    expect(process.pid).toBeGreaterThan(1);
    expect(Math.abs(performance.timeOrigin + performance.now() - Date.now())).toBeLessThan(5_000);
    expect(new Intl.DateTimeFormat('en', { year: 'numeric' }).format()).toBe(`${new Date().getFullYear()}`);
    const { port1, port2 } = new MessageChannel();
    port1.close();
    port2.close();
    const socket = new net.Socket();
    expect(socket).toBeInstanceOf(net.Socket);
    socket.destroy();
    class Own extends net.Socket {}
    expect(new Own()).toBeInstanceOf(net.Socket);
    const server = net.createServer().listen(0, '127.0.0.1');
    expect(server).toBeInstanceOf(net.Server);
    server.close();
  });
});
