/**
 * `faultline show`: a stored run again, on the terminal, as Markdown, or in the browser.
 */
import { runCommand } from '../../harness/cluster/processes.ts';
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { loadReportModel } from '../../reports/load.ts';
import { markdown } from '../../reports/markdown.ts';
import { endingText } from '../../reports/terminal/reporter.ts';
import { wantsColour } from '../../reports/terminal/style.ts';
import { type Command, flag } from '../command.ts';
import { type Io, line } from '../io.ts';

/** The command. */
export const show: Command = {
  name: 'show',
  summary: 'show a stored run again: last screen, Markdown, or the report in the browser',
  args: [{ form: '[run]', summary: 'a run folder, a name, the beginning of an id; default the last run' }],
  options: [
    { flags: '--markdown', summary: 'print Markdown, for an issue or a chat' },
    { flags: '--open', summary: 'open report.html in the browser' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: ['faultline show', 'faultline show demo-bully --markdown', 'faultline show last --open'],
  async run(io, [reference = 'last'], options) {
    const folder = new Store(io.cwd).resolve(reference);
    if (flag(options, 'open')) return openReport(io, folder.file('report'), folder.has('report'));
    const model = await loadReportModel(folder.path);
    if (flag(options, 'markdown')) io.out.write(markdown(model));
    else {
      const look = { colour: wantsColour(io.env, io.out.isTTY), ascii: flag(options, 'ascii') };
      io.out.write(endingText(model, io.out.columns, look));
      if (folder.has('report')) line(io.out, `report     ${folder.file('report')}`);
    }
    return 0;
  },
};

async function openReport(io: Io, path: string, exists: boolean): Promise<number> {
  if (!exists)
    throw new UsageError('this run has no report yet', { file: path, hint: 'make it: faultline report' });
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const { exit, notStarted, stderr } = await runCommand(opener, [path], { timeoutMs: 10_000 });
  line(io.out, path);
  if (exit.code === 0) return 0;
  line(io.err, `faultline: ${opener} could not open it: ${notStarted ?? stderr.trim()}`);
  return 4;
}
