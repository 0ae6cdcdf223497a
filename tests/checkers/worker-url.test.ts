import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkerWorkerUrl } from '../../checkers/worker-url.ts';

it('points at the compiled worker entry', () => {
  expect(existsSync(checkerWorkerUrl())).toBe(true);
});
