/**
 * Removes what a run left on machines that are reached by ssh: its folder, its processes, its table of rules. The ledger
 * says where; nothing else of those machines is touched.
 */
import { SshConnection } from './connection.ts';
import { type HostPlan, lastLine, removal } from './remote-host.ts';
import { hostName } from './ssh-options.ts';

const REMOVE_MS = 30_000;

/** Reaches each host again and removes what is there. Never rejects. */
export async function removeFromHosts(
  plans: readonly HostPlan[],
): Promise<{ did: string[]; problems: string[] }> {
  const done = await Promise.all(
    plans.map(async (plan) => {
      const name = hostName(plan.endpoint);
      try {
        const connection = await SshConnection.connect(plan.endpoint);
        const { code, stdout, stderr } = await connection.run(removal(plan.folder, plan), '', REMOVE_MS);
        connection.close();
        return code === 0
          ? { did: `removed ${plan.folder} and table ${plan.table} from ${name}`, problem: null }
          : { did: null, problem: `${name}: ${lastLine(stdout + stderr)}` };
      } catch (error) {
        return { did: null, problem: (error as Error).message };
      }
    }),
  );
  return {
    did: done.flatMap(({ did }) => (did === null ? [] : [did])),
    problems: done.flatMap(({ problem }) => (problem === null ? [] : [problem])),
  };
}
