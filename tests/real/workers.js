// SPDX-License-Identifier: MIT
// Worker threads over shared memory, child processes, a cluster of HTTP servers, files, signals.
'use strict';
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
const { spawn, spawnSync, execFileSync, fork } = require('child_process');
const cluster = require('cluster');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const zlib = require('zlib');
const { promisify } = require('util');

const ROUNDS = 2000;

// A lock as futexes make it: 0 free, 1 taken, 2 somebody waits.
function add(memory) {
  for (let i = 0; i < ROUNDS; i++) {
    let was = Atomics.compareExchange(memory, 0, 0, 1);
    while (was !== 0) {
      if (was === 2 || Atomics.compareExchange(memory, 0, 1, 2) !== 0) Atomics.wait(memory, 0, 2);
      was = Atomics.compareExchange(memory, 0, 0, 2);
    }
    memory[1] = memory[1] + 1;
    if (Atomics.sub(memory, 0, 1) !== 1) {
      Atomics.store(memory, 0, 0);
      Atomics.notify(memory, 0, 1);
    }
  }
}

async function workers() {
  const memory = new Int32Array(new SharedArrayBuffer(8));
  const results = await Promise.all([0, 1, 2, 3].map((n) => new Promise((done, failed) => {
    const worker = new Worker(__filename, { workerData: { memory, n } });
    worker.on('message', done).on('error', failed);
  })));
  console.log('workers', results, memory[0], memory[1]);
  const stuck = new Worker('while (true);', { eval: true });
  await new Promise((done) => stuck.on('online', done));
  console.log('terminated', await stuck.terminate());
}

async function children() {
  console.log(execFileSync('cat', { input: 'through cat' }).toString());
  console.log(spawnSync('sh', ['-c', 'echo out; echo err >&2; exit 4'], { encoding: 'utf8' }).status);
  const sleeper = spawn('sleep', ['1000']);
  sleeper.kill('SIGTERM');
  console.log(await new Promise((done) => sleeper.on('exit', (code, name) => done([code, name]))));
  const child = fork(__filename, ['child']);
  child.send({ number: 20 });
  console.log(await new Promise((done) => child.on('message', done)));
  console.log(await new Promise((done) => child.on('exit', done)));
  const many = [...Array(10).keys()].map((n) => new Promise(
    (done) => spawn('sh', ['-c', `exit ${n}`]).on('exit', done)));
  console.log(await Promise.all(many));
}

const get = (port, agent) => new Promise((done, failed) => {
  http.get({ port, agent, host: '127.0.0.1' }, (response) => {
    let text = '';
    response.on('data', (piece) => { text += piece; }).on('end', () => done(text));
  }).on('error', failed);
});

async function servers() {
  cluster.setupPrimary({ exec: __filename, args: ['server'] });
  const both = [cluster.fork(), cluster.fork()];
  const [port] = await Promise.all(both.map((worker) => new Promise(
    (done) => worker.on('listening', (address) => done(address.port)))));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
  const texts = await Promise.all([...Array(200)].map(() => get(port, agent)));
  console.log('http', texts.length, new Set(texts).size, texts[0].length);
  agent.destroy();
  both[0].kill('SIGTERM');
  both[1].process.kill('SIGKILL');
  console.log(await Promise.all(both.map((worker) => new Promise(
    (done) => worker.on('exit', (code, name) => done(name))))));
}

async function pool() {
  const hash = promisify(crypto.pbkdf2);
  const hashes = await Promise.all([...Array(8).keys()].map((n) => hash('key', `salt ${n}`, 2000, 16, 'sha256')));
  console.log(crypto.createHash('sha256').update(Buffer.concat(hashes)).digest('hex'));
  const big = Buffer.alloc(1 << 20, 'some text ');
  const packed = await promisify(zlib.gzip)(big);
  console.log((await promisify(zlib.gunzip)(packed)).equals(big));
  await Promise.all([...Array(50).keys()].map((n) => fs.promises.writeFile(`file-${n}`, `${n}`)));
  console.log((await fs.promises.readdir('.')).filter((name) => name.startsWith('file-')).length);
  const heard = new Promise((done) => process.once('SIGUSR2', done));
  process.kill(process.pid, 'SIGUSR2');
  console.log(await heard);
  let garbage = [];
  for (let i = 0; i < 300000; i++) {
    garbage.push({ i, text: `${i}` });
    if (garbage.length > 10000) garbage = [];
  }
  console.log('garbage', garbage.length);
}

async function main() {
  await workers();
  await children();
  await servers();
  await pool();
}

if (!isMainThread) {
  add(workerData.memory);
  parentPort.postMessage(workerData.n);
} else if (process.argv[2] === 'child') {
  process.once('message', ({ number }) => {
    process.send({ twice: number * 2 });
    process.disconnect();
    process.exitCode = 9;
  });
} else if (process.argv[2] === 'server') {
  http.createServer((request, response) => response.end('x'.repeat(5000))).listen(0, '127.0.0.1');
} else {
  main();
}
