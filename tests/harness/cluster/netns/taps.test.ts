/**
 * Somebody on the links of the switch who lies, repeats and makes up: what programs hear of it. Runs itself in a sandbox.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../../harness/cluster/processes.ts';
import type { MessageTap, TapSpec } from '../../../../harness/contracts.ts';
import { insideSandbox } from '../../../../harness/sandbox/command.ts';
import { makeTap } from '../../../../harness/taps/make-tap.ts';
import { type Bench, cleanUp, until, upBench } from '../../../kits/backend.ts';
import { againInSandbox } from '../../../kits/sandboxed.ts';

const COUNT = 40;

/** Prints what datagrams carry, a line each. */
const SINK =
  'require("dgram").createSocket("udp4").on("message", (m) => console.log("heard " + m)).bind(Number(process.argv[1]), process.argv[2])';

describe.skipIf(insideSandbox())('taps on packets', () => {
  it('change what is heard', async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });
});

describe.skipIf(!insideSandbox())('on a link of the switch', () => {
  cleanUp();

  const up = (): Promise<Bench> =>
    upBench('netns', {
      program: ({ ports, host }) => ({ file: 'node', args: ['-e', SINK, String(ports['main']), host] }),
      ready: { kind: 'command', file: 'sh', args: ['-c', 'ss -Hlnu | grep -q 70'] },
    });

  const tapOf = (spec: Partial<TapSpec>): MessageTap =>
    makeTap({
      kind: 'byzantine',
      mode: 'lie',
      nodes: ['n1'],
      clients: false,
      probability: 1,
      seed: 1,
      ...spec,
    });

  /** What a node has heard after another one has sent it so many datagrams. */
  async function heard({ cluster, folder }: Bench, from: string, to: string, least = 1): Promise<string[]> {
    const { host, ports } = cluster.address(to);
    const send = `for i in $(seq 100 ${99 + COUNT}); do echo -n "value $i $i told" > /dev/udp/${host}/${ports['main']}; done`;
    const space = `/proc/${cluster.pids(from)[0]}/ns/net`;
    const read = (): string[] =>
      readFileSync(join(folder, 'logs', to, 'stdout.log'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('heard '));
    const sent = (): number =>
      cluster.links.counters().find((link) => link.from === from && link.to === to)!.sent;
    const [before, sentBefore] = [read().length, sent()];
    await runCommand('nsenter', [`--net=${space}`, '--', 'bash', '-c', send], { timeoutMs: 10_000 });
    await until('datagrams to pass', () => sent() >= sentBefore + COUNT);
    await until('datagrams to arrive', () => read().length >= before + least);
    return read().slice(before);
  }

  const truth = (line: string): boolean => /^heard value (\d{3}) \1 told$/.test(line);

  it('a node lies to all, to some, or says nothing', async () => {
    const bench = await up();
    const { links } = bench.cluster;
    expect((await heard(bench, 'n1', 'n2', COUNT)).filter(truth)).toHaveLength(COUNT);
    const lie = tapOf({});
    links.tap('f', lie);
    expect((await heard(bench, 'n1', 'n2', COUNT)).filter(truth).length).toBe(0);
    expect((await heard(bench, 'n2', 'n1', COUNT)).filter(truth)).toHaveLength(COUNT);
    links.clear('f');
    expect(lie.counts).toMatchObject({ changed: COUNT, withheld: 0, added: 0 });
    expect(lie.counts.seen).toBeGreaterThanOrEqual(COUNT);
    links.tap('f', tapOf({ mode: 'equivocate' }));
    const stories = [await heard(bench, 'n1', 'n2', COUNT), await heard(bench, 'n1', 'n3', COUNT)];
    expect(stories.map((lines) => lines.filter(truth).length).sort()).toEqual([0, COUNT].sort());
    const silent = tapOf({ mode: 'silent' });
    links.tap('f', silent);
    expect(await heard(bench, 'n1', 'n3', 0)).toEqual([]);
    links.clear('f');
    expect(silent.counts).toMatchObject({ changed: 0, withheld: COUNT });
    expect((await heard(bench, 'n1', 'n2', COUNT)).filter(truth)).toHaveLength(COUNT);
  });

  it('old packets come again, and some that nobody has sent', async () => {
    const bench = await up();
    const { links } = bench.cluster;
    const replay = tapOf({ kind: 'replay', mode: 'random', probability: 0.5, minAgeMs: 0 });
    links.tap('f', replay);
    const again = await heard(bench, 'n1', 'n2', COUNT + 1);
    links.clear('f');
    expect(again.every(truth)).toBe(true);
    expect(new Set(again).size).toBe(COUNT);
    expect(replay.counts.added).toBeGreaterThan(0);
    const forge = tapOf({ kind: 'forge', mode: 'random', probability: 0.5 });
    links.tap('f', forge);
    const mixed = await heard(bench, 'n1', 'n2', COUNT + 1);

    links.clear('f');
    expect(mixed.filter(truth).length).toBeGreaterThan(0);
    expect(mixed.filter((line) => !truth(line)).length).toBeGreaterThan(0);
    expect(forge.counts.added).toBeGreaterThan(0);
  });
});
