/** How many random cases a property runs: a few in every test run, many with FUZZ_RUNS set. */
export function fuzzRuns(usual: number): number {
  const wanted = Number(process.env['FUZZ_RUNS']);
  return Number.isFinite(wanted) && wanted > 0 ? wanted : usual;
}
