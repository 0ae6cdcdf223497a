/**
 * Hardware addresses of ports: the switch finds the port of a frame in the address itself, so that it has nothing to
 * learn and nothing to forget. Its source has the same.
 */

/** The address behind a port of one network; the last two bytes are the number of the port and one. */
export function macOf(network: number, port: number): string {
  const bytes = [0x02, 0x66, 0x6c, network & 0xff, (port + 1) >> 8, (port + 1) & 0xff];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
