// The main job, in a real browser: draft → cover → submit → approve → public page → withdraw. Then the same by keyboard
// alone, without JavaScript, and every other page once.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, journey, look, pause, person, phone, press, shots, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
const picture = (name) => join(demo.pictures, name)

/** Whether a page cites a clause: on a shirt (its number is read aloud) or in words. */
const cites = (text, clause) => new RegExp(`clause\\s+${clause}\\b`, 'i').test(text)

/** Somebody of the trust, signed in by the link that the demo printed. */
async function staff(name, options) {
  const who = await person(browser, demo, name, options)
  await who.page.goto(demo.link(name))
  return who
}

async function signIn(who) {
  await who.page.getByRole('button', { name: 'Sign in' }).click()
  await who.page.waitForURL(`${demo.address}/`)
}

/** Starts a post about the first activity and answers its id. */
async function startPost(who) {
  await who.page.goto('/posts/new')
  await who.page.getByRole('button', { name: 'Start the post' }).click()
  await who.page.waitForURL(/\/posts\/[^/]+\/edit/)
  return who.page.url().match(/\/posts\/([^/]+)\/edit/)[1]
}

/** Adds a photo and waits until it was looked at and its publishable copy is made. */
async function addPhoto(who, file) {
  await Promise.all([
    who.page.waitForResponse((answer) => answer.request().method() === 'POST'),
    who.page.locator('#photo').setInputFiles(file),
  ])
  await screened(who)
}

async function screened(who) {
  await until('the photo was looked at and its copy is made', async () => {
    // One look at one page: between two looks it may come back.
    const [there, busy] = await who.page.evaluate(() => ['#photos > section', '[data-looking]'].map((one) => document.querySelectorAll(one).length))
      .catch(() => [0, 0])
    return there > 0 && busy === 0
  }, 60)
}

/** Says who a face is, as a thumb does: opens its question and taps the name. */
async function name(who, face, child) {
  const card = who.page.locator(`#face-1-${face}`)
  if (!await card.locator('details').getAttribute('open').then((open) => open !== null)) await card.locator('summary').click()
  await Promise.all([
    who.page.waitForNavigation(),
    card.getByRole('button', { name: child, exact: true }).click(),
  ])
}

async function fillWords(who, caption, altText) {
  await who.page.locator('#caption').fill(caption)
  if (altText) await who.page.locator('#alt-1').fill(altText)
}


/** The newest mail to somebody on the demo's outbox page. */
async function mailTo(reader, address) {
  await reader.page.goto('/outbox')
  const letter = reader.page.locator('article').filter({ hasText: `To ${address}` }).first()
  return { letter, text: await letter.innerText() }
}

const caption = 'First training under the new lights. Forty children, one muddy ball and a lot of laughing.'
let post
let article

await journey('A draft on a phone', async () => {
  const jo = await staff('Jo Brightwell')
  await look(jo, 'Sign in')
  await signIn(jo)
  await look(jo, 'Today')
  await jo.page.goto('/posts/new')
  await look(jo, 'New post')
  post = await startPost(jo)
  await look(jo, 'Draft, empty')
  await addPhoto(jo, picture('team.jpg'))
  const faces = await jo.page.locator('.facecard').count()
  check(faces === 5, 'Every face of the team is found', `${faces} faces`)
  check(await jo.page.locator('.pill', { hasText: 'Covered' }).count() === faces, 'Everybody is covered until somebody says who they are')

  await fillWords(jo, 'A bloody good morning. Ring Sam on 07700 900123.', 'Five players behind a board at the touchline')
  await until('the words are marked', () => jo.page.locator('#word-notes article').count().then((n) => n >= 2))
  const notes = await jo.page.locator('#word-notes').innerText()
  check(cites(notes, 6) && cites(notes, 10), 'Marked words cite clauses 6 and 10', notes)
  await look(jo, 'Draft, with words that cannot go out')

  await name(jo, 1, 'Asha Verma')
  await name(jo, 2, 'Mia Kowal')
  const off = await jo.page.locator('.chip--off', { hasText: 'Noor Haddad' }).first().innerText()
  const flagged = await jo.page.locator('.chip--off', { hasText: 'Ella Whitlock' }).first().innerText()
  check(off.replace('Noor Haddad', '') === flagged.replace('Ella Whitlock', ''), 'A refused child and a flagged child read the same', `${off} | ${flagged}`)
  await fillWords(jo, `Mia Kowal ran and ran. ${caption}`)
  await until('the words are looked at again', async () => cites((await jo.page.locator('#word-notes').allInnerTexts()).join(' '), 9))
  check(true, 'A name beside the face of a child cites clause 9')
  await press(jo, 'Send for approval')
  await until('what is missing is said', () => jo.page.locator('#missing').count())
  check(true, 'A draft that cannot go out says what is missing')
  await look(jo, 'Draft, something is missing')

  await fillWords(jo, caption)
  await screened(jo)
  await look(jo, 'Draft, ready')
  await jo.page.setViewportSize(phone)
  await jo.page.locator('#photo-1').evaluate((photo) => scrollTo(0, photo.getBoundingClientRect().top + scrollY - 16))
  await jo.page.screenshot({ path: join(shots, 'readme-phone.png') })
  await press(jo, 'Send for approval')
  await jo.page.waitForURL(`${demo.address}/posts/${post}`)
  check((await jo.page.locator('main').innerText()).includes('Needs a second person'), 'It waits for a second person')
  await look(jo, 'Waiting for a second person')
  await jo.page.goto(`/posts/${post}/approve`)
  await press(jo, 'Approve and publish')
  const own = await jo.page.locator('main').innerText()
  check(cites(own, 12) && /two people/.test(own), 'Nobody approves their own post, and clause 12 says why', own.slice(0, 400))
  await jo.leave()
})

