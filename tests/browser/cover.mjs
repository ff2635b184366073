// Cover and devices, in a real browser: the Manager hands over to a deputy and takes it back, a post that waits is told by
// mail and push, an idle screen locks and keeps the draft, a lost phone is locked in ten seconds, a picture is taken here.
import { createServer } from 'node:http'

import { check, freePort, journey, look, pause, person, press, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

/** Plays the push service of a browser: takes everything, keeps what it was sent. */
const pushes = []
const pushPort = await freePort()
const service = createServer((request, answer) => {
  let bytes = 0
  request.on('data', (part) => { bytes += part.length })
  request.on('end', () => { pushes.push({ path: request.url, headers: request.headers, bytes }); answer.writeHead(201).end() })
}).listen(pushPort, '127.0.0.1')
const push = `http://127.0.0.1:${pushPort}`

const demo = await startDemo({ env: { CLEANSHEET_DEMO_PUSH: push } })
const browser = await startBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
const text = (who) => who.page.locator('main').innerText()
const open = (who, summary) => who.page.locator('summary', { hasText: summary }).first().click()
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

const dele = await signedIn(browser, demo, 'Dele Okafor')
const priya = await signedIn(browser, demo, 'Priya Nair')
const jo = await signedIn(browser, demo, 'Jo Brightwell')

/** Starts a draft with these words, and stays on it. */
async function draft(who, words) {
  await who.page.goto('/posts/new')
  await press(who, 'Start the post')
  await who.page.locator('#caption').fill(words)
}

await journey('The Manager hands over, and takes it back', async () => {
  await dele.page.goto('/cover')
  await look(dele, 'Cover, nobody stands in')
  await dele.page.getByLabel('Who', { exact: true }).selectOption({ label: 'Priya Nair' })
  await dele.page.getByLabel('Last day, three months later at most').fill(day(7))
  await press(dele, 'Name them')
  check((await text(dele)).includes('Priya Nair stands in for the Manager until'), 'The Manager names Priya', await text(dele))
  await look(dele, 'Cover, Priya stands in')
  const trustee = await signedIn(browser, demo, 'Margaret Osei')
  check((await text(trustee)).includes('Priya Nair stands in for the Manager until'), 'The trustee reads who stands in')
  await look(trustee, 'Today of a trustee')
  await trustee.leave()
  await priya.page.goto('/')
  check((await text(priya)).includes('You stand in for the Manager until'), 'Priya reads it, and for how long')
  await look(priya, 'Today of a deputy')
  await priya.page.goto('/accounts')
  await open(priya, 'Let somebody act here')
  await priya.page.getByLabel('Who').first().selectOption({ label: 'Jo Brightwell' })
  await priya.page.getByLabel('Last day').first().fill(day(30))
  await press(priya, 'Give the permission')
  check(await priya.page.locator('li', { hasText: 'Jo Brightwell, until' }).count() > 0, 'Priya gives Jo a permission', await text(priya))
  await priya.page.goto('/cover')
  check(await priya.page.getByRole('button', { name: 'Name them' }).count() === 0, 'She cannot pass it on')
  await dele.page.goto('/cover')
  await press(dele, 'End it now')
  const refused = await priya.page.goto('/accounts')
  check(refused.status() === 403, 'It has ended one request later', String(refused.status()))
  priya.complaints.length = 0
})

await journey('A post waits, and its stand-in is told by mail and by push', async () => {
  await priya.context.grantPermissions(['notifications'])
  // No push service of the outside is asked: the browser's own part is played, all else is real.
  await priya.page.addInitScript((endpoint) => {
    PushManager.prototype.subscribe = async function subscribe({ userVisibleOnly, applicationServerKey }) {
      if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError('no key')
      return { endpoint }
    }
  }, `${push}/send/priya`)
  await priya.page.goto('/me')
  await press(priya, 'Tell this phone or computer')
  check((await text(priya)).includes('Stop telling it'), 'This phone is told from now on', await text(priya))
  await look(priya, 'You, told by push')
  await dele.page.goto('/cover')
  await open(dele, 'Put somebody on call')
  await dele.page.getByLabel('Who is on call').selectOption({ label: 'Priya Nair' })
  await dele.page.getByLabel('Day', { exact: true }).fill(day(0))
  await dele.page.getByLabel('From', { exact: true }).fill('00:00')
  await dele.page.getByLabel('To', { exact: true }).fill('00:00')
  await press(dele, 'Put them on call')
  await look(dele, 'Cover, Priya on call')
  await draft(jo, 'Training starts at ten on Saturday. Bring water.')
  await press(jo, 'Send for approval')
  check(/Priya, on call, was told at \d\d:\d\d/.test(await text(jo)), 'Jo reads who was told', await text(jo))
  await look(jo, 'A post whose second person was told')
  await until('the push arrives', () => pushes.length === 1)
  const [{ path, headers, bytes }] = pushes
  check(path === '/send/priya' && bytes === 0 && headers.authorization.startsWith('vapid t=') && headers.ttl === '14400', 'The push is empty and signed', JSON.stringify(headers))
  await priya.page.goto('/outbox')
  const mail = priya.page.locator('article', { hasText: 'A post waits for a second person' }).first()
  check(await mail.count() === 1 && (await mail.innerText()).includes('priya@example.org') && !(await mail.innerText()).includes('water'), 'The mail names nobody and nothing', await mail.innerText())
  const session = await priya.context.newCDPSession(priya.page)
  const registered = new Promise((found) => session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && found(registrations[0])))
  await session.send('ServiceWorker.enable')
  const { registrationId } = await registered
  // Its worker may still be on its way; the same message twice is one notification.
  const shown = await until('the phone says so', async () => {
    await session.send('ServiceWorker.deliverPushMessage', { origin: demo.address, registrationId, data: '' })
    return priya.page.evaluate(async () => {
      const [one] = await (await navigator.serviceWorker.ready).getNotifications()
      return one && `${one.title} ${one.body}`
    })
  })
  check(shown === 'A post needs you Open Cleansheet to see what it is.', 'The phone says that a post needs her, and nothing else', shown)
  await priya.page.goto('/posts')
  await priya.page.getByRole('link', { name: /Training starts at ten/ }).first().click()
  await until('she has opened it', async () => {
    await jo.page.reload()
    return (await text(jo)).includes('and opened it at')
  })
  check(true, 'Jo reads that it was opened')
})

