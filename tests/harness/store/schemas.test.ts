import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAMPAIGN_SCHEMA } from '../../../harness/campaign/schema.ts';
import { SUMMARY_SCHEMA } from '../../../harness/campaign/summary-schema.ts';
import { CONFIG_SCHEMA } from '../../../harness/config/schema.ts';
import { validate } from '../../../harness/config/validate.ts';
import { HISTORY_SCHEMA, PLAN_SCHEMA, RUN_SCHEMA, VERDICT_SCHEMA } from '../../../harness/store/schemas.ts';
import { sampleSummary } from '../../reports/campaign/samples.ts';
import { ops } from '../history/arbitraries.ts';
import { meta, plan, verdict } from './samples.ts';

const SCHEMAS = {
  campaign: CAMPAIGN_SCHEMA,
  summary: SUMMARY_SCHEMA,
  config: CONFIG_SCHEMA,
  history: HISTORY_SCHEMA,
  plan: PLAN_SCHEMA,
  verdict: VERDICT_SCHEMA,
  run: RUN_SCHEMA,
};

describe('schemas/', () => {
  // After a change of a schema: npx vitest run tests/harness/store/schemas.test.ts --update
  it.each(Object.entries(SCHEMAS))('%s.schema.json is what the code checks', async (name, schema) => {
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../../schemas/${name}.schema.json`);
  });

  it.each(Object.entries(SCHEMAS))('%s is a schema by the schema of schemas', (_, schema) => {
    const ajv = new Ajv2020({ strict: false });
    expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
  });

  it('accept what the code writes', () => {
    expect(validate(PLAN_SCHEMA, plan)).toEqual([]);
    expect(validate(RUN_SCHEMA, meta)).toEqual([]);
    expect(validate(VERDICT_SCHEMA, verdict)).toEqual([]);
    expect(validate(SUMMARY_SCHEMA, sampleSummary())).toEqual([]);
    fc.assert(
      fc.property(ops, (list) => {
        for (const op of list) expect(validate(HISTORY_SCHEMA, op)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['plan', plan],
    ['run', meta],
    ['verdict', verdict],
    ['summary', sampleSummary()],
  ] as const)('demand every field of %s', (name, sample) => {
    const optional = ['expected'];
    for (const key of Object.keys(sample).filter((field) => !optional.includes(field))) {
      const { [key]: _, ...rest } = sample as unknown as Record<string, unknown>;
      expect(validate(SCHEMAS[name], rest).map((problem) => problem.message)).toEqual([
        `the document lacks "${key}"`,
      ]);
    }
  });
});
