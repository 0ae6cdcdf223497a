/**
 * Packets of MySQL's protocol: three bytes of length, one that counts, then little-endian numbers and texts behind
 * their lengths.
 */

/** Protocol 4.1, a database, transactions, counts of rows found rather than changed, log in by plug-in. */
const CAPABILITIES = 0x0002 | 0x0008 | 0x0200 | 0x2000 | 0x8000 | 0x0008_0000;
const UTF8MB4 = 45;
const MOST_BYTES = 0x0100_0000;
const NULL = 0xfb;
const END = 0xfe;

/** A packet as the wire has it. */
export function packet(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence & 0xff;
  return Buffer.concat([head, body]);
}

/** What a client answers the greeting of a server that knows it without a password. */
export function handshakeResponse(user: string, database: string): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(CAPABILITIES, 0);
  head.writeUInt32LE(MOST_BYTES, 4);
  head[8] = UTF8MB4;
  return Buffer.concat([head, Buffer.from(`${user}\0\0${database}\0mysql_native_password\0`, 'utf8')]);
}

/** Cuts a stream of bytes into packets. */
export class PacketCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** The packets that are complete now. */
  add(bytes: Buffer): { sequence: number; body: Buffer }[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const packets: { sequence: number; body: Buffer }[] = [];
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readUIntLE(0, 3);
      if (this.#rest.length < end) break;
      packets.push({ sequence: this.#rest[3]!, body: this.#rest.subarray(4, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }
}

/** Reads one packet from its beginning. Every method throws RangeError where the packet ends too early. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The byte that says what it is. */
  get first(): number | undefined {
    return this.#bytes[0];
  }

  /** The mark behind columns and behind rows; a row may begin with the same byte, and is longer then. */
  get isEnd(): boolean {
    return this.first === END && this.#bytes.length < 9;
  }

  skip(bytes: number): this {
    this.#at += bytes;
    return this;
  }

  short(): number {
    this.#at += 2;
    return this.#bytes.readUInt16LE(this.#at - 2);
  }

  /** A number behind its size. */
  length(): number {
    const first = this.#bytes.readUInt8(this.#at++);
    const size = { 252: 2, 253: 3 }[first];
    if (size !== undefined) {
      this.#at += size;
      return this.#bytes.readUIntLE(this.#at - size, size);
    }
    if (first !== END) return first;
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64LE(this.#at - 8));
  }

  /** All texts up to the end: a row. */
  texts(): (string | null)[] {
    const texts: (string | null)[] = [];
    while (this.#at < this.#bytes.length) {
      if (this.#bytes[this.#at] === NULL) {
        this.#at++;
        texts.push(null);
      } else {
        const size = this.length();
        this.#at += size;
        if (this.#at > this.#bytes.length) throw new RangeError('a row ends inside of a text');
        texts.push(this.#bytes.toString('utf8', this.#at - size, this.#at));
      }
    }
    return texts;
  }

  rest(): string {
    return this.#bytes.toString('utf8', this.#at);
  }
}