await journey('A second person approves, and the public sees it', async () => {
  const priya = await staff('Priya Nair')
  await signIn(priya)
  await priya.page.goto('/posts')
  await look(priya, 'Posts')
  await priya.page.goto(`/posts/${post}/approve`)
  await look(priya, 'Approve')
  await press(priya, 'Approve and publish')
  await until('it is public', async () => {
    await priya.page.goto(`/posts/${post}`)
    return priya.page.getByRole('link', { name: 'See it as the public does' }).count()
  })
  await look(priya, 'Published')
  article = await priya.page.getByRole('link', { name: 'See it as the public does' }).getAttribute('href')
  await priya.leave()

  const stranger = await person(browser, demo, 'stranger')
  await stranger.page.goto('/news')
  await look(stranger, 'News page')
  await stranger.page.goto(article)
  await look(stranger, 'News article')
  const shown = await stranger.page.locator('main').innerText()
  check(shown.includes('one muddy ball'), 'The public reads the words')
  const image = stranger.page.locator('main img').first()
  check(await image.getAttribute('alt') === 'Five players behind a board at the touchline', 'The picture carries its alt text')
  check(await image.evaluate((one) => one.complete && one.naturalWidth > 0), 'The picture is there')
  const bytes = await stranger.page.request.get(await image.getAttribute('src')).then((answer) => answer.body())
  check(!bytes.includes('Exif') && !bytes.includes('SN-4711') && !bytes.includes('Brightwell'), 'Nothing is hidden in the picture')
  const feed = await stranger.page.request.get('/news/feed.xml').then((answer) => answer.text())
  check(feed.includes('http://www.w3.org/2005/Atom') && feed.includes('one muddy ball'), 'The feed carries it')
  await stranger.page.setViewportSize(phone)
  await stranger.page.screenshot({ path: join(shots, 'readme-public.png') })
  await stranger.leave()
})

await journey('A post is corrected', async () => {
  const jo = await staff('Jo Brightwell')
  await signIn(jo)
  await jo.page.goto(`/posts/${post}`)
  await press(jo, 'Correct this post')
  const copy = jo.page.url().match(/\/posts\/([^/]+)\/edit/)[1]
  await screened(jo)
  await jo.page.locator('#caption').fill(`${caption} See you on Saturday.`)
  await look(jo, 'Correction')
  await press(jo, 'Send for approval')
  await jo.page.waitForURL(`${demo.address}/posts/${copy}`)
  const priya = await staff('Priya Nair')
  await signIn(priya)
  await priya.page.goto(`/posts/${copy}/approve`)
  await press(priya, 'Approve and publish')
  const old = article
  await until('the new copy is out and the old one is gone', async () => {
    await priya.page.goto(`/posts/${copy}`)
    const link = priya.page.getByRole('link', { name: 'See it as the public does' })
    if (!await link.count()) return false
    article = await link.getAttribute('href')
    return (await priya.page.request.get(old)).status() >= 404
  })
  check(article !== old, 'The correction is public in place of the old copy')
  post = copy
  await jo.leave()
  await priya.leave()
})

