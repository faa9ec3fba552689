// SPDX-License-Identifier: GPL-2.0-only
// http_server.js PORT ADDRESS FILE: GET /data sends FILE, GET /chunks the same in chunks of no
// known length, PUT / answers with the SHA-256 of what it is sent.
'use strict';
const { createHash } = require('crypto');
const fs = require('fs');
const http = require('http');

const [port, address, file] = process.argv.slice(2);
const data = fs.readFileSync(file);

const server = http.createServer((request, response) => {
	if (request.method === 'PUT') {
		const hash = createHash('sha256');
		request.on('data', (part) => hash.update(part));
		request.on('end', () => response.end(hash.digest('hex')));
	} else if (request.url === '/chunks') {
		fs.createReadStream(file, { highWaterMark: 10000 }).pipe(response);
	} else if (request.url === '/data') {
		response.setHeader('Content-Length', data.length);
		response.end(data);
	} else if (request.url === '/cut') {
		response.setHeader('Content-Length', data.length);
		response.write(data.subarray(0, 1000), () => response.socket.resetAndDestroy());
	} else {
		response.statusCode = 404;
		response.end('none');
	}
});
server.keepAliveTimeout = 600000;
server.listen(Number(port), address);