await journey('An idle screen locks itself and keeps the draft', async () => {
  const idle = await person(browser, demo, 'Jo, idle')
  await idle.page.clock.install()
  await idle.page.goto(demo.link('Jo Brightwell'))
  await press(idle, 'Sign in')
  await draft(idle, 'First words.')
  await idle.page.clock.fastForward(1_000)
  await until('they are kept', () => fetch(demo.address).then(() => idle.page.locator('#kept').innerText()))
  const at = new URL(idle.page.url()).pathname
  const seconds = Number(await idle.page.evaluate(() => document.documentElement.dataset.idle))
  check(seconds === 30 * 60 - 40, 'The page knows its time', String(seconds))
  await idle.page.clock.fastForward((seconds - 50) * 1000)
  const warning = idle.page.getByRole('dialog', { name: 'This screen locks in a minute' })
  await warning.waitFor()
  check(true, 'It warns a minute ahead')
  await look(idle, 'The screen locks in a minute')
  await idle.page.getByRole('button', { name: 'Go on' }).click()
  check(!await warning.isVisible(), 'A press goes on')
  // Words that were not kept yet when the screen locks.
  await idle.page.evaluate(() => {
    const box = document.getElementById('caption')
    box.value = 'Second words, typed last.'
    box.dispatchEvent(new Event('input', { bubbles: true }))
  })
  await Promise.all([idle.page.waitForURL('**/locked'), idle.page.clock.fastForward((seconds + 5) * 1000)])
  await look(idle, 'Locked')
  await idle.page.goto(demo.link('Jo Brightwell'))
  await press(idle, 'Sign in')
  check(new URL(idle.page.url()).pathname === at, 'Signing in leads back to the draft', idle.page.url())
  check(await idle.page.locator('#caption').inputValue() === 'Second words, typed last.', 'The words are there', await idle.page.locator('#caption').inputValue())
  await idle.leave()
})

/** Somebody with a clock of their own, signed in. */
async function timed(name) {
  const one = await person(browser, demo, name)
  await one.page.clock.install()
  await one.page.goto(demo.link(name))
  await press(one, 'Sign in')
  one.idle = Number(await one.page.evaluate(() => document.documentElement.dataset.idle))
  return one
}

