/**
 * `faultline serve`: the runs of one store over HTTP, for this machine alone. Reads, never writes; whatever a run left
 * in its folder is sent as something a browser does not run, except reports, which bring a policy of their own.
 */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { isRunning } from '../../harness/store/event-log.ts';
import { RUN_FILES } from '../../harness/store/files.ts';
import { every } from '../../harness/time.ts';
import { htmlReport } from '../html/build.ts';
import { loadReportModel } from '../load.ts';
import { admit } from './guard.ts';
import { listPage, listSections } from './list-page.ts';
import { livePage } from './live-page.ts';
import type { ServedPage } from './page.ts';
import { RunList } from './run-list.ts';
import { storedFile } from './stored-file.ts';
import { follow } from './tail.ts';

/** How often the list is compared while somebody looks at it. */
const LIST_MS = 1000;

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** Of stored reports, which allow themselves less: no network, no frames, whatever is in them. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** A server of the store below `workingDirectory`; not listening yet. `token` null: none is asked for. */
export function reportServer(workingDirectory: string, token: string | null): Server {
  const list = new RunList(workingDirectory);
  const server = createServer((request, response) => {
    answer(list, token, request, response).catch((error: Error) => {
      if (!response.headersSent) refuse(response, 500, `this could not be read: ${error.message}`);
      else response.destroy();
    });
  });
  // Streams of events last as long as somebody looks; closing the server must not wait for them.
  server.on('close', () => server.closeAllConnections());
  return server;
}

async function answer(
  list: RunList,
  token: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const admission = admit(request, url, token);
  if (admission.kind === 'refused') return refuse(response, admission.status, admission.why);
  if (admission.kind === 'redirect') {
    response.writeHead(303, {
      ...HEADERS,
      location: admission.location,
      'set-cookie': admission.cookie,
    });
    response.end();
    return;
  }
  const parts = partsOf(url.pathname);
  if (parts === null) return refuse(response, 400, 'this path cannot be read');
  const [first, ...rest] = parts;
  const id = rest.slice(0, 2).join('/');
  if (first === undefined) return sendPage(response, listPage(list.runs(), list.nights()));
  if (first === 'rows' && rest.length === 0) {
    return send(
      response,
      'text/html; charset=utf-8',
      FILE_POLICY,
      listSections(list.runs(), list.nights()).text,
    );
  }
  if (first === 'runs.json' && rest.length === 0) {
    return send(response, 'application/json; charset=utf-8', FILE_POLICY, JSON.stringify(list.runs()));
  }
  if (first === 'changes' && rest.length === 0) return streamChanges(list, request, response);
  if (first === 'live' && rest.length <= 3) {
    const folder = list.folder(id);
    if (folder === null) return refuse(response, 404, `there is no run ${id} in this store`);
    if (rest.length === 2) return sendPage(response, livePage(id));
    if (rest[2] === 'events') return streamEvents(folder, request, response);
  }
  if (first === 'store') return sendStored(list, rest, response);
  refuse(response, 404, 'there is nothing here; runs are at /');
}

function partsOf(path: string): string[] | null {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
}

async function sendStored(list: RunList, parts: readonly string[], response: ServerResponse): Promise<void> {
  const file = storedFile(list.root, parts);
  if (file !== null) {
    const policy = basename(file.path) === RUN_FILES.report ? REPORT_POLICY : FILE_POLICY;
    response.writeHead(200, {
      ...HEADERS,
      'content-type': file.type,
      'content-length': file.bytes,
      'content-security-policy': policy,
    });
    // The length was promised: a file that grows meanwhile is sent as long as it was.
    const end = Math.max(0, file.bytes - 1);
    if (file.bytes === 0) response.end();
    else pipeline(createReadStream(file.path, { end }), response, () => undefined);
    return;
  }
  const folder = parts.length === 3 ? list.folder(parts.slice(0, 2).join('/')) : null;
  if (folder === null || parts[2] !== RUN_FILES.report) {
    return refuse(response, 404, 'there is no such file in this store');
  }
  // A run that was killed has no report: what is there of it is shown all the same.
  const model = await loadReportModel(folder);
  response.writeHead(200, {
    ...HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': REPORT_POLICY,
  });
  for (const piece of htmlReport(model)) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

/** Says whenever a run begins, ends or goes away. */
function streamChanges(list: RunList, request: IncomingMessage, response: ServerResponse): void {
  const state = (): string =>
    JSON.stringify([
      list.runs().map(({ id, standing, hasReport }) => [id, standing, hasReport]),
      list.nights().map(({ id, standing }) => [id, standing]),
    ]);
  let known = state();
  openStream(response);
  const timer = every(LIST_MS, () => {
    const now = state();
    if (now !== known) response.write('event: changed\ndata: {}\n\n');
    known = now;
  });
  request.on('close', () => timer.cancel());
}

/** Every event of a run from its beginning; then that it is over, or that who made it is gone. */
function streamEvents(folder: string, request: IncomingMessage, response: ServerResponse): void {
  openStream(response);
  let ended = false;
  const end = (how: 'over' | 'gone'): void => {
    following.stop();
    response.end(`event: ${how}\ndata: {}\n\n`);
  };
  let first = true;
  let looks = 0;
  const following = follow(
    `${folder}/${RUN_FILES.events}`,
    (line) => {
      if (!first) response.write(`data: ${line}\n\n`);
      first = false;
      ended ||= line.startsWith('{"kind":"ended"');
    },
    () => {
      // The first look happens before `following` is there to be stopped.
      if (looks++ === 0) return;
      if (ended) end('over');
      else if (looks % 8 === 0 && !isRunning(folder)) end('gone');
    },
  );
  request.on('close', () => following.stop());
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, {
    ...HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    'content-security-policy': FILE_POLICY,
  });
  response.write(': connected\n\n');
}

function sendPage(response: ServerResponse, { text, policy }: ServedPage): void {
  send(response, 'text/html; charset=utf-8', policy, text);
}

function send(response: ServerResponse, type: string, policy: string, text: string): void {
  const body = Buffer.from(text, 'utf8');
  response.writeHead(200, {
    ...HEADERS,
    'content-type': type,
    'content-length': body.length,
    'content-security-policy': policy,
  });
  response.end(body);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  const body = Buffer.from(`${why}\n`, 'utf8');
  response.writeHead(status, {
    ...HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    'content-security-policy': FILE_POLICY,
  });
  response.end(body);
}
