// SPDX-License-Identifier: GPL-2.0-only
// http_client.js PORT ADDRESS FILE COUNT: uses http_server.js; prints what came, and COUNT
// requests over kept connections.
'use strict';
const { createHash } = require('crypto');
const fs = require('fs');
const http = require('http');
const net = require('net');

const [port, host, file, count] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 4, noDelay: true });
const hash = (data) => createHash('sha256').update(data).digest('hex');
const sockets = new Set();

function request(method, path, body) {
	return new Promise((resolve, reject) => {
		const options = { host, port, method, path, agent };
		const r = http.request(options, (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => resolve([response.statusCode, Buffer.concat(parts)]));
		});
		r.on('error', reject);
		r.on('socket', (s) => sockets.add(s));
		r.end(body);
	});
}

// A port at which nobody listens.
function refused() {
	return new Promise((resolve) => {
		net.connect(Number(port) + 1, host)
			.on('connect', () => resolve('connected'))
			.on('error', (error) => resolve(error.code));
	});
}

async function main() {
	const data = fs.readFileSync(file);
	for (const path of ['/data', '/chunks', '/none']) {
		const [status, body] = await request('GET', path);
		console.log(path, status, hash(body));
	}
	const [, digest] = await request('PUT', '/', data);
	console.log('put', digest.toString() === hash(data));
	const before = sockets.size;
	const all = [];
	for (let i = 0; i < Number(count); i++)
		all.push(request('GET', '/none'));
	console.log('kept', (await Promise.all(all)).length, sockets.size <= before + 4);
	console.log('cut', await request('GET', '/cut').catch((error) => error.code));
	console.log('refused', await refused());
	agent.destroy();
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
