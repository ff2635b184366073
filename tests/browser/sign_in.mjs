// Ways in, in a real browser with a virtual authenticator: a passkey is made, used to sign in and to confirm; a key
// without user verification is refused; other sign-ins are ended; a printed code leads back in; a shared device forgets.
import { check, journey, look, person, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()

/** Somebody with a browser of their own, signed in by the link that the demo printed. */
async function staff(name, { shared = false } = {}) {
  const who = await person(browser, demo, name)
  await who.page.goto(demo.link(name))
  if (shared) await who.page.getByLabel('This is a shared device').check()
  await go(who, 'Sign in')
  return who
}

/** A passkey that says yes by itself. WebAuthn works on http://localhost, never on http://127.0.0.1. */
async function authenticator(who, options = {}) {
  const session = await who.context.newCDPSession(who.page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
  })
  return { session, authenticatorId }
}

/** Presses a button with the keyboard, and waits for the page it leads to. */
const go = (who, button) => {
  const there = who.page.getByRole('button', { name: button, exact: true }).first()
  return Promise.all([who.page.waitForNavigation(), there.focus().then(() => who.page.keyboard.press('Enter'))])
}
const heading = (who) => who.page.locator('h1').innerText()
const is = async (who, path) => new URL(who.page.url()).pathname === path

/** A post without a picture that waits for a second person. */
async function waitingPost(jo, caption) {
  await jo.page.goto('/posts/new')
  await go(jo, 'Start the post')
  await jo.page.locator('#caption').fill(caption)
  await go(jo, 'Send for approval')
  await jo.page.waitForURL(/\/posts\/[^/]+$/)
  return jo.page.url().match(/\/posts\/([^/]+)$/)[1]
}

const jo = await staff('Jo Brightwell')
const priya = await staff('Priya Nair')

await journey('A passkey is made, and signs in', async () => {
  await authenticator(priya)
  await priya.page.goto('/me')
  await look(priya, 'You, no passkey')
  await priya.page.getByRole('link', { name: 'Add a passkey' }).click()
  await look(priya, 'Make a passkey')
  await go(priya, 'Make the passkey')
  check(await is(priya, '/me') && await priya.page.getByRole('heading', { name: /Chrome on Linux/ }).count() > 0, 'It is kept under the name of its device', await priya.page.locator('main').innerText())
  await priya.page.locator('summary', { hasText: 'Change this passkey' }).click()
  await priya.page.getByLabel('What you call it').fill('Priya’s computer')
  await go(priya, 'Keep this name')
  check((await priya.page.locator('main').innerText()).includes('Priya’s computer'), 'It is called what its person calls it')
  await look(priya, 'You, one passkey')
  await go(priya, 'Lock')
  await priya.page.goto('/sign-in')
  await look(priya, 'Sign in with a passkey')
  await go(priya, 'Sign in with a passkey')
  check(await is(priya, '/') && (await heading(priya)).includes('Priya'), 'The passkey signs in, and no name was asked')
})

await journey('Approving asks who it is, and goes on', async () => {
  const post = await waitingPost(jo, 'Training starts at ten on Saturday. Bring water & a friend.')
  await priya.page.goto(`/posts/${post}/approve`)
  await go(priya, 'Approve and publish')
  check(await heading(priya) === 'Confirm that it is you', 'Approving asks for a confirmation', await heading(priya))
  await look(priya, 'Confirm that it is you')
  await go(priya, 'Use your passkey')
  await until('it is public', async () => {
    await priya.page.goto(`/posts/${post}`)
    return priya.page.getByRole('link', { name: 'See it as the public does' }).count()
  })
  check(true, 'It goes on with what was sent')
  const second = await waitingPost(jo, 'The pitch is dry again. See you on Sunday.')
  await priya.page.goto(`/posts/${second}/approve`)
  await go(priya, 'Approve and publish')
  check(await heading(priya) !== 'Confirm that it is you', 'It is not asked again within ten minutes')
})

