// Years of pictures from before this program: imported from the site, looked at one after the other with the mouse, by
// keys and without a script, taken down, and taken back by a mother. Then a post that comes to its end.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, journey, look, person, press, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()

const stories = [
  ['spring-cup', '2023-05-06', 'Spring cup: our under nines came third.', 'team.jpg', 'A team in a row'],
  ['new-kit', '2023-04-01', 'The new kit has arrived.', 'pair.jpg', 'Two players in the new kit'],
  ['player', '2022-09-10', 'Player of the month.', 'portrait.jpg', 'A player who smiles'],
  ['pitch', '2022-08-01', 'The pitch is ready.', 'pitch.jpg', 'The pitch in the sun'],
  ['broken', '2022-07-01', 'Summer camp.', null, 'A camp'],
]

/** As somebody who copied the site before into the folder of this one. */
function copied([key, day, text, picture, alt]) {
  const at = join(demo.data, 'site/posts', key)
  mkdirSync(at)
  if (picture) copyFileSync(join(demo.pictures, picture), join(at, '1.jpg'))
  else writeFileSync(join(at, '1.jpg'), 'no picture at all')
  const article = { record_key: key, published: `${day}T12:00:00Z`, text, pictures: [{ file: '1.jpg', alt_text: alt, width: 8, height: 6, digest: '0'.repeat(64) }] }
  writeFileSync(join(at, 'article.json'), JSON.stringify(article))
}

const staff = (name, options) => signedIn(browser, demo, name, options)

const says = (who) => who.page.locator('main').innerText()
const ask = (query) => execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=20).execute(sys.argv[2]).fetchone()[0])',
  join(demo.data, 'trust.db'), query], { encoding: 'utf8' }).trim()
const gone = async (key) => (await fetch(`${demo.address}/news/${key}`)).status === 404

for (const story of stories) copied(story)

await journey('Old posts are imported and looked at', async () => {
  const [dele, jo] = [await staff('Dele Okafor'), await staff('Jo Brightwell')]
  await dele.page.goto('/old-posts')
  await look(dele, 'Old posts, nothing imported')
  await Promise.all([dele.page.waitForNavigation(), dele.page.getByRole('button', { name: /^Import old posts/ }).first().click()])
  // The page looks again by itself for as long as the import runs.
  await dele.page.getByText('5 posts looked at, 5 of them new').first().waitFor({ timeout: 60_000 })
  await until('every picture was looked at', () => ask(`SELECT COUNT(*) FROM old_picture WHERE state = 'waiting'`) === '0' && ask('SELECT COUNT(*) FROM old_post') === '5', 120)
  check(ask(`SELECT group_concat(state) FROM (SELECT state FROM old_picture ORDER BY state)`) === 'ready,ready,ready,ready,refused', 'What is no picture is refused, by the sandbox')
  await dele.page.goto('/old-posts')
  await look(dele, 'Old posts, to do')

  await jo.page.goto('/old-posts')
  await jo.page.getByRole('link', { name: 'Look at the next one' }).click()
  await jo.page.waitForURL(/old-posts\/oldpost/)
  check((await says(jo)).includes('Spring cup'), 'The newest comes first')
  check(await jo.page.locator('.frame img').evaluate((img) => img.complete && img.naturalWidth >= 400), 'The picture is large')
  await look(jo, 'An old post')
  await jo.page.locator('#find').fill('ash')
  await jo.page.locator('#people label', { hasText: 'Asha' }).first().click()
  await jo.page.locator('#find').fill('zzz')
  await jo.page.getByText('Nobody has “zzz” in their name').waitFor()
  check(await jo.page.locator('#people input:checked').count() === 1, 'Who is ticked stays ticked while somebody types on')
  await press(jo, 'These are shown')
  check((await says(jo)).includes('The new kit'), 'The next one comes by itself', await says(jo))
  await jo.page.locator('#find').fill('harvey')
  await jo.page.locator('#people label', { hasText: 'Harvey' }).first().click()
  await press(jo, 'These are shown')
  check(/Harvey \w+ cannot appear here/.test(await says(jo)), 'Who may not be shown is said at once', await says(jo))
  await look(jo, 'Somebody cannot appear')
  await dele.page.goto(new URL(jo.page.url()).pathname)
  await look(dele, 'Somebody cannot appear, for the Manager')
  await jo.page.locator('#find').fill('noor')
  await jo.page.locator('#people label', { hasText: 'Noor' }).first().click()
  await press(jo, 'These are shown')
  check((await says(jo)).includes('somebody in it can no longer be shown'), 'Whom somebody refused takes it down at once', await says(jo))
  await until('it is gone', () => gone('new-kit'))
  await dele.leave()
  await jo.leave()
})