await journey('A mother changes her mind', async () => {
  const reader = await staff('Priya Nair')
  await signIn(reader)
  const invitation = await mailTo(reader, 'meera.verma@example.org')
  const link = await invitation.letter.getByRole('link').first().getAttribute('href')
  await look(reader, 'Outbox')
  const meera = await person(browser, demo, 'Meera Verma')
  await meera.page.goto(link)
  check(!/Asha|Meera/.test(await meera.page.locator('body').innerText()), 'The invitation shows nothing by itself')
  await look(meera, 'Invitation')
  await press(meera, 'Send me the code')
  await look(meera, 'The code')
  await until('the code has arrived', async () => /\b\d{4} ?\d{4}\b/.test((await mailTo(reader, 'meera.verma@example.org')).text))
  const code = (await mailTo(reader, 'meera.verma@example.org')).text.match(/\b\d{4} ?\d{4}\b/)[0]
  await meera.page.locator('#code').fill(code)
  await press(meera, 'Continue')
  await look(meera, 'Your answers')
  const answers = await meera.page.locator('main').innerText()
  check(answers.includes('Asha') && !answers.includes('Rohan'), 'She sees her child, and nothing of the other parent')
  await press(meera, 'Stop showing Asha')
  const begun = Date.now()
  await until('the picture is gone', async () => {
    await meera.page.reload()
    return meera.page.locator('.pill', { hasText: 'Gone' }).count()
  }, 60)
  check(Date.now() - begun < 60_000, `It was gone within a minute (${Math.ceil((Date.now() - begun) / 1000)} s)`)
  await look(meera, 'Receipt')
  const stranger = await person(browser, demo, 'stranger')
  const answer = await stranger.page.goto(article)
  check(answer.status() === 404 || answer.status() === 410, 'The public page is gone', String(answer.status()))
  stranger.complaints.length = 0
  await look(stranger, 'News article, gone')
  await stranger.page.goto('/news')
  check(!(await stranger.page.locator('main').innerText()).includes('muddy ball'), 'The news page no longer names it')
  await reader.page.goto(`/posts/${post}`)
  await look(reader, 'Post after a withdrawal')
  await stranger.leave()
  await meera.leave()
  await reader.leave()
})

await journey('By keyboard alone', async () => {
  const jo = await staff('Jo Brightwell')
  await jo.page.keyboard.press('Tab')
  check(await jo.page.evaluate(() => document.activeElement.className) === 'skip', 'The first stop of the keyboard is the way past the header')
  await jo.page.getByRole('button', { name: 'Sign in' }).focus()
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('Enter')])
  await startPost(jo)
  await addPhoto(jo, picture('pair.jpg'))
  const box = jo.page.locator('.faces a').first()
  await box.focus()
  await jo.page.keyboard.press('Enter')
  await jo.page.locator('#face-1-1 button.chip').first().focus()
  const who = await jo.page.evaluate(() => document.activeElement.textContent)
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('Enter')])
  check((await jo.page.locator('#face-1-1').innerText()).includes(who), 'A face is named without a mouse', who)
  const draw = jo.page.locator('details', { has: jo.page.locator('summary', { hasText: 'A face was missed' }) })
  await draw.locator('summary').focus()
  await jo.page.keyboard.press('Enter')
  for (const [side, value] of [['x', '5'], ['y', '60'], ['w', '10'], ['h', '12']]) await jo.page.locator(`#${side}-1`).fill(value)
  await draw.getByRole('button', { name: 'Cover this face' }).focus()
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('Enter')])
  check(await jo.page.locator('.facecard').count() === 3, 'A missed face is drawn by numbers')
  await screened(jo)
  await look(jo, 'Draft, a drawn face')
  await jo.leave()
})

