/**
 * Where the command line writes: results on stdout, everything else on stderr. One object, so that commands
 * can be run by tests with captured output.
 */

/** One output stream, as much of it as renderers need. */
export interface Output {
  write(text: string): void;
  readonly columns: number;
  readonly isTTY: boolean;
}

/** The two streams of a command. */
export interface Io {
  out: Output;
  err: Output;
  /** Why output could not be written; null while it could. */
  lost(): Error | null;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** The streams of this process. */
export function processIo(): Io {
  let lost: Error | null = null;
  const note = (error: Error): void => {
    lost = error;
  };
  return {
    out: outputOf(process.stdout, note),
    err: outputOf(process.stderr, note),
    lost: () => lost,
    env: process.env,
    cwd: process.cwd(),
  };
}

function outputOf(stream: NodeJS.WriteStream, onLost: (error: Error) => void): Output {
  // Output that cannot be written (a closed pager, a full disk) ends our output, never the run: faults must be
  // undone and the history kept whoever reads along. Results that were lost make the command end as broken.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') onLost(error);
  });
  return {
    write: (text) => {
      stream.write(text);
    },
    get columns() {
      return stream.columns ?? 100;
    },
    get isTTY() {
      return stream.isTTY === true;
    },
  };
}

/** Text from elsewhere (a name in a file, say) as a terminal may show it: control characters are spelled out. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Writes one line. */
export function line(output: Output, text = ''): void {
  output.write(`${text}\n`);
}

/** Writes a value as indented JSON. */
export function json(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}