await journey('By keys, and without a script', async () => {
  const jo = await staff('Jo Brightwell')
  await jo.page.goto('/old-posts/next')
  const before = jo.page.url()
  await jo.page.keyboard.press('n')
  check(jo.page.url() === before, 'Keys are off until somebody turns them on')
  await jo.page.getByRole('button', { name: 'Use keys' }).click()
  await jo.page.locator('h1').click()
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('n')])
  await jo.page.waitForURL(/old-posts\/oldpost/)
  check(jo.page.url() !== before, 'N: nobody of ours, and the next one')
  await jo.page.keyboard.press('f')
  await jo.page.keyboard.type('as')
  await jo.page.locator('#people label', { hasText: 'Asha' }).first().waitFor()
  check((await jo.page.locator('#find').inputValue()) === 'as', 'Letters in the search box are letters')
  await jo.page.locator('h1').click()
  const last = jo.page.url()
  await Promise.all([jo.page.waitForNavigation(), jo.page.keyboard.press('a')])
  await jo.page.waitForURL(/old-posts/)
  check(ask(`SELECT said FROM old_post WHERE id = '${last.split('/').pop()}'`) === 'asked', 'A: the safeguarding lead is asked')
  await jo.leave()

  const ruth = await staff('Ruth Amankwah', { javaScriptEnabled: false })
  await ruth.page.goto('/old-posts?show=asked')
  await ruth.page.locator('.list a').first().click()
  await ruth.page.locator('#find').fill('asha')
  await ruth.page.getByRole('button', { name: 'Find', exact: true }).click()
  await ruth.page.getByLabel(/Asha/).first().check()
  await ruth.page.getByRole('button', { name: 'These are shown' }).click()
  check(Number(ask('SELECT COUNT(*) FROM old_depiction')) >= 3, 'A name is found and ticked without a script')
  await ruth.page.goto('/old-posts?show=to-do')
  await ruth.page.locator('.list a').first().click()
  await ruth.page.getByRole('button', { name: 'Take it down now' }).click()
  await until('it is gone', () => ask(`SELECT COUNT(*) FROM old_post WHERE state = 'gone'`) === '2')
  await ruth.leave()
})

await journey('A mother takes them back', async () => {
  const dele = await staff('Dele Okafor')
  await dele.page.goto('/old-posts?show=shown')
  await look(dele, 'Old posts, somebody is shown')
  const letter = async () => { await dele.page.goto('/outbox'); return dele.page.locator('article').filter({ hasText: 'To meera.verma@example.org' }).first() }
  const link = await (await letter()).getByRole('link').first().getAttribute('href')
  const meera = await person(browser, demo, 'Meera Verma')
  await meera.page.goto(link)
  await press(meera, 'Send me the code')
  const code = await until('the code has come', async () => (await (await letter()).innerText()).match(/\b\d{4} ?\d{4}\b/)?.[0])
  await meera.page.locator('#code').fill(code)
  await press(meera, 'Continue')
  await meera.page.getByRole('button', { name: /Stop showing Asha/ }).click()
  await meera.page.waitForURL(/g\/receipts/)
  check((await says(meera)).includes('/news/spring-cup'), 'The receipt names the address', await says(meera))
  await until('it is gone', async () => await gone('spring-cup') && !(await says(meera)).includes('Being removed'))
  await look(meera, 'A receipt with old posts')
  await dele.page.goto('/old-posts?show=gone')
  await look(dele, 'Old posts, taken down')
  await dele.leave()
  await meera.leave()
})

await journey('A post comes to its end', async () => {
  const [dele, jo, priya] = [await staff('Dele Okafor'), await staff('Jo Brightwell'), await staff('Priya Nair')]
  await dele.page.goto('/posts/ending')
  await look(dele, 'What ends soon, nothing')
  await dele.page.locator('#months-news').fill('1')
  await press(dele, 'Set it for News of the trust')
  await jo.page.goto('/posts/new')
  await press(jo, 'Start the post')
  await jo.page.locator('#caption').fill('The new goals are here, and the nets are up.')
  await press(jo, 'Send for approval')
  const post = jo.page.url().match(/\/posts\/([^/]+)/)[1]
  await priya.page.goto(`/posts/${post}/approve`)
  await press(priya, 'Approve and publish')
  await until('it is public', () => Number(ask(`SELECT COUNT(*) FROM release_order WHERE post_id = '${post}' AND state = 'published'`)) > 0)
  await jo.page.goto('/posts/ending')
  await look(jo, 'What ends soon')
  await jo.page.locator('.list a').first().click()
  await jo.page.waitForURL(/ending\/order/)
  await look(jo, 'Keep a post')
  await Promise.all([jo.page.waitForNavigation(), jo.page.getByRole('button', { name: /^Ask to keep it/ }).click()])
  await priya.page.goto(jo.page.url())
  await look(priya, 'Keep a post, the second person')
  const before = ask(`SELECT MIN(ends_day) FROM release_order WHERE post_id = '${post}'`)
  await Promise.all([priya.page.waitForNavigation(), priya.page.getByRole('button', { name: /^Keep it/ }).click()])
  check(ask(`SELECT MAX(ends_day) FROM release_order WHERE post_id = '${post}'`) > before, 'It stays longer')
  for (const one of [dele, jo, priya]) await one.leave()
})

await browser.close()
await demo.stop()
verdict()
