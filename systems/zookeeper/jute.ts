/**
 * Jute, ZooKeeper's encoding: big-endian numbers, texts and buffers behind their length, vectors behind their count.
 */

/** Writes one record. */
export class JuteWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    this.#parts.push(part);
    return this;
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    this.#parts.push(part);
    return this;
  }

  bool(value: boolean): this {
    this.#parts.push(Buffer.from([value ? 1 : 0]));
    return this;
  }

  buffer(value: Buffer): this {
    this.int(value.length);
    this.#parts.push(value);
    return this;
  }

  text(value: string): this {
    return this.buffer(Buffer.from(value, 'utf8'));
  }

  /** The record behind its length, as the wire has it. */
  frame(): Buffer {
    const body = Buffer.concat(this.#parts);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    return Buffer.concat([length, body]);
  }
}

/** Reads one record from its beginning. Every method throws RangeError where the record ends too early. */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#move(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#move(8));
  }

  buffer(): Buffer {
    const length = this.int();
    // -1 stands for none.
    if (length <= 0) return Buffer.alloc(0);
    const from = this.#move(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    return this.buffer().toString('utf8');
  }

  texts(): string[] {
    const count = Math.max(0, this.int());
    return Array.from({ length: count }, () => this.text());
  }

  #move(size: number): number {
    const from = this.#at;
    if (from + size > this.#bytes.length) {
      throw new RangeError(`a record of ${this.#bytes.length} bytes ends before byte ${from + size}`);
    }
    this.#at += size;
    return from;
  }
}

/** Cuts a stream of bytes into records. */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** The records that are complete now. */
  add(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0);
      if (this.#rest.length < 4 + length) break;
      frames.push(this.#rest.subarray(4, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
    return frames;
  }
}
