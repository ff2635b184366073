// The Manager of a trust that is served at an https address connects its account on Bluesky: the program proves who it is
// with its own key, and Bluesky's server reads its description and key at that address. The session publishes and is renewed
// when its token has run out; one that takes its place ends it; that one takes the post down of an account that was ended,
// and is given back then.
import { join } from 'node:path'
import { check, journey, look, pause, permitAccount, press, signedIn, startBrowser, until, verdict } from './harness.mjs'
import { startWorld } from './https.mjs'

/** Long enough for the first calls, short enough to wait for. */
const TOKEN_SECONDS = 15

const world = await startWorld({ tokenSeconds: TOKEN_SECONDS })
const { trust, bluesky } = world
const browser = await startBrowser(world.browser)

const staff = (name, options) => signedIn(browser, trust, name, options)


/** How often nginx passed on a request that was answered so. */
const asked = (line) => world.asked().filter((one) => one === line).length
const atBluesky = (line) => asked(`${new URL(bluesky.address).host} ${line}`)
const sessions = () => Number(bluesky.records('SELECT COUNT(*) FROM token'))

/** Fills in the form of the account and goes on to the page that leads to its server. */
async function goOn(card) {
  await card.getByRole('link', { name: /^(Connect|Try) / }).click()
  await manager.page.getByLabel('Handle').fill(bluesky.handle)
  await manager.page.getByRole('button', { name: 'Go on to Bluesky' }).click()
  await manager.page.getByRole('heading', { name: 'Go on to Bluesky' }).waitFor()
}

/**
 * The server's own page: signs in, and allows it where that is asked; what the page shows there is answered. A program that
 * proves who it is was allowed once and for all: the second time the browser comes back by itself.
 */
async function allow(who) {
  await Promise.all([who.page.waitForURL((url) => url.origin === bluesky.address), who.page.getByRole('link', { name: /^Sign in at/ }).click()])
  const secret = who.page.locator('input[type=password]')
  await secret.waitFor()
  await secret.fill(bluesky.password)
  await secret.press('Enter')
  const button = who.page.getByRole('button', { name: /authorize|allow|accept/i }).first()
  const back = who.page.waitForURL((url) => url.origin === trust.address)
  let shown = ''
  if (await Promise.race([back.then(() => false), button.waitFor().then(() => true, () => false)])) {
    shown = await who.page.locator('body').innerText()
    await button.click()
  }
  await back
  who.complaints.splice(0) // the server's own pages are not ours to judge
  return shown
}

const manager = await staff('Dele Okafor')
let connected

await journey('The Manager connects the account from an https address', async () => {
  await manager.page.goto('/accounts')
  await permitAccount(manager)
  await manager.page.getByText('Not connected').waitFor()
  await goOn(manager.page.locator('section.card', { hasText: 'Not connected' }).first())
  check(atBluesky('POST /oauth/par 201') === 1, 'Bluesky takes the pushed request', world.asked().join('\n        '))
  check(asked('posts.example.org GET /client-metadata.json 200') === 1 && asked('posts.example.org GET /jwks.json 200') === 1, 'having read who asks, and the key that proves it, at the trust’s address')
  check(bluesky.records("SELECT json_extract(clientAuth, '$.method') FROM authorization_request") === 'private_key_jwt', 'which is how it knows the program')

  const shown = await allow(manager)
  check(shown.includes('posts.example.org'), 'its page says who asks', shown)
  check(await manager.page.getByRole('heading', { name: 'The network says yes' }).isVisible(), 'the browser comes back from another site to where the Manager is signed in')
  await manager.page.getByRole('button', { name: 'Connect the account' }).click()
  await manager.page.waitForURL(/\/connect$/)
  connected = Date.now()
  check(await manager.page.getByText(`${bluesky.handle}, by OAuth`).isVisible(), 'the account is connected')
  await look(manager, 'Accounts, connected from an https address')
  check(sessions() === 1 && atBluesky('POST /oauth/token 200') === 1, 'Bluesky holds one session of the program')
  const scope = bluesky.records("SELECT json_extract(parameters, '$.scope') FROM token")
  check(scope === 'atproto repo:app.bsky.feed.post blob:image/jpeg', 'which may post, and nothing else', scope)

  await press(manager, /^Try the connection/)
  check(await manager.page.getByText('The account answers, and the trust may post there').isVisible(), 'the trust may post there')
})

