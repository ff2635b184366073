// The provider of accounts of the tests: authorization code with PKCE only, people from OIDC_USERS, any password.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const packages = createRequire(`${process.env.COUNTERPART_HOME}/package.json`)
const { default: Provider } = await import(pathToFileURL(packages.resolve('oidc-provider')))
const users = new Map((process.env.OIDC_USERS ?? 'one:press@example.org:verified').split(',').map((line) => {
  const [sub, email, verified] = line.split(':')
  return [sub, { sub, email, email_verified: verified === 'verified' }]
}))
const port = Number(process.env.OIDC_PORT)
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: 'cleansheet',
    client_secret: process.env.OIDC_SECRET,
    grant_types: ['authorization_code'],
    redirect_uris: [process.env.OIDC_REDIRECT ?? 'http://localhost:8080/sign-in/identity/back'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    require_auth_time: true,
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  cookies: { keys: ['only for tests'] },
  findAccount: (_context, id) => users.has(id) ? { accountId: id, claims: async () => users.get(id) } : undefined,
})
provider.listen(port, '127.0.0.1')
