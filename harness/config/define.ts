/**
 * `defineConfig`: gives a configuration written in TypeScript its types, and changes nothing.
 */
import type { Config } from './types.ts';

/** The configuration itself; exists so that editors complete and check what is in it. */
export function defineConfig(config: Config): Config {
  return config;
}
