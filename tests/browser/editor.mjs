// One post for two accounts: words of its own for one of them, a thread, counters, how it will look, a time; the second
// person reads every text; the calendar is worked by keyboard alone and without a script.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { check, journey, look, press, shots, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
const staff = (name, options) => signedIn(browser, demo, name, options)
const title = 'What a morning at the new ground.'
const caption = `${title}\n\n${'Forty children ran, passed and laughed in the rain, and nobody wanted to go home. '.repeat(6).trim()}`

/** A second account of the trust, which everybody who acts on the first one acts on as well. */
execFileSync('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
site, = db.execute("SELECT id FROM channel WHERE network = 'website'").fetchone()
new = site[:-1] + ('0' if site[-1] != '0' else '1')
db.execute("INSERT INTO channel (id, network, name, permitted_by, permitted_ms) SELECT ?, 'bluesky', 'Bluesky', permitted_by, permitted_ms FROM channel WHERE id = ?", (new, site))
names = [row[1] for row in db.execute("PRAGMA table_info(channel_grant)")]
for row in db.execute("SELECT * FROM channel_grant WHERE channel_id = ?", (site,)).fetchall():
    row = dict(zip(names, row))
    row['channel_id'] = new
    row['id'] = row['id'][:-2] + ('00' if row['id'][-2:] != '00' else '11')
    db.execute("INSERT INTO channel_grant (%s) VALUES (%s)" % (', '.join(names), ', '.join('?' * len(names))), [row[name] for name in names])
db.commit()`, join(demo.data, 'trust.db')])

const [jo, priya] = [await staff('Jo Brightwell'), await staff('Priya Nair')]
/** A day from now, as a form wants it. */
const day = (from) => new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10)
const main = async (who) => (await who.page.locator('main').innerText()).replace(/\s+/g, ' ')
let post

await journey('Written once, adjusted for one account', async () => {
  await jo.page.goto('/posts/new')
  await press(jo, 'Start the post')
  post = jo.page.url().match(/\/posts\/([^/]+)/)[1]
  await jo.page.locator('#caption').fill(caption)
  await until('it is counted for both accounts', async () => (await jo.page.locator('#counts').innerText()).includes('Bluesky: 2 posts'))
  const counts = await jo.page.locator('#counts').innerText()
  check(/Bluesky: 2 posts, the longest \d+ of 300 letters/.test(counts), 'A long text is two posts on Bluesky', counts)
  const bluesky = jo.page.getByRole('article', { name: 'As it will be on Bluesky' })
  check((await bluesky.innerText()).includes('Post 1 of 2') && (await bluesky.innerText()).includes('2/2'), 'The thread is shown post by post')
  await look(jo, 'Draft with a thread')

  await jo.page.locator('.own summary', { hasText: 'Bluesky' }).click()
  const own = jo.page.getByLabel('Words for Bluesky')
  await own.fill('A bloody wet morning, and everybody stayed. #RiversideYouth')
  await until('its own words are looked at', async () => (await jo.page.locator('#word-notes').innerText()).includes('In the words for Bluesky'))
  check(true, 'A finding says in whose words it is')
  await own.fill('A wet morning, and everybody stayed. #RiversideYouth')
  await until('they are counted', async () => (await jo.page.locator('#counts').innerText()).includes('Bluesky: 52 of 300 letters'))
  check((await jo.page.locator('#counts').innerText()).includes('one hashtag'), 'Letters and hashtags are counted as the network does')
  await look(jo, 'Draft with words for one account')
})

await journey('It has a time, and the second person reads all of it', async () => {
  await jo.page.locator('#day').fill(day(3))
  await until('half a time is said', async () => (await jo.page.locator('#when-note').innerText()).includes('Choose the time as well'))
  await jo.page.locator('#day').fill('2027-03-28')
  await jo.page.locator('#time').fill('01:30')
  await until('a time that does not exist is said', async () => (await jo.page.locator('#when-note').innerText()).includes('clocks go forward'))
  await look(jo, 'Draft with a time that does not exist')
  await jo.page.locator('#day').fill(day(3))
  await jo.page.locator('#time').fill('10:00')
  await until('the time is kept', async () => (await jo.page.locator('#when-note').innerText()) === '')
  await press(jo, 'Send for approval')
  check((await main(jo)).includes('It is planned for'), 'Its page says when', await main(jo))

  await priya.page.goto(`/posts/${post}/approve`)
  const all = await main(priya)
  check(all.includes('Forty children ran') && all.includes('A wet morning, and everybody stayed.'), 'The second person reads the caption and the account’s own words', all)
  check(all.includes('own words') || all.includes('Bluesky'), 'Each is under its account')
  await look(priya, 'Approve two texts for a time')
  await press(priya, 'Approve for this time')
  check((await main(priya)).includes('It goes out on'), 'Approved for its time', await main(priya))
  check(!(await priya.page.goto('/news').then((answer) => answer.text())).includes(title), 'Nothing is public before its time')
})

await journey('Approved, and back with its author before it leaves', async () => {
  const again = async () => {
    await press(jo, 'Send for approval')
    await priya.page.goto(`/posts/${post}/approve`)
    await press(priya, 'Approve for this time')
  }
  await jo.page.goto(`/posts/${post}`)
  await press(jo, 'Take it back and change it')
  check((await jo.page.locator('#caption').inputValue()).trim() === caption && (await jo.page.locator('#time').inputValue()) === '10:00', 'Its words and its time are there')
  await again()
  await look(priya, 'Approved, and not gone out yet')
  await priya.page.getByLabel('Not ready?').fill('The match is off.')
  await press(priya, 'Return to Jo')
  await jo.page.goto(`/posts/${post}/edit`)
  check((await main(jo)).includes('The match is off.'), 'Its author reads why it came back')
  await again()
  check((await main(priya)).includes('It goes out on'), 'Approved once more')
})

await journey('The calendar, by keyboard alone', async () => {
  await jo.page.setViewportSize({ width: 1280, height: 860 })
  await jo.page.goto('/posts')
  await Promise.all([jo.page.waitForNavigation(), jo.page.getByRole('link', { name: 'Calendar' }).click()])
  await jo.page.goto(`/calendar?show=month&day=${day(3)}`)
  await look(jo, 'Calendar, a month')
  await jo.page.setViewportSize({ width: 1280, height: 860 })
  const move = jo.page.locator(`#post-${post} summary`)
  await move.focus()
  // Away from the end of the page's month, whichever day it is.
  await jo.page.keyboard.press('ArrowRight')
  const said = await jo.page.locator('#calendar-says').innerText()
  check(said.includes(title) && said.includes('Enter moves it there'), 'A live region says where it would go', said)
  await jo.page.keyboard.press('Tab')
  check((await jo.page.locator('#calendar-says').innerText()).includes('stays where it was'), 'Whoever goes on without Enter moves nothing')
  await move.focus()
  await jo.page.keyboard.press('Enter')
  check(await jo.page.locator(`#post-${post} details`).evaluate((form) => form.open), 'and Enter opens the form again')
  await jo.page.keyboard.press('Enter')
  await jo.page.keyboard.press('ArrowRight')
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('Enter')])
  check((await jo.page.locator(`td[data-day="${day(4)}"] #post-${post}`).count()) === 1, 'It stands on the next day', jo.page.url())
  check((await jo.page.locator('#calendar-says').innerText()).includes('goes out on'), 'It is said where it is now')
  check(await jo.page.evaluate((id) => document.activeElement.closest('li')?.id === id, `post-${post}`), 'The focus is on the post that was moved')
  await jo.page.goto(`/calendar?show=week&day=${day(4)}`)
  await look(jo, 'Calendar, a week')
  check((await main(jo)).includes(title), 'It stands in its week')
})

