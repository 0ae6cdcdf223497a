/**
 * Writes the views of a run folder: report.html and junit.xml, from what is stored and nothing else.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunListener } from '../harness/events.ts';
import { RUN_FILES } from '../harness/store/files.ts';
import { junitXml } from '../reports/junit.ts';
import { loadReportModel } from '../reports/load.ts';
import type { ReportModel } from '../reports/model.ts';

/** Writes both views; resolves with the model they were made from. */
export async function writeViews(folder: string, onEvent: RunListener): Promise<ReportModel> {
  const model = await loadReportModel(folder);
  const junit = junitXml(model);
  writeFileSync(join(folder, RUN_FILES.junit), junit);
  onEvent({ kind: 'report-written', path: join(folder, RUN_FILES.junit), bytes: Buffer.byteLength(junit) });
  return model;
}
