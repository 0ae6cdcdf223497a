// `npm run bench -- <name> [arguments]`: bundles one file of bench/ and runs it; without a name, lists them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { build } from 'esbuild';

const [name, ...words] = process.argv.slice(2);
const source = `bench/${name}.ts`;
if (name === undefined || !existsSync(source)) {
  const names = readdirSync('bench', { recursive: true }).filter((file) => file.endsWith('.ts'));
  process.stderr.write(
    `benches: ${names
      .map((file) => file.slice(0, -3))
      .sort()
      .join(', ')}\n`,
  );
  process.exit(name === undefined ? 0 : 64);
}
const outfile = `dist/bench/${name}.mjs`;
await build({
  entryPoints: [source],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  outfile,
});
const { status } = spawnSync(process.execPath, ['--expose-gc', outfile, ...words], { stdio: 'inherit' });
process.exit(status ?? 1);
