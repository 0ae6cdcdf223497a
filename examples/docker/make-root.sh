#!/bin/sh
# Packs this machine's Python, the libraries it needs and the stores of the neighbouring example into root.tar: what
# an image without a registry is made of. With one, the first line of the Dockerfile would be FROM python:3-slim.
set -eu
cd "$(dirname "$0")"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

put() {
  mkdir -p "$root$(dirname "$1")"
  cp -aL "$1" "$root$1"
}

python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
put "$python"
mkdir -p "$root/usr/bin"
[ -e "$root/usr/bin/python3" ] || ln -s "$python" "$root/usr/bin/python3"
put "$library"
rm -rf "$root$library/test" "$root$library/dist-packages" "$root$library/site-packages" "$root$library/config-"*
find "$root$library" -name __pycache__ -prune -exec rm -rf {} +
# The program, and the modules that are libraries themselves, name what they need.
for module in "$python" "$library"/lib-dynload/*.so; do ldd "$module" 2>/dev/null || true; done |
  grep -o '/[^ ]* (0x' | cut -d' ' -f1 | sort -u |
  while read -r needed; do [ -e "$root$needed" ] || put "$needed"; done
mkdir "$root/tmp" "$root/store"
cp ../python-primary-backup/*.py "$root/store"
tar -C "$root" -cf root.tar .
