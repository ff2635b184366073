// The networks that are played on this machine, and how the Manager connects an account there on the guided pages.
import { spawn } from 'node:child_process'
import { pause, press } from './harness.mjs'

/** What the played networks take as the trust's app: labels and values of the form. */
export const apps = {
  X: [['OAuth 2.0 Client ID', 'x-client'], ['OAuth 2.0 Client Secret', 'x-secret']],
  Facebook: [['App ID', '424242424242'], ['App secret', 'app-secret']],
}

/** Starts the played networks; they end when we close their standard input. */
export async function startNetworks() {
  if (!process.env.CLEANSHEET_SIMULATORS) throw new Error('CLEANSHEET_SIMULATORS is missing; ./dev test builds the played networks')
  const child = spawn(process.env.CLEANSHEET_SIMULATORS, ['--seconds', '900'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { said += text })
  for (let tries = 0; !said.includes('ready'); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`the networks did not start: ${said}`)
    await pause(50)
  }
  const url = (name) => said.match(new RegExp(`^${name}_URL=(.*)$`, 'm'))[1]
  const [x, meta, mastodon] = ['X', 'META', 'MASTODON'].map(url)
  /** Orders something of a network, for example `fail?act=delete&fault=refused`; what it answers. */
  const order = (network, what) => fetch(`${network}/__${what}`).then((answer) => answer.json())
  const env = { CLEANSHEET_X_ADDRESS: x, CLEANSHEET_META_ADDRESS: meta }
  return { x, meta, mastodon, env, order, stop: () => child.stdin.end() }
}

/** The guided pages, as the Manager goes through them. */
export class Connecting {
  constructor(manager) { Object.assign(this, { manager, page: manager.page }) }

  /** Asks for an account and permits it, and opens the page where it is connected. */
  async permitted(network, name) {
    const { manager, page } = this
    await page.goto('/accounts/requests')
    await page.getByLabel('Network', { exact: true }).selectOption({ label: network })
    await page.getByLabel('What people here would call it').fill(name)
    await page.getByLabel('Why the trust needs it').fill('Families ask where to follow us.')
    await press(manager, 'Ask for it')
    await page.getByLabel('Your reason').fill('Yes.')
    await press(manager, `Permit ${name}`)
    await this.open(name)
  }

  async open(name) {
    await this.page.goto('/accounts')
    await this.page.getByRole('link', { name: new RegExp(`^(Connect|Try) .*${name}`) }).click()
    await this.page.getByRole('heading', { name: `Connect ${name}` }).waitFor()
  }

  /** @param fields label and value of each */
  async keepApp(fields) {
    for (const [label, value] of fields) await this.page.getByLabel(label).fill(value)
    await press(this.manager, 'Keep the app')
  }

  /** Goes to the network's own page, which allows it at once and sends the browser back. */
  async allow(network) {
    await press(this.manager, `Go on to ${network}`)
    await this.page.goto(await this.page.getByRole('link', { name: /^Sign in at/ }).getAttribute('href'))
    await this.page.getByRole('heading', { name: 'The network says yes' }).waitFor()
    this.manager.complaints.splice(0) // the network's own page is another host
  }

  /** Connects for the first time what was allowed: the page asks whose account it is. @param handle of the trust's */
  async connect(handle) {
    await press(this.manager, 'Connect the account')
    await press(this.manager, handle ? `Connect ${handle}` : /^Connect /)
  }

  /** An account from the wish to the test, with nothing in the way. @param server of Mastodon */
  async connected(network, name, server) {
    await this.permitted(network, name)
    if (apps[network]) await this.keepApp(apps[network])
    if (server) await this.page.getByLabel('Address of its server').fill(server)
    await this.allow(network)
    await this.connect()
    await this.page.locator('#test li', { hasText: 'The account answers' }).waitFor()
  }
}
