// Bluesky's own server (PDS) and the directory of identities it needs (PLC), in one process, on loopback only.
// COUNTERPART_HOME: where the packages are; PLC_PORT: where the directory listens; ATPROTO_FRONT and ATPROTO_TOKEN_SECONDS:
// see ../atproto-pds; the rest is read by the server itself.
const net = require('net')
const { createRequire } = require('module')
const need = createRequire(process.env.COUNTERPART_HOME + '/package.json')

// Both servers listen on every interface unless told otherwise, and have no setting for it.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1')
  return listen.apply(this, args)
}

// A server of names that nobody owns: whatever is asked for at port 443 is at one port of this machine, and nothing is
// asked of the outside. The server would not ask names kept for examples at all; here they are what stands for the world.
const front = Number(process.env.ATPROTO_FRONT)
if (front) {
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const list = Array.isArray(args[0]) ? args[0] : args
    if (Number(list[0]?.port) === 443) list[0] = { ...list[0], host: '127.0.0.1', port: front }
    return connect.apply(this, args)
  }
  need('@atproto-labs/fetch').DEFAULT_FORBIDDEN_DOMAIN_NAMES.splice(0)
}

async function main() {
  const plc = need('@did-plc/server')
  await plc.PlcServer.create({ db: plc.Database.mock(), port: Number(process.env.PLC_PORT) }).start()
  const { PDS, envToCfg, envToSecrets, readEnv } = need('@atproto/pds')
  const env = readEnv()
  const pds = await PDS.create(envToCfg(env), envToSecrets(env))
  const life = Number(process.env.ATPROTO_TOKEN_SECONDS)
  if (life) pds.ctx.oauthProvider.tokenManager.tokenMaxAge = life * 1000
  await pds.start()
  const stop = () => { setTimeout(() => process.exit(0), 2000).unref(); pds.destroy().then(() => process.exit(0), () => process.exit(1)) }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error) => { console.error(error); process.exit(1) })
