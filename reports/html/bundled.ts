/**
 * Scripts that are bundled when the project is built, as text to put into a page: beside the compiled files that ask for
 * them, or in dist/ when those run from the sources.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const known = new Map<string, string>();

/** The script at `dist/<path>`, safe inside a script element. Throws when the project is not built. */
export function bundledScript(path: string): string {
  const cached = known.get(path);
  if (cached !== undefined) return cached;
  // This file is reports/html/bundled, below the root of the sources or of dist/.
  const places = [`../../${path}`, `../../dist/${path}`];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (found === undefined) throw new Error(`${path} is not built: run "npm run build"`);
  // A closing tag inside the script would end the element early; in strings and patterns the escape is the same.
  const script = readFileSync(found, 'utf8')
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  known.set(path, script);
  return script;
}