let post

await journey('A post with a photo goes out, with a token that was renewed', async () => {
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
  await press(jo, 'Start the post')
  await Promise.all([
    jo.page.waitForResponse((answer) => answer.request().method() === 'POST'),
    jo.page.locator('#photo').setInputFiles(join(trust.pictures, 'pitch.jpg')),
  ])
  await until('the photo was looked at', async () => {
    const [there, busy] = await jo.page.evaluate(() => ['#photos > section', '[data-looking]'].map((one) => document.querySelectorAll(one).length)).catch(() => [0, 0])
    return there > 0 && busy === 0
  }, 60)
  await jo.page.locator('#caption').fill('The pitch is ready for Saturday.')
  await jo.page.locator('#alt-1').fill('An empty pitch in the morning')
  await press(jo, 'Send for approval')
  post = jo.page.url().match(/\/posts\/([^/]+)$/)[1]

  // Past its end, not only near it.
  await pause(Math.max(0, connected + (TOKEN_SECONDS + 2) * 1000 - Date.now()))
  const priya = await staff('Priya Nair')
  await priya.page.goto(`/posts/${post}/approve`)
  await press(priya, 'Approve and publish')
  const record = await until('the post is on the server', async () => {
    const { records } = await bluesky.xrpc(`com.atproto.repo.listRecords?repo=${bluesky.did}&collection=app.bsky.feed.post`)
    return records?.find(({ value }) => value.text === 'The pitch is ready for Saturday.')
  }, 60)
  check(record.value.embed?.images?.length === 1, 'the post is on the server, with its picture')
  check(atBluesky('POST /xrpc/com.atproto.repo.uploadBlob 200') === 1 && atBluesky('POST /xrpc/com.atproto.repo.putRecord 200') === 1, 'written once', world.asked().join('\n        '))
  check(Number(bluesky.records('SELECT COUNT(*) FROM used_refresh_token')) >= 1 && sessions() === 1, 'Bluesky took the old token for a new one, in the same session')
  await until('it was read back', async () => {
    await priya.page.reload()
    return priya.page.getByText(/public/i).first().isVisible()
  })
  for (const one of [jo, priya]) await one.leave()
})

await journey('Connected again, the session before is over', async () => {
  await manager.page.goto('/accounts')
  const before = bluesky.records('SELECT id FROM token')
  const card = manager.page.locator('section.card', { hasText: 'by OAuth' })
  await goOn(card)
  await allow(manager)
  await manager.page.getByRole('button', { name: 'Connect the account' }).click()
  await manager.page.waitForURL(/\/connect$/)
  check(sessions() === 1 && bluesky.records('SELECT id FROM token') !== before, 'Bluesky holds the new session alone')
})

await journey('The account is ended, its post taken down, and the session given back', async () => {
  await manager.page.goto('/accounts')
  const card = manager.page.locator('section.card', { hasText: 'by OAuth' })
  await card.getByText('End this account').click()
  await card.getByRole('button', { name: /^End / }).last().click()
  await manager.page.getByText('The trust can still take down what is out').waitFor()
  check(sessions() === 1, 'what is out can still be taken down')

  const jo = await staff('Jo Brightwell')
  await jo.page.goto(`/posts/${post}`)
  await jo.page.locator('summary', { hasText: 'Drop this post' }).click()
  await press(jo, 'Drop this post')
  await until('it is gone', async () => {
    await jo.page.goto(`/posts/${post}`)
    return (await jo.page.locator('main').innerText()).includes('Gone from Bluesky')
  }, 60)
  const { records } = await bluesky.xrpc(`com.atproto.repo.listRecords?repo=${bluesky.did}&collection=app.bsky.feed.post`)
  check(records.length === 0, 'the post is gone from the server')
  await until('the session is given back', () => sessions() === 0, 20)
  check(atBluesky('POST /oauth/revoke 200') === 2, 'Bluesky has ended both sessions', world.asked().join('\n        '))
  check(!/could not be given back/.test(trust.said()), 'and none was left to run out by itself')
  await manager.page.goto('/accounts')
  await look(manager, 'Accounts, given back')
  for (const one of [jo, manager]) await one.leave()
})

await browser.close()
await world.stop()
verdict()
