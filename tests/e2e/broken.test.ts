/**
 * Systems that cannot be started: exit 4, the cause in the message, nothing left running.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { type CliResult, markedProcesses, Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

async function broken(name: string, start: string, extra = ''): Promise<CliResult> {
  const file = `${name}.yaml`;
  writeFileSync(
    place.file(file),
    `name: ${name}
nodes: 2
timeLimit: 2s
workload: register
command:
  start: ${start}
${extra}  operations:
    register:
      read: { http: "GET /kv/{{key}}", value: value }
      write: { http: { method: PUT, path: "/kv/{{key}}", body: "{{value}}" } }
`,
  );
  const result = await place.run('run', file);
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr).toContain('BROKEN');
  expect(result.stderr).not.toMatch(/^\s+at .*\(/m);
  expect(markedProcesses(place.path)).toEqual([]);
  return result;
}

describe('a system that does not start', () => {
  it('shows the last output of a start command that exits at once', async () => {
    const { stderr } = await broken('exits', `[node, -e, "console.error('no such disk'); process.exit(3)"]`);
    expect(stderr).toContain('exit code 3');
    expect(stderr).toContain('no such disk');
  });

  it('names a start command that does not exist', async () => {
    const { stderr } = await broken('missing', 'no-such-program-anywhere --port {{node.port}}');
    expect(stderr).toContain('no-such-program-anywhere');
  });

  it('names the node that never becomes ready, and its deadline', async () => {
    const { stderr } = await broken(
      'deaf',
      `[node, -e, "setInterval(() => {}, 1000)"]`,
      '  ready: { tcp: main, timeout: 2s }\n',
    );
    expect(stderr).toMatch(/n[12]/);
    expect(stderr).toMatch(/2 ?s|2000 ms/);
  });

  it('names a port that is in use', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    try {
      const { stderr } = await broken(
        'taken',
        `[node, -e, "setInterval(() => {}, 1000)"]`,
        `  ports: { main: ${port} }\n`,
      );
      expect(stderr).toContain(String(port));
      expect(stderr).toContain('in use');
    } finally {
      server.close();
    }
  });
});
