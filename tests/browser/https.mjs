// A trust at an https address and Bluesky's own server at another, all of it on this machine: nginx with the file of deploy/
// in front of the trust, certificates of a throw-away authority, and names that lead here for these processes alone. Nothing
// else of the machine learns of the names or the authority, and nothing is asked of the outside.
import { execFileSync, spawn } from 'node:child_process'
import { X509Certificate, createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startDemo, startProgram, until } from './harness.mjs'

/** Two owners: a browser tells apart what comes from the same one and what comes from another. */
const names = { trust: 'posts.example.org', server: 'pds.example.net' }
const counterpart = fileURLToPath(new URL('../counterparts/atproto-pds', import.meta.url))

/**
 * Starts all of it, with the trust of the demo. Answers with what a walk needs: the trust, as `startDemo` gives it, Bluesky's
 * server, the flags of a browser to whom both are real, and every request that came through nginx.
 *
 * - `tokenSeconds`: how long Bluesky's access tokens are good for.
 */
export async function startWorld({ tokenSeconds }) {
  const folder = mkdtempSync(join(tmpdir(), 'cleansheet-https-'))
  chmodSync(folder, 0o711) // nginx's workers may be another user
  const ends = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => { while (ends.length) await ends.pop()() }
  try {
    certificates(folder)
    const ports = { trust: await freePort(), server: await freePort(), plain: await freePort(), front: await freePort() }
    ends.push(await startFront(folder, ports))
    const tunnel = await startTunnel(ports.front)
    ends.push(tunnel.stop)
    const bluesky = startBluesky(folder, ports, tokenSeconds)
    ends.push(bluesky.stop)
    const trust = await startTrust(folder, ports, { tunnel, bluesky })
    ends.push(trust.stop)
    const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')
    return { trust, bluesky, browser: flags(folder, ports), asked, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** An authority, and one certificate of it for both names. */
function certificates(folder) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  openssl('req', '-x509', ...key, '-days', '2', '-keyout', 'authority.key', '-out', 'authority.pem', '-subj', '/CN=Throw-away authority')
  openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', `/CN=${names.trust}`)
  writeFileSync(join(folder, 'names'), `basicConstraints=CA:FALSE\nsubjectAltName=${Object.values(names).map((name) => `DNS:${name}`).join(',')}\n`)
  openssl('x509', '-req', '-in', 'request.pem', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'cert.pem')
}

/** The file of deploy/ with other ports and paths; every change has to find something. */
function trustSite(folder, ports) {
  const changes = [
    [/^ +listen \[::\].*\n/gm, ''], [/listen 80;/, `listen 127.0.0.1:${ports.plain};`], [/listen 443 ssl/g, `listen 127.0.0.1:${ports.front} ssl`],
    [/127\.0\.0\.1:8080/, `127.0.0.1:${ports.trust}`], [/access_log off;/, `access_log ${folder}/asked asked;`],
    [/\/etc\/letsencrypt\/live\/[^/]+\/fullchain\.pem/, `${folder}/cert.pem`], [/\/etc\/letsencrypt\/live\/[^/]+\/privkey\.pem/, `${folder}/key.pem`],
  ]
  let text = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8')
  for (const [old, now] of changes) {
    if (text.search(old) < 0) throw new Error(`nginx.conf has no ${old}`)
    text = text.replace(old, now)
  }
  return text
}

/** nginx in front of both. */
async function startFront(folder, ports) {
  const parts = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;
events { worker_connections 128; }
http {
  ${parts}
  log_format asked '$host $request_method $uri $status';
${trustSite(folder, ports)}
  server {
    listen 127.0.0.1:${ports.front} ssl http2;
    server_name ${names.server};
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    access_log ${folder}/asked asked;
    client_max_body_size 10m;
    location / {
      proxy_pass http://127.0.0.1:${ports.server};
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
`)
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } })
  let said = ''
  child.on('error', (error) => { said += error.message })
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text })
  await until('nginx listens', () => {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`nginx did not start: ${said}`)
    return reached(ports.front)
  }, 10)
  return () => ended(child)
}

const reached = (port) => new Promise((answer) => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); answer(true) }).on('error', () => answer(false))
})

const ended = (child) => new Promise((done) => {
  if (child.exitCode !== null || child.signalCode !== null) return done()
  child.once('exit', done)
  child.kill('SIGTERM')
})

/** What a proxy of a trust's own network is: the program has its names looked up here, and both lead to nginx. */
async function startTunnel(front) {
  const tunnel = createServer((_, answer) => answer.writeHead(403).end())
  const open = new Set()
  tunnel.on('connect', (request, near, head) => {
    if (!Object.values(names).some((name) => request.url === `${name}:443`)) return near.end('HTTP/1.1 403 Not here\r\n\r\n')
    const far = connect(front, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Go on\r\n\r\n')
      far.write(head)
      far.pipe(near).pipe(far)
    })
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one)
      one.on('error', () => other.destroy()).on('close', () => { open.delete(one); other.destroy() })
    }
  })
  const port = await freePort()
  await new Promise((listening) => tunnel.listen(port, '127.0.0.1', listening))
  const stop = () => new Promise((stopped) => { tunnel.close(stopped); open.forEach((socket) => socket.destroy()) })
  return { port, stop }
}

/** Bluesky's own server at its https address, with the account of the trust. */
function startBluesky(folder, ports, tokenSeconds) {
  const home = join(folder, 'bluesky')
  const env = { ...process.env, ATPROTO_NAME: names.server, ATPROTO_PORT: String(ports.server), ATPROTO_FRONT: String(ports.front),
    ATPROTO_TOKEN_SECONDS: String(tokenSeconds), NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }
  const said = execFileSync(counterpart, ['start', home], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const value = (name) => said.match(new RegExp(`^CLEANSHEET_TEST_${name}=(.*)$`, 'm'))[1]
  const [address, plc, handle, password, did] = ['PDS', 'PLC', 'PDS_HANDLE', 'PDS_PASSWORD', 'PDS_DID'].map(value)
  const query = 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=20).execute(sys.argv[2]).fetchone()[0])'
  return {
    address, plc, handle, password, did,
    stop: () => execFileSync(counterpart, ['stop', home]),
    /** A call that anybody may make, past nginx. */
    xrpc: async (call) => (await fetch(`http://127.0.0.1:${ports.server}/xrpc/${call}`)).json(),
    /** The one answer of a query on its own records of accounts. */
    records: (text) => execFileSync('python3', ['-c', query, join(home, 'data/account.sqlite'), text], { encoding: 'utf8' }).trim(),
  }
}

/** The trust of the demo, whose links go on working, served at its https address. */
async function startTrust(folder, ports, { tunnel, bluesky }) {
  const demo = await startDemo()
  const address = `https://${names.trust}`
  try {
    await demo.program.stop()
    const env = { HTTPS_PROXY: `http://127.0.0.1:${tunnel.port}`, NO_PROXY: 'localhost,127.0.0.1', SSL_CERT_FILE: join(folder, 'authority.pem'),
      CLEANSHEET_BLUESKY_DIRECTORY: bluesky.plc, CLEANSHEET_BLUESKY_RESOLVER: bluesky.address }
    const args = ['serve', '--data', demo.data, '--listen', `127.0.0.1:${ports.trust}`, '--public-url', address]
    const program = await startProgram(args, { env, says: address, answers: `http://127.0.0.1:${ports.trust}/healthz` })
    return { ...demo, address, program, said: program.said, link: (who) => demo.link(who).replace(demo.address, address),
      stop: () => program.stop().then(demo.stop) }
  } catch (error) {
    await demo.stop()
    throw error
  }
}

/** Every name leads to nginx, and its one certificate is believed; all others are refused as always. */
function flags(folder, ports) {
  const key = new X509Certificate(readFileSync(join(folder, 'cert.pem'))).publicKey.export({ type: 'spki', format: 'der' })
  return ['--no-proxy-server', `--host-resolver-rules=MAP * 127.0.0.1:${ports.front}`,
    `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`]
}
