// Serves web/dist under /static/ and web/kitchen/ as pages, with the content policy of the real
// server: enough to try the parts of the pages without the program. Run alone, it stays up: node
// e2e/still.mjs 8090
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { top } from './lib.mjs';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
  + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript',
  '.svg': 'image/svg+xml', '.pmtiles': 'application/octet-stream', '.md': 'text/plain; charset=utf-8',
};

async function file(request, response, path) {
  const { size } = await stat(path);
  const head = { 'content-type': TYPES[extname(path)] || 'application/octet-stream', 'accept-ranges': 'bytes' };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range || '');
  if (!range) {
    response.writeHead(200, { ...head, 'content-length': size, 'content-security-policy': POLICY });
    createReadStream(path).pipe(response);
    return;
  }
  const start = Number(range[1]);
  const end = Math.min(size - 1, range[2] === '' ? size - 1 : Number(range[2]));
  if (start > end) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  response.writeHead(206, { ...head, 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 });
  createReadStream(path, { start, end }).pipe(response);
}

/** `posts` keeps the forms that were sent, each answered with the page `after.post`; `change()`
 * sends one event on the live stream. */
export async function still(port = 0) {
  const streams = new Set();
  const posts = [];
  const after = { post: '/resident.html' };
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://still');
    if (request.method === 'POST') {
      const parts = [];
      for await (const part of request) parts.push(part);
      posts.push({ path: pathname, body: Buffer.concat(parts) });
      response.writeHead(303, { location: after.post }).end();
      return;
    }
    if (pathname === '/desk/live') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': here\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    const inside = normalize(pathname).replace(/^(\.\.\/)+/, '');
    const built = inside === '/map.pmtiles' ? '/static/map/base.pmtiles' : inside;
    const path = built.startsWith('/static/')
      ? join(top, 'web/dist', built.slice('/static/'.length))
      : join(top, 'web/kitchen', built);
    await file(request, response, path);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(404);
      response.end();
    });
  });
  await new Promise((done) => { server.listen(port, '127.0.0.1', done); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    posts,
    after,
    watching: () => streams.size,
    change: () => streams.forEach((one) => one.write('event: change\ndata: {}\n\n')),
    stop: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}

if (process.argv[1] && process.argv[1].endsWith('still.mjs')) {
  const { url } = await still(Number(process.argv[2] || 8090));
  console.log(`${url}/resident.html ${url}/desk.html`);
  await readFile(join(top, 'web/dist/app.css'));
}
