/**
 * What a user says about containers, in a configuration or on the command line, and what is made of it.
 */

/** Where the image of the nodes comes from, and what their containers are given. */
export interface DockerOptions {
  /** An image the engine has. */
  image?: string;
  /** A folder with a Dockerfile; built before the nodes start. Absolute. */
  build?: string;
  /** The Dockerfile in `build`; default `Dockerfile`. */
  dockerfile?: string;
  /** A root file system as a tar archive, to make the image of. Absolute. */
  tarball?: string;
  /** Where a node keeps its data in the container; default `/faultline/data`. */
  data?: string;
  /** An init of Docker's is the first process. Default true. */
  init?: boolean;
  memoryBytes?: number;
  cpus?: number;
  /** Address of the engine, as in DOCKER_HOST; default that variable. */
  engine?: string;
}

/** The image containers of a run were made of, so that the same bytes can be found again. */
export interface ImageInfo {
  /** As it was asked for: a name, or what it was made of. */
  name: string;
  /** The engine's id of it: the digest of its configuration. */
  id: string;
  /** `name@sha256:...` as registries know it; null: it never came from or went to one. */
  digest: string | null;
  /** ISO 8601, as the image says. */
  created: string;
  /** The engine that has it. */
  engine: string;
}

/** Where data is when nothing else is said. */
export const DATA_PATH = '/faultline/data';
