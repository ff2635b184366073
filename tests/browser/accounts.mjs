// The Manager connects the trust's account on Bluesky in the browser, through the real server's own pages for signing in
// and allowing, and a post goes out through that session. Then the way out: not allowing it.
import { check, journey, look, permitAccount, person, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

const needed = ['CLEANSHEET_TEST_PDS', 'CLEANSHEET_TEST_PLC', 'CLEANSHEET_TEST_PDS_HANDLE', 'CLEANSHEET_TEST_PDS_PASSWORD', 'CLEANSHEET_TEST_PDS_DID']
for (const name of needed) if (!process.env[name]) throw new Error(`${name} is missing; ./dev test starts Bluesky's own server`)
const [pds, plc, handle, password, did] = needed.map((name) => process.env[name])
process.env.CLEANSHEET_BLUESKY_DIRECTORY = plc

const demo = await startDemo()
const browser = await startBrowser()

const staff = (name, options) => signedIn(browser, demo, name, options)

/** Fills in the form of the account that is not connected yet, and presses the button that goes on to its server. */
async function goOn(who) {
  await who.page.goto('/accounts')
  await who.page.locator('section.card', { hasText: 'Not connected' }).first().getByRole('link', { name: /^Connect / }).click()
  const card = who.page.locator('#go')
  await card.getByLabel('Handle').fill(handle)
  await card.getByText('Another server, or an app password').click()
  await card.getByLabel('Address of the server').fill(pds)
  await card.getByRole('button', { name: 'Go on to Bluesky' }).click()
  await who.page.getByRole('heading', { name: 'Go on to Bluesky' }).waitFor()
}

/** The server's own page: signs in if it asks, then presses a button of the page where it is allowed. */
async function atTheServer(who, press) {
  // Two ports of localhost are one site to a browser, which this server refuses; out in the world they are two.
  const link = who.page.getByRole('link', { name: /^Sign in at/ })
  await who.page.goto(await link.getAttribute('href'))
  await who.page.waitForURL((url) => url.origin === pds)
  const secret = who.page.locator('input[type=password]')
  const button = who.page.getByRole('button', { name: press }).first()
  await secret.or(button).first().waitFor()
  if (await secret.count() > 0) {
    await secret.fill(password)
    await secret.press('Enter')
  }
  await button.click()
  await who.page.waitForURL((url) => url.origin === demo.address)
  who.complaints.splice(0) // the server's own pages are not ours to judge
}

const manager = await staff('Dele Okafor')

await journey('The Manager connects the account on Bluesky', async () => {
  await manager.page.goto('/accounts')
  await look(manager, 'Accounts')
  await permitAccount(manager)
  await manager.page.getByText('Not connected').waitFor()
  await look(manager, 'Accounts, one not connected')

  await goOn(manager)
  await look(manager, 'Go on to Bluesky')
  await atTheServer(manager, /deny|cancel|reject/i)
  check(await manager.page.getByRole('heading', { name: 'It was not allowed' }).isVisible(), 'not allowing it connects nothing')
  await look(manager, 'It was not allowed')

  await goOn(manager)
  await atTheServer(manager, /authorize|allow|accept/i)
  check(await manager.page.getByRole('heading', { name: 'The network says yes' }).isVisible(), 'the browser comes back to where the Manager is signed in')
  await look(manager, 'Back from Bluesky')
  const address = manager.page.url()
  await manager.page.getByRole('button', { name: 'Connect the account' }).click()
  await manager.page.waitForURL(/\/connect$/)
  check(await manager.page.getByText(`${handle}, by OAuth`).isVisible(), 'the account is connected by OAuth')
  await look(manager, 'Accounts, connected')

  await manager.page.goto(address)
  await manager.page.getByRole('button', { name: 'Connect the account' }).click()
  check(await manager.page.getByText(/took too long or was begun in another browser/).isVisible(), 'an answer works once')
  manager.complaints.splice(0)

  await manager.page.goto('/accounts')
  await manager.page.getByRole('link', { name: /^Try .* again$/ }).click()
  await manager.page.getByRole('button', { name: /^Try the connection/ }).click()
  check(await manager.page.getByText('The account answers, and the trust may post there').isVisible(), 'the trust may post there')
  await look(manager, 'Accounts, tried')
})

await journey('A post goes out through that session', async () => {
  for (const name of ['Jo Brightwell', 'Priya Nair']) {
    await manager.page.goto('/accounts')
    const card = manager.page.locator('section.card', { hasText: 'by OAuth' })
    await card.getByText('Let somebody act here').click()
    await card.getByLabel('Who').selectOption({ label: name })
    await card.getByLabel('Approve').check()
    await card.getByRole('button', { name: 'Give the permission' }).click()
    await manager.page.getByText(`${name}, until`).nth(1).waitFor()
  }
  const jo = await staff('Jo Brightwell')
  await jo.page.goto('/posts/new')
  for (const box of await jo.page.locator('input[name=channel]').all()) await box.uncheck()
  await jo.page.getByLabel('Bluesky').check()
  await jo.page.getByRole('button', { name: 'Start the post' }).click()
  await jo.page.waitForURL(/\/posts\/[^/]+\/edit/)
  await jo.page.locator('#caption').fill('Goal! '.repeat(60))
  await until('what does not fit in one post is said', async () => (await jo.page.locator('#counts').innerText()).includes('2 posts'))
  check(true, 'what does not fit in one post is two of them, before anybody approves')
  await look(jo, 'A post that is too long for Bluesky')
  await jo.page.locator('#caption').fill('A fine morning at Lark Lane: 3–2. #Under11s https://example.org/skills')
  await jo.page.getByRole('button', { name: /approval|second person/i }).first().click()
  await jo.page.waitForURL(/\/posts\/[^/]+$/)

  const priya = await staff('Priya Nair')
  await priya.page.goto(`${jo.page.url()}/approve`)
  await priya.page.getByRole('button', { name: /approve/i }).first().click()
  await priya.page.waitForURL(/\/posts\/[^/]+$/)
  const record = await until('the post is on the server', async () => {
    const answer = await fetch(`${pds}/xrpc/com.atproto.repo.listRecords?repo=${did}&collection=app.bsky.feed.post`)
    const { records } = await answer.json()
    return records?.find(({ value }) => value.text.startsWith('A fine morning'))
  }, 60)
  check(record.value.facets.length === 2, 'with its hashtag and its link marked')
  await until('it was read back', async () => {
    await priya.page.reload()
    return priya.page.getByText(/public/i).first().isVisible()
  })
})

await journey('The Manager ends the account', async () => {
  await manager.page.goto('/accounts')
  const card = manager.page.locator('section.card', { hasText: 'by OAuth' })
  await card.getByText('End this account').click()
  await card.getByRole('button', { name: /^End / }).last().click()
  await manager.page.getByText('The trust can still take down what is out').waitFor()
  check(true, 'nothing more goes out there, and what is out can still be taken down')
  await look(manager, 'Accounts, ended')
})

await browser.close()
await demo.stop()
verdict()