await journey('Without JavaScript', async () => {
  const jo = await staff('Jo Brightwell', { javaScriptEnabled: false })
  await signIn(jo)
  await startPost(jo)
  await jo.page.locator('#photo').setInputFiles(picture('pitch.jpg'))
  await press(jo, 'Add the photos')
  await until('the photo was looked at', async () => {
    await jo.page.reload()
    return await jo.page.locator('#photos > section').count() > 0 && await jo.page.locator('[data-looking]').count() === 0
  }, 60)
  check((await jo.page.locator('#photos').innerText()).includes('No face was found'), 'A picture of nobody says so')
  await fillWords(jo, 'The pitch is ready for Saturday.', 'An empty pitch in the morning')
  await press(jo, 'Send for approval')
  check(/\/posts\/[^/]+$/.test(new URL(jo.page.url()).pathname), 'A post is sent without a script', jo.page.url())
  await jo.leave()
})

await journey('Files that cannot be used', async () => {
  const jo = await staff('Jo Brightwell')
  await signIn(jo)
  await startPost(jo)
  const film = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypmp42'), Buffer.alloc(400)])
  await addPhoto(jo, { name: 'goal.mp4', mimeType: 'video/mp4', buffer: film })
  const said = await jo.page.locator('#photo-1').innerText()
  check(/cannot be used/i.test(said) && /video/i.test(said), 'A video gets one sentence that says what to do instead', said)
  await look(jo, 'Draft, a file that cannot be used')
  await jo.leave()
})

await journey('People who may not post', async () => {
  const callum = await staff('Callum Reid')
  await signIn(callum)
  await look(callum, 'Today, certificate lapsed')
  await startPost(callum)
  await callum.page.locator('#caption').fill('See you on Saturday.')
  await press(callum, 'Send for approval')
  check(cites(await callum.page.locator('#missing').innerText(), 1), 'A lapsed certificate cites clause 1')
  await callum.leave()
  const bea = await staff('Bea Lindqvist')
  await signIn(bea)
  await startPost(bea)
  const said = await bea.page.locator('main').innerText()
  check(/ask the Manager/.test(said), 'Without permission for an account the page says whom to ask', said.slice(0, 300))
  await bea.leave()
})

await journey('Every other page', async () => {
  const dele = await staff('Dele Okafor')
  await signIn(dele)
  for (const [path, title] of [['/', 'Today, Manager'], ['/policy', 'The team sheet'], ['/people', 'People'], ['/participants', 'Participants'], ['/participants/duplicates', 'On record twice'], ['/activities', 'Activities'], ['/imports/new/all', 'Import a sheet'], ['/ledger', 'Ledger'], ['/pause', 'Pause'], ['/posts?words=nothing-like-this', 'Posts, nothing found']]) {
    await dele.page.goto(path)
    await look(dele, title)
  }
  const sheet = await dele.page.goto('/policy').then(() => dele.page.locator('main').innerText())
  check((sheet.match(/not yet enforced/gi) ?? []).length >= 6, 'The Manager sees which clauses are not yet enforced', sheet.slice(0, 300))
  await dele.page.goto('/pause')
  await press(dele, 'Pause all publishing')
  await look(dele, 'Paused')
  await dele.page.goto('/pause')
  await press(dele, 'Let publishing go on')
  await dele.page.goto('/nowhere').catch(() => null)
  dele.complaints.length = 0
  await look(dele, 'Lost')
  await dele.page.goto('/')
  await press(dele, 'Lock')
  await look(dele, 'Locked')
  await dele.page.goto('/sign-in')
  await look(dele, 'How to sign in')
  await dele.leave()
  for (const name of ['Ruth Amankwah', 'Tomas Kale', 'Margaret Osei']) {
    const one = await staff(name)
    await signIn(one)
    await look(one, `Today, ${name}`)
    await one.leave()
  }
})

await journey('The picture of the README', async () => {
  const artist = await person(browser, demo, 'artist')
  const [left, right] = ['readme-phone.png', 'readme-public.png'].map((file) => readFileSync(join(shots, file)).toString('base64'))
  await artist.page.setViewportSize({ width: 800, height: 860 })
  await artist.page.setContent(`<body style="margin:0;background:#e9e4d8;display:flex;gap:24px;justify-content:center;align-items:center;height:100vh">
    ${[left, right].map((one) => `<img style="width:360px;border-radius:14px;box-shadow:0 2px 12px #0004" src="data:image/png;base64,${one}">`).join('')}</body>`)
  await pause(200)
  writeFileSync(join(shots, 'journey.png'), await artist.page.screenshot())
  check(true, 'It is drawn from the journey')
  await artist.leave()
})

await browser.close()
await demo.stop()
verdict()
