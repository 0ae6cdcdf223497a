/**
 * Writes the views of a run folder: report.html and junit.xml, from what is stored and nothing else.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunListener } from '../harness/events.ts';
import type { History } from '../harness/history/history.ts';
import { RUN_FILES } from '../harness/store/files.ts';
import { writeHtmlReport } from '../reports/html/build.ts';
import { junitXml } from '../reports/junit.ts';
import { loadReportModel } from '../reports/load.ts';
import type { ReportModel } from '../reports/model.ts';

/** Writes both views; resolves with the model they were made from. `history` when it is in memory already. */
export async function writeViews(
  folder: string,
  onEvent: RunListener,
  history?: History,
): Promise<ReportModel> {
  const model = await loadReportModel(folder, {
    messages: true,
    siblings: true,
    ...(history ? { history } : {}),
  });
  const path = join(folder, RUN_FILES.report);
  const bytes = await writeHtmlReport(model, path);
  onEvent({ kind: 'report-written', path, bytes });
  const junit = junitXml(model, { reportPath: path });
  writeFileSync(join(folder, RUN_FILES.junit), junit);
  onEvent({ kind: 'report-written', path: join(folder, RUN_FILES.junit), bytes: Buffer.byteLength(junit) });
  return model;
}
