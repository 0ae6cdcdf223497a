/**
 * The cluster in memory of the kit for faults, for tests of the faults that come along.
 */
export * from '../../plugins/kit/fake-cluster.ts';
