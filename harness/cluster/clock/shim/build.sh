#!/usr/bin/env bash
# Compiles shim.c to a flat blob: build.sh OUTPUT.bin. Run `build.sh` without an argument to rewrite
# ../shim-x64.ts, which holds the blob in base64; needed only after a change here. Wants cc and objcopy (x86-64).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -O2 -std=c11 -Wall -Wextra -ffreestanding -fPIE -mgeneral-regs-only -fno-stack-protector \
  -fcf-protection=none -fno-asynchronous-unwind-tables -fno-jump-tables -fno-align-functions -fno-align-loops -fno-align-jumps -fno-reorder-blocks-and-partition -nostdlib -static -no-pie \
  -Wl,--build-id=none -Wl,-T,"$here/shim.ld" -Wl,-e,shim_clock_gettime -o "$work/shim.elf" "$here/shim.c"
objcopy -O binary -j .blob "$work/shim.elf" "$work/shim.bin"
if [ $# -gt 0 ]; then
  cp "$work/shim.bin" "$1"
  exit
fi
{
  echo '/**'
  echo ' * Machine code of the clock shim for Linux x86-64, generated from shim/shim.c by shim/build.sh. Do not edit: a test'
  echo ' * compiles the source again where a compiler is at hand and compares.'
  echo ' */'
  echo
  echo '/** The blob in base64; it starts with its control block. */'
  echo 'export const SHIM_X64_BASE64 ='
  base64 -w0 "$work/shim.bin" | fold -w100 | sed "s/.*/  '&' +/" | sed '$ s/ +$/;/'
} >"$here/../shim-x64.ts"
