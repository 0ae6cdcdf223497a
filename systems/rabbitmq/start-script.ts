/**
 * What starts a broker: the port mapper of Erlang beside it, and the broker once more where it lost a race of its own.
 */

/** What the script says of a broker that has left a crash dump; the reason it gave follows. */
export const CRASHED = 'this broker has crashed: ';

/** Boots at most, of a broker that ends before it has served anything. */
const BOOTS = 3;

/**
 * A script of `sh` that starts the mapper `epmd` at `host` and the program `broker`, whose Erlang leaves word of a crash
 * in the file `dump`; ends as the broker does.
 *
 * On a slow machine a broker now and then dies of its boot: the check of its file handle cache ends with `badkey` when a
 * client of the cache is gone before its last message is read. What an operator would do is done here: start it again.
 * Any other crash is told in a line of its own, which is how a run knows of it: the words of the broker are the same.
 */
export function startScript(broker: string, epmd: string, host: string, dump: string): string {
  return `${quote(epmd)} -address ${host} &
trap 'stopped=1' TERM INT
boot=1
while :; do
  rm -f ${quote(dump)}
  ${quote(broker)}
  code=$?
  if [ -n "$stopped" ] || [ $boot -ge ${BOOTS} ] || ! grep -qs ensure_working_fhc ${quote(dump)}; then
    [ -s ${quote(dump)} ] && echo "${CRASHED}$(sed -n 's/^Slogan: //p' ${quote(dump)} | head -n 1 | cut -c 1-300)"
    exit $code
  fi
  echo "boot $boot of this broker ended in ensure_working_fhc, before it served anything: once more"
  boot=$((boot + 1))
done
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
