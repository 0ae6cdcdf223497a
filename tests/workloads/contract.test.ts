/**
 * Every workload of the registry, held to the contract.
 */
import { WORKLOADS } from '../../workloads/index.ts';
import { workloadContract } from '../kits/workload.ts';

for (const workload of Object.values(WORKLOADS)) workloadContract(workload);
