/**
 * `faultline report`: make the views of a stored run again.
 */
import { Store } from '../../harness/store/store.ts';
import type { Command } from '../command.ts';
import { line } from '../io.ts';
import { writeViews } from '../views.ts';

/** The command. */
export const report: Command = {
  name: 'report',
  summary: 'write report.html and junit.xml of a stored run again',
  args: [{ form: '[run]', summary: 'a run folder, a name, the beginning of an id; default the last run' }],
  options: [],
  examples: ['faultline report', 'faultline report demo-bully'],
  async run(io, [reference = 'last']) {
    const folder = new Store(io.cwd).resolve(reference);
    const model = await writeViews(folder.path, (event) => {
      if (event.kind === 'report-written') line(io.out, event.path);
    });
    for (const problem of model.problems) line(io.err, `faultline: ${problem}`);
    return 0;
  },
};