const shut = (who) => who.page.getByRole('dialog', { name: 'This screen is locked' })

await journey('Without a network until the sign-in has ended, the words are still there', async () => {
  const away = await timed('Jo Brightwell')
  await draft(away, 'Kept words.')
  const answered = away.page.waitForResponse((answer) => answer.request().method() === 'POST')
  await away.page.clock.fastForward(1_000)
  await answered // a page that is left takes its words along
  await until('they are kept', async () => (await away.page.reload()) && await away.page.locator('#caption').inputValue() === 'Kept words.')
  await away.context.setOffline(true)
  await away.page.locator('#caption').fill('Goal!')
  await away.page.clock.fastForward((away.idle + 5) * 1000)
  await shut(away).waitFor()
  await away.page.getByText('What you wrote is not kept yet').waitFor()
  check(true, 'It is locked all the same, and says that the words are not kept yet')
  // As the server's limit does.
  await away.context.clearCookies({ name: 'sign-in' })
  await away.context.setOffline(false)
  await away.page.clock.fastForward(6_000)
  await away.page.waitForSelector('text=You were signed out')
  check(await away.page.getByLabel('What you wrote').inputValue() === 'Goal!', 'They come back, to be sent again')
  await away.leave()
})

await journey('A sign-in that ends while somebody writes does not take the words along', async () => {
  const writes = await signedIn(browser, demo, 'Jo Brightwell')
  await draft(writes, 'First.')
  await writes.context.clearCookies({ name: 'sign-in' })
  await writes.page.locator('#caption').fill('Second.')
  await writes.page.waitForSelector('text=You were signed out')
  check(await writes.page.getByLabel('What you wrote').inputValue() === 'Second.', 'The draft that keeps itself comes back with its words')
  await writes.leave()
})

await journey('Any other form stays behind the lock, and whoever works in another tab is not locked out', async () => {
  const two = await timed('Jo Brightwell')
  await two.page.goto('/accounts/requests')
  await two.page.getByLabel('What people here would call it').fill('Clips')
  const beside = await two.context.newPage()
  await beside.goto(`${demo.address}/posts`)
  await two.page.clock.fastForward((two.idle - 100) * 1000)
  await beside.locator('h1').click()
  await two.page.clock.fastForward(150_000)
  await pause(1_500)
  check(!await shut(two).isVisible() && !await shut({ page: beside }).isVisible(), 'Work in one tab counts for the other')
  await two.page.clock.fastForward((two.idle + 5) * 1000)
  await two.page.getByText('What you wrote stays on this screen, and nowhere else').waitFor()
  await look(two, 'A form behind the lock')
  for (let presses = 0; presses < 3; presses += 1) await two.page.keyboard.press('Escape')
  await pause(200)
  check(await shut(two).isVisible(), 'No key opens it')
  await beside.goto(`${demo.address}/posts`)
  check(new URL(beside.url()).pathname === '/sign-in', 'The sign-in has ended', beside.url())
  await beside.goto(demo.link('Priya Nair'))
  await beside.getByRole('button', { name: 'Sign in' }).click()
  await beside.waitForURL(`${demo.address}/**`)
  await two.page.clock.fastForward(3_000)
  await pause(1_500)
  check(await shut(two).isVisible(), 'Nobody else opens it')
  await beside.goto(demo.link('Jo Brightwell'))
  await beside.getByRole('button', { name: 'Sign in' }).click()
  await beside.waitForURL(`${demo.address}/**`)
  await two.page.clock.fastForward(3_000)
  await shut(two).waitFor({ state: 'hidden' })
  check(await two.page.getByLabel('What people here would call it').inputValue() === 'Clips', 'Signing in beside it opens it, with what was written')
  await two.page.getByLabel('Network', { exact: true }).selectOption({ label: 'Bluesky' })
  await two.page.getByLabel('Why the trust needs it').fill('Families ask for it.')
  await press(two, 'Ask for it')
  check((await text(two)).includes('Clips'), 'And it can be sent', await text(two))
  await two.leave()
})