await journey('A key without user verification is refused', async () => {
  const weak = await staff('Bea Lindqvist')
  await authenticator(weak, { hasUserVerification: false, isUserVerified: false })
  await weak.page.goto('/me/passkeys/new')
  await weak.page.getByRole('button', { name: 'Make the passkey' }).click()
  await until('the page says so', () => weak.page.locator('[data-passkey-says]').innerText())
  check(await is(weak, '/me/passkeys/new'), 'The browser does not make it')
  const status = await weak.page.evaluate(async () => {
    const csrf = document.querySelector('main input[name=csrf]').value
    const send = (to, fields) => fetch(to, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ csrf, ...fields }) })
    const { ceremony, options } = await send('/me/passkeys/start', {}).then((answer) => answer.json())
    const { publicKey } = options
    Object.assign(publicKey.authenticatorSelection, { userVerification: 'discouraged', residentKey: 'discouraged', requireResidentKey: false })
    delete publicKey.extensions
    const credential = await passkeyAnswer(true, options, {})
    return (await send('/me/passkeys', { ceremony, credential })).status
  })
  check(status === 422, 'Nor does the program take it from a browser that was told not to ask', String(status))
  weak.complaints.length = 0
  await weak.page.goto('/me')
  check((await weak.page.locator('main').innerText()).includes('You have none yet'), 'Nothing was kept')
  await weak.leave()
})

await journey('A second device, told by mail and ended from the list', async () => {
  const other = await staff('Priya Nair')
  await other.page.goto('/outbox')
  const mails = other.page.locator('article').filter({ hasText: 'To priya@example.org' }).filter({ hasText: 'A new sign-in' })
  check(await mails.count() >= 2 && (await mails.first().innerText()).includes('Chrome on Linux'), 'Each new browser is told once', String(await mails.count()))
  await priya.page.goto('/me')
  await look(priya, 'You, two devices')
  const rows = await priya.page.getByRole('button', { name: /^End this sign-in/ }).count()
  check(rows === 1, 'The other sign-in is listed', String(rows))
  await Promise.all([priya.page.waitForNavigation(), priya.page.getByRole('button', { name: /^End this sign-in/ }).click()])
  await other.page.goto('/')
  check(await is(other, '/sign-in'), 'It has ended at once')
  await other.leave()
})

await journey('The last way in', async () => {
  await priya.page.goto('/me')
  await priya.page.locator('summary', { hasText: 'Change this passkey' }).click()
  await go(priya, 'Remove this passkey')
  check(await heading(priya) === 'This is your last way in', 'Removing the last one warns', await heading(priya))
  await look(priya, 'Your last way in')
  await priya.page.getByRole('link', { name: 'Keep it' }).click()
  check((await priya.page.locator('main').innerText()).includes('Priya’s computer'), 'It is kept')
})

await journey('A printed code leads back in', async () => {
  const dele = await staff('Dele Okafor')
  await dele.page.goto('/people')
  await look(dele, 'People, with ways in')
  await dele.page.getByRole('link', { name: 'Jo Brightwell' }).click()
  await dele.page.getByRole('link', { name: 'A way in' }).click()
  await look(dele, 'A way in')
  await go(dele, 'Print a new way in')
  await look(dele, 'The printed code')
  const code = await dele.page.locator('.printed').innerText()
  const back = await person(browser, demo, 'Jo, new phone')
  await authenticator(back)
  await back.page.goto('/recover')
  await look(back, 'Use a printed code')
  await back.page.getByLabel('The code').fill(code.toLowerCase())
  await go(back, 'Sign in')
  check(await heading(back) === 'Make a passkey', 'It leads to a new passkey', await heading(back))
  await go(back, 'Make the passkey')
  check(await is(back, '/me'), 'The passkey is made')
  await jo.page.goto('/')
  check(await is(jo, '/sign-in'), 'Every other sign-in has ended')
  await back.leave()
  await dele.leave()
})

await journey('A shared device forgets', async () => {
  const shared = await staff('Callum Reid', { shared: true })
  const names = await shared.context.cookies().then((all) => all.map(({ name, expires }) => `${name} ${expires}`))
  check(names.length > 0 && names.every((one) => one.endsWith(' -1') && !one.startsWith('browser ')), 'Only cookies of this very session', names.join(', '))
  check(await shared.page.evaluate(() => document.documentElement.dataset.shared !== undefined && localStorage.length + sessionStorage.length === 0), 'Nothing is stored')
  await go(shared, 'Lock')
  const left = await shared.context.cookies()
  check(left.every(({ name }) => name !== 'sign-in'), 'Leaving takes the sign-in along', JSON.stringify(left))
  await shared.page.goBack().catch(() => null)
  check(!(await shared.page.locator('body').innerText()).includes('Callum'), 'The way back shows nothing')
  await shared.leave()
})

await journey('A browser without passkeys says what to do', async () => {
  const old = await person(browser, demo, 'old browser')
  await old.page.addInitScript(() => { delete globalThis.PublicKeyCredential })
  await old.page.goto('/sign-in')
  check(/no passkeys/.test(await old.page.locator('[data-passkey-says]').innerText()), 'It says so')
  await old.leave()
})

await browser.close()
await demo.stop()
verdict()
