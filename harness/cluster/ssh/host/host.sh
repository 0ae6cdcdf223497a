#!/bin/sh
# What backend ssh runs on a host. Copied there by the run, into the folder of one node, and removed with it. It needs a
# POSIX shell, /proc, setsid, GNU grep and sleep. Everything it does is undone by `remove`, or, where it can be seen, by
# `watch` once the harness is not heard any more.
#
#   sh -s probe               what this host can do; changes nothing
#   sh host.sh serve          one command a line on standard input: "<id> <verb> <argument> <lines of input>"
#   sh host.sh attend         every line heard is a sign of life; answers with the state of the node
#   sh host.sh logs LIFE A B  output of a life, from byte A of stdout and byte B of stderr on
#   sh host.sh run LIFE       the parent of a program; writes down its end
#   sh host.sh watch          undoes faults when nobody is heard

D=$(cd "$(dirname "$0")" 2>/dev/null && pwd)
S='' TABLE='' FILTER=nft LIMIT=10
[ -r "$D/settings" ] && . "$D/settings"
umask 022
# Of ordinary users they are not on the PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# ------------------------------------------------------------------ processes
ticks_of() {
  IFS= read -r line 2>/dev/null </proc/"$1"/stat || return 1
  set -- ${line##*) }
  echo "${20}"
}

# Pid and state of every living process of the node: its leader, group, session, and whoever carries its mark.
living() {
  lead=0 since=0
  [ -r "$D/life" ] && read -r life <"$D/life" && [ -r "$D/life-$life/pid" ] && read -r lead since <"$D/life-$life/pid"
  marked=" $($S grep -lzxF "FAULTLINE_AT=$D" /proc/[0-9]*/environ 2>/dev/null | tr -c '0-9' ' ') "
  for file in /proc/[0-9]*/stat; do
    { IFS= read -r line <"$file"; } 2>/dev/null || continue
    pid=${file#/proc/}
    pid=${pid%/stat}
    set -- ${line##*) }
    case $1 in Z | X) continue ;; esac
    case $marked in
    *" $pid "*) echo "$pid $1" && continue ;;
    esac
    [ "$lead" -gt 0 ] || continue
    { [ "$pid" = "$lead" ] && [ "${20}" = "$since" ]; } ||
      { [ "$pid" != "$lead" ] && { [ "$3" = "$lead" ] || [ "$4" = "$lead" ]; } && [ "${20}" -ge "$since" ]; } || continue
    echo "$pid $1"
  done
}

# A program in place of a shell which has this mark only while it becomes that program.
ids() { living | { all=''; while read -r pid _; do all="$all $pid"; done; echo $all; }; }

send() {
  name=$1
  shift
  [ $# -gt 0 ] && $S kill -"$name" "$@" 2>/dev/null
  return 0
}

do_start() {
  IFS= read -r cwd && IFS= read -r file && IFS= read -r path || return 9
  [ -d "$cwd" ] || { echo "its working directory $cwd does not exist" && return 2; }
  case $file in
  */*)
    (cd "$cwd" && [ -e "$file" ]) || { echo 'no such file on the host' && return 2; }
    (cd "$cwd" && [ -f "$file" ] && [ -x "$file" ]) || { echo 'permission denied (is it executable?)' && return 2; }
    ;;
  *) (PATH=${path:-$PATH} && command -v "$file" >/dev/null) || { echo 'no such command on the PATH' && return 2; } ;;
  esac
  mkdir -p "$D/life-$1" && cat >"$D/life-$1/launch.sh" || return 1
  : >"$D/life-$1/stdout" && : >"$D/life-$1/stderr" || return 1
  echo "$1" >"$D/life.new" && mv "$D/life.new" "$D/life"
  setsid sh "$D/host.sh" run "$1" </dev/null >/dev/null 2>&1 &
  n=0
  while [ ! -s "$D/life-$1/pid" ]; do
    [ $((n += 1)) -gt 500 ] && echo 'it was not started within 5 s' && return 1
    sleep 0.01
  done
  cat "$D/life-$1/pid"
}

do_run() {
  trap : TERM INT HUP
  at=$D/life-$1
  echo "$$ $(ticks_of $$)" >"$at/parent"
  setsid sh "$at/launch.sh" </dev/null >>"$at/stdout" 2>>"$at/stderr" &
  pid=$!
  echo "$pid $(ticks_of $pid)" >"$at/pid.new" && mv "$at/pid.new" "$at/pid"
  while :; do
    wait $pid
    code=$?
    [ -d /proc/$pid ] || break
  done
  echo $code >"$at/exit.new" && mv "$at/exit.new" "$at/exit"
}

# Ends every process of the node; prints which. The program's end is written down before this returns.
do_end() {
  all='' n=0
  while :; do
    now=$(ids)
    [ -z "$now" ] && break
    for pid in $now; do case " $all " in *" $pid "*) ;; *) all="$all $pid" ;; esac done
    send KILL $now
    send CONT $now
    [ $((n += 1)) -gt 500 ] && echo "processes that survived SIGKILL: $now" && return 1
    sleep 0.01
  done
  rm -f "$D/paused"
  n=0
  while [ -r "$D/life" ] && read -r life <"$D/life" && [ ! -e "$D/life-$life/exit" ] && [ $((n += 1)) -lt 100 ]; do
    sleep 0.01
  done
  echo $all
}

do_ask() {
  now=$(ids)
  send "$1" $now
  send CONT $now
  rm -f "$D/paused"
  echo "$now"
}

# All processes stopped, or none. Prints "reached" and "pid state" of each.
do_freeze() {
  [ "$1" = STOP ] && : >"$D/paused"
  n=0
  while :; do
    send "$1" $(ids)
    sleep 0.005
    now=$(living) wrong=0
    for state in $(echo "$now" | while read -r _ state; do echo "$state"; done); do
      case $1$state in STOP[Tt] | CONT[!T]) ;; *) wrong=1 ;; esac
    done
    [ $wrong = 0 ] && [ -n "$now" ] && echo reached && break
    [ $((n += 1)) -gt 200 ] && echo missed && break
  done
  [ "$1" = CONT ] && rm -f "$D/paused"
  echo "$now"
}

# Is the process still there that is written down here?
lives() { read -r pid since <"$1" && [ "$(ticks_of "$pid")" = "$since" ]; }

state() {
  if [ -r "$D/life" ] && read -r life <"$D/life"; then
    at=$D/life-$life
    if [ -s "$at/exit" ] && read -r code <"$at/exit"; then
      echo "$life exit $code"
    elif [ -s "$at/pid" ] && ! lives "$at/pid" && ! lives "$at/parent"; then
      # Between the two questions its parent may have said how it ended.
      if [ -s "$at/exit" ] && read -r code <"$at/exit"; then echo "$life exit $code"; else echo "$life lost"; fi
    else
      echo "$life up"
    fi
  else
    echo none
  fi
}

do_state() { state; }

do_sizes() {
  for name in stdout stderr; do wc -c <"$D/life-$1/$name"; done
}

do_logs() {
  tail -c "+$2" -f "$D/life-$1/stdout" &
  one=$!
  tail -c "+$3" -f "$D/life-$1/stderr" >&2 &
  two=$!
  while read -r _; do :; done
  kill $one $two 2>/dev/null
}

# ------------------------------------------------------------------ signs of life
do_attend() {
  while read -r _; do
    read -r up _ </proc/uptime
    echo "${up%.*}" >"$D/beat"
    now=$(state)
    [ -e "$D/healed" ] && now="$now healed"
    echo "$now"
  done
}

do_watch() {
  trap '' HUP
  echo $$ >"$D/watcher"
  while sleep 1; do
    [ -d "$D" ] && [ ! -e "$D/stop" ] || exit 0
    read -r up _ </proc/uptime
    { read -r beat <"$D/beat"; } 2>/dev/null || continue
    [ -n "$beat" ] || continue
    if [ $((${up%.*} - beat)) -gt "$LIMIT" ] && [ ! -e "$D/healed" ]; then
      undo
      : >"$D/healed"
    fi
  done
}

# ------------------------------------------------------------------ faults
undo() {
  if [ -e "$D/paused" ]; then
    send CONT $(ids)
    rm -f "$D/paused"
  fi
  [ -e "$D/ruled" ] && flush_table
  unshape
  clock_base && do_settime 0
  [ -e "$D/clock" ] && do_fake 0
  return 0
}

do_prepare() {
  mkdir -p "$D/cwd" "$D/data"
  read -r up _ </proc/uptime
  echo "${up%.*}" >"$D/beat"
  setsid sh "$D/host.sh" watch </dev/null >/dev/null 2>&1 &
  [ "$1" = none ] || { restore && : >"$D/ruled"; }
}

# The rules on standard input take force, all of them at once.
restore() {
  if [ $FILTER = nft ]; then $S nft -f -; else $S iptables-restore -w 5 --noflush; fi
}

# Nothing is dropped any more; what was counted stays.
flush_table() {
  if [ $FILTER = nft ]; then
    $S nft flush table ip "$TABLE" 2>/dev/null
    return
  fi
  for chain in A L; do $S iptables -w 5 -F "$TABLE$chain" 2>/dev/null; done
}

drop_table() {
  if [ $FILTER = nft ]; then
    $S nft delete table ip "$TABLE" 2>/dev/null
    return
  fi
  $S iptables -w 5 -D INPUT -j "${TABLE}A" 2>/dev/null
  $S iptables -w 5 -D OUTPUT -j "${TABLE}L" 2>/dev/null
  chains=$($S iptables-save -t filter 2>/dev/null | sed -n "s/^:\\(${TABLE}[A-Za-z0-9]*\\) .*/\\1/p")
  for flag in -F -X; do
    for chain in $chains; do $S iptables -w 5 $flag "$chain" 2>/dev/null; done
  done
  return 0
}

# The table is made anew where it is gone: after a reboot.
do_rules() {
  restore || return 1
  rm -f "$D/healed"
}

do_counters() {
  if [ $FILTER = nft ]; then
    $S nft -j list counters table ip "$TABLE"
  else
    $S iptables-save -c -t filter | grep -F -- "-A $TABLE"
  fi
}

unshape() {
  [ -r "$D/devices" ] || return 0
  for device in $(cat "$D/devices"); do $S tc qdisc del dev "$device" root 2>/dev/null; done
  rm -f "$D/devices"
}

# Standard input: lines of `tc -batch`; the argument: devices they are about, with commas.
do_shape() {
  unshape
  [ "$1" = none ] && return 0
  echo "$1" | tr ',' ' ' >"$D/devices"
  $S tc -batch - || { unshape && return 1; }
}

# The device a packet to each address leaves by, and what queues on it.
do_routes() {
  while read -r ip; do
    line=$(ip -o route get "$ip" 2>/dev/null)
    device=${line##* dev }
    device=${device%% *}
    queue=$(tc qdisc show dev "$device" root 2>/dev/null | while read -r _ kind handle _; do echo "$kind $handle" && break; done)
    echo "$ip $device ${queue:-none 0:}"
  done
}

do_send() {
  if command -v bash >/dev/null; then
    bash -c "echo > /dev/udp/$1/9" 2>/dev/null || true
  else
    perl -MSocket -e 'socket(S,PF_INET,SOCK_DGRAM,0); send(S,"x",0,sockaddr_in(9,inet_aton($ARGV[0])))' "$1"
  fi
}

do_reset() {
  IFS= read -r filter
  # shellcheck disable=SC2086
  $S ss -K -H -n -t state established $filter | wc -l
}

uptime_ns() {
  read -r up _ </proc/uptime
  echo $((${up%.*}${up#*.} * 10000000))
}

# The true time and the uptime when the clock was first set. Those of an earlier boot say nothing: its clock is right.
clock_base() {
  [ -r "$D/clock-base" ] || return 1
  read -r real up0 boot <"$D/clock-base"
  [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && return 0
  rm -f "$D/clock-base"
  return 1
}

# Sets the clock of the machine so many ns from the true time, which is counted by the monotonic clock from the first call.
do_settime() {
  clock_base || { [ "$1" = 0 ] && return 0; } ||
    echo "$(date +%s%N) $(uptime_ns) $(cat /proc/sys/kernel/random/boot_id)" >"$D/clock-base"
  clock_base || return 1
  # Starting a program to set the clock takes time, by which it is late: what is read back tells how much.
  lag=0 n=0
  while [ $((n += 1)) -le 6 ]; do
    wanted=$((real + $(uptime_ns) - up0 + $1 + lag))
    $S date -s "@$((wanted / 1000000000)).$(printf %09d $((wanted % 1000000000)))" >/dev/null || return 1
    wrong=$(($(do_gettime) - $1))
    [ ${wrong#-} -le 15000000 ] && break
    lag=$((lag - wrong))
  done
  [ "$1" = 0 ] && rm -f "$D/clock-base"
  return 0
}

# How wrong the machine's clock is, ns.
do_gettime() {
  clock_base || { echo 0 && return 0; }
  echo $(($(date +%s%N) - real - $(uptime_ns) + up0))
}

# What libfaketime shows: a signed number of ns.
do_fake() {
  ns=$1 sign=+
  [ "$ns" -lt 0 ] && ns=$((-ns)) && sign=-
  echo "$sign$((ns / 1000000000)).$(printf %09d $((ns % 1000000000)))" >"$D/clock.new" && mv "$D/clock.new" "$D/clock"
}

# The offset in force, then every process that follows it, or does not. What Go compiles reads the clock without a library.
do_faked() {
  [ -r "$D/clock" ] && cat "$D/clock" || echo +0
  living | while read -r pid _; do
    if ! $S grep -q libfaketime "/proc/$pid/maps" 2>/dev/null; then
      echo "$pid deaf"
    elif $S grep -qaF 'Go buildinf:' "/proc/$pid/exe" 2>/dev/null; then
      echo "$pid go"
    else
      echo "$pid follows"
    fi
  done
}

# ------------------------------------------------------------------ files
# Standard input: "digest mode path" of files in the cache, copied to the working directory. Prints digests that lack.
do_place() {
  cache=$1
  mkdir -p "$cache" && [ -O "$cache" ] || { echo "$cache is somebody else's" && return 1; }
  chmod 700 "$cache"
  find "$cache" -type f -mtime +7 -delete 2>/dev/null
  while read -r digest mode path; do
    if [ -r "$cache/$digest" ]; then
      mkdir -p "$D/cwd/$(dirname "$path")" && cp "$cache/$digest" "$D/cwd/$path" && chmod "$mode" "$D/cwd/$path" || return 1
      touch "$cache/$digest"
    else
      echo "missing $digest"
    fi
  done
}

# A file that was copied into the cache under a name of its own gets that of its digest, if it is what it says.
do_settle() {
  IFS= read -r cache && IFS= read -r digest && IFS= read -r part || return 9
  set -- $(sha256sum "$cache/$part")
  [ "$1" = "$digest" ] || { rm -f "$cache/$part" && echo 'it did not arrive as it was sent' && return 1; }
  mv "$cache/$part" "$cache/$digest"
}

do_unpack() { (cd "$D/cwd" && tar -xf "$1" && rm -f "$1"); }

# Everything of this node goes: faults, processes, files. Safe to repeat.
do_remove() {
  : >"$D/stop"
  undo
  if ! do_end; then return 1; fi
  if [ -r "$D/watcher" ] && read -r pid <"$D/watcher" && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$D/host.sh watch"; then
    kill -KILL "-$pid" 2>/dev/null
  fi
  if [ -e "$D/ruled" ]; then drop_table; fi
  cd / && { rm -rf "$D" 2>/dev/null || $S rm -rf "$D"; }
  [ ! -e "$D" ] || { echo "$D could not be removed" && return 1; }
}

# ------------------------------------------------------------------ what a host can do
works() { "$@" >/dev/null 2>&1 </dev/null && echo yes; }
spaced() { $S unshare -n sh -c "$1" >/dev/null 2>&1 </dev/null && echo "has $2"; }

do_probe() {
  echo "user $(id -un)"
  power=none
  if [ "$(id -u)" = 0 ]; then power=root; elif [ "$1" != no ] && [ "$(works sudo -n true)" ]; then power=sudo S='sudo -n'; fi
  echo "power $power"
  echo "kernel $(uname -sr)"
  echo "boot $(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
  echo "network $(readlink /proc/self/ns/net 2>/dev/null)"
  echo "connection ${SSH_CONNECTION:-}"
  for name in setsid tar sha256sum ss nft tc ip date; do command -v $name >/dev/null 2>&1 && echo "has $name"; done
  { command -v bash || command -v perl; } >/dev/null 2>&1 && echo 'has datagrams'
  grep -z . /dev/null 2>/dev/null
  [ $? -lt 2 ] && echo 'has grep-z'
  ip -o -4 addr show 2>/dev/null | while read -r _ _ _ address _; do echo "address ${address%/*}"; done
  for file in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib64/faketime/libfaketimeMT.so.1 /usr/local/lib/faketime/libfaketimeMT.so.1; do
    [ -r "$file" ] && echo "faketime $file" && break
  done
  [ $power = none ] && return 0
  # Tried in a network of its own, which is gone with the command.
  spaced 'nft add table ip t && nft add chain ip t c "{ type filter hook input priority -300; }" && nft add rule ip t c numgen random mod 10 "<" 1 drop' filter
  spaced 'iptables -w 5 -N t && iptables -w 5 -A t -m statistic --mode random --probability 0.1 -j DROP && iptables-save -c -t filter && iptables-restore --help' iptables
  spaced 'tc qdisc add dev lo root handle fa01: htb default 0 && tc class add dev lo parent fa01: classid fa01:1 htb rate 1gbit && tc filter add dev lo parent fa01: protocol ip prio 1 u32 match ip dst 127.0.0.1/32 flowid fa01:1' rate
  spaced 'tc qdisc add dev lo root netem delay 1ms' netem
  $S nft list tables ip 2>/dev/null </dev/null | while read -r _ _ name; do case $name in faultline_*) echo "table $name" ;; esac done
  $S iptables-save -t filter 2>/dev/null </dev/null | sed -n 's/^:\(faultline_[0-9a-f]*\)A .*/table \1/p'
  return 0
}

# One after the other; each answer ends with a line of its own: "=<id> <status>".
do_serve() {
  while IFS=' ' read -r id verb argument lines; do
    n=0
    while [ "$n" -lt "$lines" ] && IFS= read -r line; do
      printf '%s\n' "$line"
      n=$((n + 1))
    done >"$D/input"
    ("do_$verb" "$argument" <"$D/input") 2>&1
    status=$?
    printf '\n=%s %s\n' "$id" "$status"
  done
}

verb=$1
shift
"do_$verb" "$@"
