// A post of which nobody knows whether it is public: something else has its place on the website. The Manager is asked,
// sees both side by side, and has it taken down.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, journey, look, press, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
const caption = 'The new goals are here, and the nets are up.'

const staff = (name, options) => signedIn(browser, demo, name, options)


/** The one answer of a query on the demo's records. */
const ask = (query) => execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=20).execute(sys.argv[2]).fetchone()[0])',
  join(demo.data, 'trust.db'), query], { encoding: 'utf8' }).trim()

await journey('Nobody knows whether it is public', async () => {
  const [jo, priya, dele] = [await staff('Jo Brightwell'), await staff('Priya Nair'), await staff('Dele Okafor')]
  await dele.page.goto('/pause')
  await press(dele, 'Pause all publishing')
  await jo.page.goto('/posts/new')
  await press(jo, 'Start the post')
  await jo.page.locator('#caption').fill(caption)
  await press(jo, 'Send for approval')
  const post = jo.page.url().match(/\/posts\/([^/]+)/)[1]
  await priya.page.goto(`/posts/${post}/approve`)
  await press(priya, 'Approve and publish')
  const key = ask(`SELECT record_key FROM release_order WHERE post_id = '${post}'`)
  mkdirSync(join(demo.data, 'site/posts', key))
  writeFileSync(join(demo.data, 'site/posts', key, 'article.json'), 'Not what anybody approved.')
  await dele.page.goto('/pause')
  await press(dele, 'Let publishing go on')
  const asks = () => dele.page.getByRole('link', { name: 'Look and decide' })
  await until('the Manager is asked', async () => { await dele.page.goto('/'); return asks().count() })
  await look(dele, 'Today, somebody has to look')
  await Promise.all([dele.page.waitForNavigation(), asks().first().click()])
  const text = await dele.page.locator('main').innerText()
  check(text.includes(caption) && text.includes('Not what anybody approved.'), 'Both are side by side', text)
  await look(dele, 'Is it public')
  await press(dele, 'Take it down, whatever is there')
  await until('it is gone', async () => { await dele.page.goto(`/posts/${post}`); return (await dele.page.locator('main').innerText()).includes('Taken down') })
  check((await dele.page.locator('main').innerText()).includes('Dele looked'), 'Who looked is said')
  const refused = await jo.page.goto(`/posts/${post}/uncertain/${ask(`SELECT id FROM release_order WHERE post_id = '${post}'`)}`)
  check(refused.status() === 403, 'Its author has no say')
  for (const one of [jo, priya, dele]) await one.leave()
})

await browser.close()
await demo.stop()
verdict()
