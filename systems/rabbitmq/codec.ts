/**
 * AMQP 0-9-1 as bytes: frames, and the fields of methods in them. Numbers are big-endian.
 */

/** What a frame holds. */
export const FRAME = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;

/** Methods by class and number: those a client of queues meets. */
export const METHOD = {
  connectionStart: 10_0010,
  connectionStartOk: 10_0011,
  connectionTune: 10_0030,
  connectionTuneOk: 10_0031,
  connectionOpen: 10_0040,
  connectionOpenOk: 10_0041,
  connectionClose: 10_0050,
  connectionCloseOk: 10_0051,
  channelOpen: 20_0010,
  channelOpenOk: 20_0011,
  channelClose: 20_0040,
  channelCloseOk: 20_0041,
  queueDeclare: 50_0010,
  queueDeclareOk: 50_0011,
  basicPublish: 60_0040,
  basicReturn: 60_0050,
  basicGet: 60_0070,
  basicGetOk: 60_0071,
  basicGetEmpty: 60_0072,
  basicAck: 60_0080,
  basicNack: 60_0120,
  confirmSelect: 85_0010,
  confirmSelectOk: 85_0011,
} as const;

/** One frame. */
export interface Frame {
  type: number;
  channel: number;
  payload: Buffer;
}

/** What a client says first. */
export const PROTOCOL = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

const FRAME_END = 0xce;
const BASIC = 60;
/** The one property of messages that is used: delivery mode 2, on disk. */
const HAS_DELIVERY_MODE = 0x1000;
const PERSISTENT = 2;

/** Writes the fields of a method, one after the other. */
export class Fields {
  readonly #parts: Buffer[] = [];

  /** The fields of this method. */
  static of(method: number): Fields {
    return new Fields().short(Math.floor(method / 10_000)).short(method % 10_000);
  }

  octet(value: number): this {
    return this.#add(1, (part) => part.writeUInt8(value));
  }

  short(value: number): this {
    return this.#add(2, (part) => part.writeUInt16BE(value));
  }

  long(value: number): this {
    return this.#add(4, (part) => part.writeUInt32BE(value));
  }

  longlong(value: bigint): this {
    return this.#add(8, (part) => part.writeBigUInt64BE(value));
  }

  /** A text of at most 255 bytes. */
  word(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    this.octet(bytes.length);
    return this.bytes(bytes);
  }

  text(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    this.long(bytes.length);
    return this.bytes(bytes);
  }

  /** A table of texts. */
  table(values: Readonly<Record<string, string>>): this {
    const inner = new Fields();
    for (const [name, value] of Object.entries(values)) inner.word(name).octet(0x53).text(value);
    const bytes = inner.payload();
    this.long(bytes.length);
    return this.bytes(bytes);
  }

  bytes(value: Buffer): this {
    this.#parts.push(value);
    return this;
  }

  payload(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(size: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(size);
    write(part);
    return this.bytes(part);
  }
}

/** Reads the fields of a method. Every method throws RangeError where they end too early. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  octet(): number {
    return this.#bytes.readUInt8(this.#move(1));
  }

  short(): number {
    return this.#bytes.readUInt16BE(this.#move(2));
  }

  long(): number {
    return this.#bytes.readUInt32BE(this.#move(4));
  }

  longlong(): bigint {
    return this.#bytes.readBigUInt64BE(this.#move(8));
  }

  word(): string {
    const size = this.octet();
    const from = this.#move(size);
    if (this.#at > this.#bytes.length) throw new RangeError('a text ends too early');
    return this.#bytes.toString('utf8', from, this.#at);
  }

  /** Class and number of the method. */
  method(): number {
    return this.short() * 10_000 + this.short();
  }

  #move(size: number): number {
    this.#at += size;
    return this.#at - size;
  }
}

/** A frame as the wire has it. */
export function encodeFrame({ type, channel, payload }: Frame): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([FRAME_END])]);
}

/** The frames that follow a method with content: how long it is and that it goes to disk, then itself. */
export function contentFrames(channel: number, content: Buffer): Buffer {
  const header = new Fields().short(BASIC).short(0).longlong(BigInt(content.length));
  const payload = header.short(HAS_DELIVERY_MODE).octet(PERSISTENT).payload();
  return Buffer.concat([
    encodeFrame({ type: FRAME.header, channel, payload }),
    encodeFrame({ type: FRAME.body, channel, payload: content }),
  ]);
}

/** Bytes of the content a header announces. */
export function contentLength(header: Buffer): number {
  return Number(header.readBigUInt64BE(4));
}

/** Cuts a stream of bytes into frames. */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. Throws RangeError on bytes that are none. */
  add(bytes: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (this.#rest.length >= 8) {
      const end = 7 + this.#rest.readUInt32BE(3);
      if (this.#rest.length <= end) break;
      if (this.#rest[end] !== FRAME_END) throw new RangeError('a frame does not end where it says');
      const type = this.#rest.readUInt8(0);
      frames.push({ type, channel: this.#rest.readUInt16BE(1), payload: this.#rest.subarray(7, end) });
      this.#rest = this.#rest.subarray(end + 1);
    }
    return frames;
  }
}
