// Signing in and confirming with a real provider of accounts, and who is not let in. The provider's own pages are not looked at.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, freePort, journey, look, person, startBrowser, startDemo, verdict } from './harness.mjs'

const counterpart = fileURLToPath(new URL('../counterparts/oidc', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'cleansheet-oidc-'))
const port = await freePort()
const issuer = `http://localhost:${port}`
const secret = 'only for this run'
const demo = await startDemo({ more: ['--oidc-issuer', issuer, '--oidc-client-id', 'cleansheet'], env: { CLEANSHEET_OIDC_SECRET: secret } })
const browser = await startBrowser()

/** The provider's own login and consent, as its test pages ask for them; ends at an address of ours. */
async function pass(who, number) {
  const { page, complaints } = who
  await page.waitForURL(`${issuer}/**`)
  let downloaded = false
  page.once('download', () => { downloaded = true })
  for (let pages = 0; page.url().startsWith(issuer) && !downloaded && pages < 4; pages += 1) {
    const login = page.locator('input[name=login]')
    if (await login.count()) {
      await login.fill(number)
      await page.locator('input[name=password]').fill('any')
    }
    await Promise.all([Promise.race([page.waitForEvent('load'), page.waitForEvent('download')]), page.locator('button[type=submit]').click()])
  }
  // What the provider's own pages ask for and complain of is the provider's.
  complaints.splice(0)
}

async function setOut(who) {
  await who.page.goto('/sign-in')
  await who.page.getByRole('link', { name: 'Sign in with your work account', exact: true }).click()
}

try {
  execFileSync(counterpart, ['start', home], {
    env: { ...process.env, OIDC_PORT: String(port), OIDC_SECRET: secret, OIDC_REDIRECT: `${demo.address}/sign-in/identity/back`,
      OIDC_USERS: 'one:dele@example.org:verified,two:stranger@example.org:verified,three:ruth@example.org:unverified' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })

  await journey('The Manager signs in with the work account', async () => {
    const dele = await person(browser, demo, 'Dele')
    await dele.page.goto('/sign-in')
    await look(dele, 'Ways to sign in')
    await setOut(dele)
    await pass(dele, 'one')
    check(dele.page.url() === `${demo.address}/`, 'the way ends on Today', dele.page.url())
    check(await dele.page.getByText('Dele').count() > 0, 'as Dele')
    await dele.page.goto('/me/code')
    check(await dele.page.getByText(issuer).count() > 0, 'the account is listed among the ways in')
    await look(dele, 'Code from an app')

    await dele.page.goto('/people.csv').catch(() => {})
    check(await dele.page.getByRole('heading', { name: 'Confirm that it is you' }).count() === 1, 'an export asks for a confirmation')
    await look(dele, 'Confirm by work account')
    const download = dele.page.waitForEvent('download', { timeout: 20_000 })
    await dele.page.getByRole('link', { name: 'Confirm with your work account' }).click()
    await pass(dele, 'one')
    check((await download).suggestedFilename().endsWith('.csv'), 'and goes on once the provider has asked for the password again')
    await dele.leave()
  })

  for (const [number, sentence] of [['two', 'a stranger with an account of the provider'], ['three', 'an address that is not verified']]) {
    await journey(`Not let in: ${sentence}`, async () => {
      const somebody = await person(browser, demo, number)
      await setOut(somebody)
      await pass(somebody, number)
      check(await somebody.page.getByText('This account does not open anything here').count() === 1, `${sentence} reads one sentence`)
      if (number === 'two') await look(somebody, 'Not signed in by the provider')
      const again = somebody.page.url()
      const answer = await somebody.page.goto(again)
      check(answer.status() === 422, 'the same address again opens nothing')
      await somebody.page.goto('/')
      check(somebody.page.url().endsWith('/sign-in'), 'nobody is signed in')
      await somebody.leave()
    })
  }

  await journey('An app is added and signs in', async () => {
    const jo = await person(browser, demo, 'Jo')
    await jo.page.goto(demo.link('Jo'))
    await jo.page.getByRole('button', { name: 'Sign in' }).click()
    await jo.page.goto('/me/code')
    await jo.page.getByRole('button', { name: 'Add an app' }).click()
    await look(jo, 'A new app')
    const secretText = (await jo.page.locator('#secret-text').textContent()).replaceAll(' ', '')
    await jo.page.getByLabel('The first code').fill(codeOf(secretText))
    await jo.page.getByRole('button', { name: 'Finish' }).click()
    check(await jo.page.getByText('You have had one since').count() === 1, 'the app is finished with its first code')
    const other = await person(browser, demo, 'Jo elsewhere')
    await other.page.goto('/sign-in/code')
    await look(other, 'Sign in with a code')
    await other.page.getByLabel('Your work mail address').fill('jo@example.org')
    await other.page.getByLabel('Code', { exact: true }).fill(codeOf(secretText, 1))
    await other.page.getByRole('button', { name: 'Sign in' }).click()
    check(other.page.url() === `${demo.address}/`, 'the next code signs in', await other.page.locator('main').textContent())
    await jo.leave()
    await other.leave()
  })
} finally {
  await browser.close()
  await demo.stop()
  execFileSync(counterpart, ['stop', home])
  rmSync(home, { recursive: true, force: true })
}
verdict()

/** What an app shows (RFC 6238), written a second time so that the program is not held to itself. */
function codeOf(base32, ahead = 0) {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((eight) => Number.parseInt(eight, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const mac = createHmac('sha1', key).update(step).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
