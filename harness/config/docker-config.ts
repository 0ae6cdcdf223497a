/**
 * The `docker` section: what containers are made of. The same words hold on the command line, where an image or a
 * folder to build takes the place of the section's.
 */
import { resolve } from 'node:path';
import type { DockerOptions } from '../cluster/docker/docker-options.ts';
import { parseSize } from './units.ts';

/** The section as it is written. */
export interface DockerConfig {
  /** An image the engine has; runs fetch none. */
  image?: string;
  /** A folder with a Dockerfile, built before the nodes start. */
  build?: string;
  /** The Dockerfile in `build`; default `Dockerfile`. */
  dockerfile?: string;
  /** A root file system as a tar archive, to make the image of. */
  tarball?: string;
  /** Where nodes keep their data in the container; default `/faultline/data`. */
  data?: string;
  /** Docker's own init is the first process; default true. */
  init?: boolean;
  /** Memory of each node: `256MB`. */
  memory?: string;
  /** Processors of each node: `0.5`. */
  cpus?: number;
}

/** The section with nothing left open. */
export type DockerSpec = Omit<DockerOptions, 'engine'>;

const SOURCES = ['image', 'build', 'tarball'] as const;

/** What the file says, unless a flag names another image. Paths count from `directory`; those of flags are absolute. */
export function resolveDocker(
  file: DockerConfig | undefined,
  flags: DockerConfig | undefined,
  directory: string,
): DockerSpec | null {
  if (file === undefined && flags === undefined) return null;
  const kept = { ...file };
  if (SOURCES.some((source) => flags?.[source] !== undefined))
    for (const source of SOURCES) delete kept[source];
  const { memory, build, tarball, ...rest } = { ...kept, ...flags };
  return {
    ...rest,
    ...(build === undefined ? {} : { build: resolve(directory, build) }),
    ...(tarball === undefined ? {} : { tarball: resolve(directory, tarball) }),
    ...(memory === undefined ? {} : { memoryBytes: parseSize(memory) }),
  };
}

/** With every path passed through `change`: a plan holds no absolute ones. */
export function withPaths(spec: DockerSpec, change: (path: string) => string): DockerSpec {
  const { build, tarball, ...rest } = spec;
  return {
    ...rest,
    ...(build === undefined ? {} : { build: change(build) }),
    ...(tarball === undefined ? {} : { tarball: change(tarball) }),
  };
}

/** The section in the JSON Schema of configurations. */
export const DOCKER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  description:
    'what the containers of backend docker are made of: an image, a folder to build, or a tar archive',
  properties: {
    image: { type: 'string', minLength: 1, description: 'an image the engine has; runs fetch none' },
    build: { type: 'string', minLength: 1, description: 'a folder with a Dockerfile' },
    dockerfile: { type: 'string', minLength: 1, description: 'the Dockerfile in build; default Dockerfile' },
    tarball: { type: 'string', minLength: 1, description: 'a root file system as a tar archive' },
    data: { type: 'string', pattern: '^/', description: 'where nodes keep their data in the container' },
    init: { type: 'boolean', description: 'the init of Docker is the first process; default true' },
    memory: {
      type: 'string',
      pattern: '^\\d+(\\.\\d+)?([kKmMgG]i?)?[bB]$',
      description: 'memory of each node, such as 256MB',
    },
    cpus: { type: 'number', exclusiveMinimum: 0, description: 'processors of each node, such as 0.5' },
  },
} as const;