await journey('Without a script, a form that is too late comes back with its words', async () => {
  const plain = await signedIn(browser, demo, 'Jo Brightwell', { javaScriptEnabled: false })
  await draft(plain, 'Words written over a long half-time break.')
  await plain.context.clearCookies({ name: 'sign-in' })
  await press(plain, 'Send for approval')
  check((await text(plain)).includes('You were signed out') && await plain.page.getByLabel('What you wrote').inputValue() === 'Words written over a long half-time break.', 'The words are here', await text(plain))
  plain.complaints.length = 0
  const beside = await plain.context.newPage()
  await beside.goto(demo.link('Jo Brightwell'))
  await beside.getByRole('button', { name: 'Sign in' }).click()
  await beside.waitForURL(`${demo.address}/**`)
  await press(plain, 'Send it again')
  check(await plain.page.locator('h1').innerText() === 'Look at it once more', 'Nothing is done before one more look', await text(plain))
  await press(plain, 'Send it again')
  check(/\/posts\/[^/]+$/.test(plain.page.url()) && (await text(plain)).includes('half-time break'), 'And then it is sent', plain.page.url())
  await plain.leave()
  const expired = await signedIn(browser, demo, 'Jo Brightwell')
  await expired.page.goto('/cover')
  await draft(expired, 'Words of a page that is looked at.')
  await expired.context.clearCookies({ name: 'sign-in' })
  await expired.page.evaluate(() => document.getElementById('draft').submit())
  await expired.page.waitForSelector('text=You were signed out')
  expired.complaints.length = 0
  await look(expired, 'A form that is too late')
  await expired.leave()
})

await journey('A lost phone is locked in ten seconds', async () => {
  const lost = await signedIn(browser, demo, 'Priya Nair')
  await jo.page.goto('/')
  const begun = Date.now()
  await Promise.all([jo.page.waitForNavigation(), jo.page.getByRole('link', { name: 'A phone is lost' }).click()])
  await Promise.all([jo.page.waitForNavigation(), jo.page.getByRole('button', { name: 'Lock the phone of Priya Nair' }).click()])
  await jo.page.getByText('Nobody can go on with the phone of Priya Nair').waitFor()
  const took = Date.now() - begun
  await lost.page.goto('/posts')
  check(new URL(lost.page.url()).pathname === '/sign-in', 'The phone is signed out at once')
  check(took < 10_000, `Two taps and ${(took / 1000).toFixed(1)} seconds`)
  await look(jo, 'A phone is lost, locked')
  await look(lost, 'Sign in, with help for a lost phone')
  await lost.page.goto(demo.link('Priya Nair'))
  await press(lost, 'Sign in')
  check((await text(lost)).includes('does not work any more'), 'No link lets anybody in', await text(lost))
  lost.complaints.length = 0
  await dele.page.goto('/lost')
  await look(dele, 'A phone is lost, the Manager')
  await press(dele, 'Priya has the phone: let them in')
  await lost.page.goto(demo.link('Priya Nair'))
  await press(lost, 'Sign in')
  check(new URL(lost.page.url()).pathname === '/posts', 'The Manager lets her in with one press, and she is where she was', lost.page.url())
  await lost.leave()
})

await journey('A picture is taken here, and kept nowhere else', async () => {
  await draft(jo, 'A picture from the touchline.')
  await look(jo, 'A draft with a camera')
  await jo.page.getByRole('button', { name: 'Take a picture here' }).click()
  await jo.page.getByRole('dialog', { name: 'Take a picture' }).waitFor()
  await jo.page.waitForFunction(() => document.querySelector('.camera video')?.videoWidth > 0)
  await look(jo, 'The camera')
  await Promise.all([jo.page.waitForNavigation(), jo.page.getByRole('button', { name: 'Take the picture' }).click()])
  await until('it is looked at', () => jo.page.locator('.frame img').count())
  check((await text(jo)).includes('delete them there now'), 'It says to delete what is in the gallery')
  check(await jo.page.locator('#caption').inputValue() === 'A picture from the touchline.', 'The words are still there')
  await look(jo, 'A draft with a picture taken here')
})

await journey('A shared device says what it is', async () => {
  const shared = await person(browser, demo, 'shared')
  await shared.page.goto(demo.link('Callum Reid'))
  await shared.page.getByLabel('This is a shared device').check()
  await press(shared, 'Sign in')
  check((await text(shared)).includes('This is a shared device'), 'It says so on every page', await text(shared))
  await look(shared, 'Today on a shared device')
  await shared.leave()
})

await pause(100)
await browser.close()
await demo.stop()
service.close()
verdict()
