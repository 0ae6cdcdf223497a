/**
 * `faultline maelstrom`: Maelstrom's `test` command with our faults, checkers and reports. Its flags become the
 * configuration of an ordinary run.
 */
import { resolve } from 'node:path';
import { resolveConfig } from '../../harness/config/resolve.ts';
import { UsageError } from '../../harness/registry.ts';
import { type Command, flag, text } from '../command.ts';
import { programName, quoted, reproCommand } from '../command-line.ts';
import { compose } from '../compose.ts';
import { execute } from '../execute.ts';
import { OUTPUT_OPTIONS, wantsJson } from '../flags.ts';
import { line } from '../io.ts';
import { knownNames } from '../known.ts';
import { type MaelstromRun, maelstromOrigin, maelstromRun } from '../maelstrom/configuration.ts';
import { printer } from '../maelstrom/log-net.ts';
import { StderrTail } from '../maelstrom/log-stderr.ts';
import { IDLE_OPTIONS, MAELSTROM_OPTIONS } from '../maelstrom/options.ts';
import { drawSeed } from '../seed.ts';

/** Maelstrom's other commands, and what does their work here. */
const OTHERS: Readonly<Record<string, string>> = {
  demo: 'the node programs in examples/maelstrom run by themselves: see docs/maelstrom.md',
  serve: 'every run writes its report.html: faultline show names it',
  doc: 'faultline describe <workload> and docs/maelstrom.md',
};

/** The words of a single test: a seed is one of them. */
function withoutCount(words: readonly string[]): string[] {
  const at = words.findIndex((word) => /^--test-count(=|$)/.test(word));
  if (at < 0) return [...words];
  return words.toSpliced(at, words[at] === '--test-count' ? 2 : 1);
}

/** The command. */
export const maelstrom: Command = {
  name: 'maelstrom',
  summary: 'run a Maelstrom node program with the flags of Maelstrom, and with faults it does not have',
  args: [
    { form: '[args...]', summary: 'arguments of the node program; after -- those that begin with a dash' },
  ],
  options: [...MAELSTROM_OPTIONS, ...OUTPUT_OPTIONS, ...IDLE_OPTIONS],
  examples: [
    'faultline maelstrom -w echo --bin ./echo.py --node-count 1 --time-limit 10',
    'faultline maelstrom -w broadcast --bin ./node --node-count 25 --topology tree4 --latency 100 --rate 100',
    'faultline maelstrom -w lin-kv --bin ./raft.py --concurrency 4n --nemesis partition,kill,clock --seed 7',
    'faultline maelstrom -w txn-list-append --bin ./txn --consistency-models snapshot-isolation -- --verbose',
  ],
  async run(io, received, options) {
    const words = process.argv.slice(2);
    const [first, ...rest] = received.filter((word): word is string => word !== undefined);
    if (first !== undefined && Object.hasOwn(OTHERS, first) && options['bin'] === undefined) {
      throw new UsageError(`"maelstrom ${first}" is not done here`, { hint: OTHERS[first]! });
    }
    // Whoever pastes a command line of Maelstrom has its subcommand, too.
    const isTest = first === 'test' && words[1] === 'test';
    const args = first === undefined ? [] : isTest ? rest : [first, ...rest];
    const wanted = maelstromRun(io, args, options);
    for (const remark of wanted.remarks) line(io.err, `note       ${remark}`);
    const drawn = drawSeed();
    let code = 0;
    for (let n = 0; n < wanted.testCount && code === 0; n++) {
      const seed = (wanted.flags.seed ?? drawn) + n;
      if (wanted.testCount > 1) line(io.err, `test       ${n + 1} of ${wanted.testCount}, seed ${seed}`);
      code = await once(wanted, seed, n);
    }
    return code;

    async function once({ config, flags }: MaelstromRun, seed: number, n: number): Promise<number> {
      const resolved = resolveConfig(config, {
        flags: { ...flags, seed },
        directory: io.cwd,
        seed,
        known: knownNames(),
        origin: () => ({ from: 'flag', at: 'options of maelstrom' }),
        flagOrigin: (key) => maelstromOrigin(key, options),
      });
      const program = programName(io.env);
      const out = text(options, 'out');
      const composed = await compose(resolved, {
        command: 'maelstrom',
        commandLine: `${program} ${quoted(words)}`,
        repro: reproCommand(program, withoutCount(words), seed),
        cwd: io.cwd,
        seedSource: flags.seed === undefined ? 'drawn' : 'from --seed',
        ...(out === undefined ? {} : { out: resolve(io.cwd, n === 0 ? out : `${out}-${n + 1}`) }),
      });
      const onMessage = printer(io, flag(options, 'logNetSend'), flag(options, 'logNetRecv'));
      const tail = flag(options, 'logStderr') ? new StderrTail(io) : null;
      try {
        return await execute(
          io,
          { ...composed, ...(onMessage === null ? {} : { onMessage }) },
          {
            json: wantsJson(options),
            ascii: flag(options, 'ascii'),
            ...(tail === null ? {} : { onEvent: tail.heed }),
          },
        );
      } finally {
        tail?.close();
      }
    }
  },
};