await journey('A draft without a script', async () => {
  const plain = await staff('Jo Brightwell', { javaScriptEnabled: false })
  await plain.page.goto('/posts/new')
  await plain.page.getByLabel('Bluesky').uncheck()
  await press(plain, 'Start the post')
  const own = plain.page.locator('.own', { hasText: 'Bluesky' })
  check(await own.isVisible(), 'An account that is not ticked yet can be given words of its own')
  await own.locator('summary').click()
  await own.getByRole('textbox').fill('Short and kind.')
  await plain.page.locator('#caption').fill(caption)
  await plain.page.locator('.chips').getByLabel('Bluesky').check()
  await plain.page.screenshot({ path: join(shots, 'draft-without-a-script.png'), fullPage: true })
  await press(plain, 'Keep and show how it looks')
  check(plain.page.url().endsWith('#looks-t'), 'It leads to how it will look', plain.page.url())
  check((await plain.page.getByRole('article', { name: 'As it will be on Bluesky' }).innerText()).includes('Short and kind.'), 'as each account will show it')
  check((await plain.page.locator('#counts').innerText()).includes('Bluesky: 15 of 300 letters'), 'and it is counted')
  await plain.leave()
})

await journey('By mouse, and without a script', async () => {
  await jo.page.setViewportSize({ width: 1280, height: 860 })
  await jo.page.goto(`/calendar?show=month&day=${day(4)}`)
  await Promise.all([jo.page.waitForNavigation(), jo.page.locator(`#post-${post}`).dragTo(jo.page.locator(`td[data-day="${day(5)}"]`))])
  check((await jo.page.locator(`td[data-day="${day(5)}"] #post-${post}`).count()) === 1, 'Dragged to another day')

  const fingers = await jo.page.context().newCDPSession(jo.page)
  await fingers.send('Emulation.setTouchEmulationEnabled', { enabled: true })
  const touch = (type, ...touchPoints) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints })
  /** The middle of a place's upper edge, where a day's number and a post's words are. */
  const at = async (selector) => {
    const box = await jo.page.locator(selector).boundingBox()
    return { x: box.x + box.width / 2, y: box.y + 20 }
  }
  const places = async () => {
    await jo.page.locator(`#post-${post}`).scrollIntoViewIfNeeded()
    return [await at(`#post-${post}`), await at(`td[data-day="${day(6)}"]`)]
  }
  let [from, to] = await places()
  await touch('touchStart', from)
  await touch('touchMove', to)
  await touch('touchEnd')
  check((await jo.page.locator(`td[data-day="${day(5)}"] #post-${post}`).count()) === 1, 'A finger that only strokes over it moves nothing');
  // The page may have gone along.
  [from, to] = await places()
  await touch('touchStart', from)
  await until('it is held', async () => (await jo.page.locator('#calendar-says').innerText()).includes('move your finger'))
  await touch('touchMove', to)
  await Promise.all([jo.page.waitForNavigation(), touch('touchEnd')])
  check((await jo.page.locator(`td[data-day="${day(6)}"] #post-${post}`).count()) === 1, 'A finger carries it to another day')
  await jo.leave()
  const plain = await staff('Priya Nair', { javaScriptEnabled: false })
  await plain.page.goto(`/calendar?show=month&day=${day(6)}`)
  await plain.page.locator(`#post-${post} summary`).click()
  await plain.page.locator(`#post-${post}`).getByLabel('Day').fill(day(5))
  await press(plain, 'Move it there')
  check((await main(plain)).includes('goes out on'), 'Whoever approves moves it by a plain form')
  await plain.page.locator(`#post-${post} summary`).click()
  await plain.page.locator(`#post-${post}`).getByLabel('Day').fill(day(30))
  await press(plain, 'Move it there')
  check((await main(plain)).includes('two weeks'), 'Not for longer than the approval is good for', await main(plain))
  await plain.leave()
})

await browser.close()
await demo.stop()
verdict()
