/**
 * Who keeps what: nodes on a hash ring, a key belongs to the first nodes after its place (its home), and the
 * ones after them stand in when one of those is away.
 */

/** All nodes in the order in which they serve this key: its home first, then those that stand in. */
export function preferenceList(key: string, nodes: readonly string[]): string[] {
  const ring = nodes.map((node) => [hash(node), node] as const).sort((a, b) => a[0] - b[0]);
  const place = hash(key);
  const start = Math.max(
    0,
    ring.findIndex(([position]) => position >= place),
  );
  return ring.map((_, i) => ring[(start + i) % ring.length]![1]);
}

/** FNV-1a over UTF-16 units, finished so that neighbours are far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}
