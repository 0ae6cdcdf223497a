/**
 * Programs that are installed are found, and those that are not are named with their Debian package.
 */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../harness/cluster/cluster-error.ts';
import { findProgram, installedProgram } from '../../systems/installed.ts';

describe('an installed program', () => {
  it('is found on the PATH, or where Debian puts servers', () => {
    expect(findProgram('sh', '/nowhere::/bin')).toBe('/bin/sh');
    expect(findProgram('sh', '')).toMatch(/\/sh$/);
  });

  it('is missed by the name of its package', () => {
    expect(findProgram('no-such-program-anywhere')).toBeNull();
    const found = (): string => installedProgram('no-such-program-anywhere', 'some-package');
    expect(found).toThrow(ClusterError);
    expect(found).toThrow('not installed on this machine: apt-get install some-package');
  });
});
