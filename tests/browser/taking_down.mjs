// A mother changes her mind about a picture that is public in five places, over networks that are played on this machine:
// how far each is, what a person has to do by hand, what somebody else posted on an account, a post of which nobody knows
// whether it is public, and what X may cost.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { check, journey, look, person, press, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'
import { Connecting, startNetworks } from './networks.mjs'

const networks = await startNetworks()
const { order } = networks
const demo = await startDemo({ env: networks.env })
const browser = await startBrowser()
const staff = (name) => signedIn(browser, demo, name)
const [dele, jo, priya] = [await staff('Dele Okafor'), await staff('Jo Brightwell'), await staff('Priya Nair')]

const accounts = [['X', 'Trust on X'], ['Facebook', 'Trust Page'], ['Instagram', 'Trust on Instagram'], ['Mastodon', 'Trust on Mastodon']]
const caption = 'Player of the month, and a smile to go with it.'
const main = async (who) => (await who.page.locator('main').innerText()).replace(/\s+/g, ' ')
const shown = async (network) => (await order(network, 'posts')).posts
const everywhere = async () => (await Promise.all([networks.x, networks.meta, networks.mastodon].map(shown))).flat()

/** What a query of the demo's records answers, after it was written down. */
const ask = (query) => execFileSync('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
found = db.execute(sys.argv[2]).fetchone()
db.commit()
print(found[0] if found else '')`, join(demo.data, 'trust.db'), query], { encoding: 'utf8' }).trim()

/** Every account is looked at now, and not in five minutes; waits until it was. */
async function watched() {
  const before = ask('SELECT COALESCE(MAX(looked_ms), 0) FROM channel_watch')
  ask(`UPDATE job SET due_ms = 0 WHERE kind = 'watch' AND done_ms IS NULL`)
  await until('the accounts were looked at', () => Number(ask(`SELECT COUNT(*) FROM channel_watch WHERE looked_ms > ${before}`)) > accounts.length, 60)
}

/** Somebody may act on an account from now on. */
async function may(name, account, what) {
  await dele.page.goto('/accounts')
  const card = dele.page.locator('section.card', { has: dele.page.getByRole('heading', { name: account, exact: true }) })
  await card.getByText('Let somebody act here').click()
  await card.getByLabel('Who').selectOption({ label: name })
  await card.getByLabel(what).check()
  await Promise.all([dele.page.waitForNavigation(), card.getByRole('button', { name: 'Give the permission' }).click()])
}

/** A draft that goes to these accounts alone, or to all of them. Answers its id. */
async function draft(words, only) {
  await jo.page.goto('/posts/new')
  if (only) for (const box of await jo.page.locator('input[name=channel]').all()) await box.uncheck()
  for (const [network, account] of accounts) {
    const named = account.includes(network) ? account : `${account} (${network})`
    if (!only || only === account) await jo.page.getByLabel(named, { exact: true }).check()
  }
  await press(jo, 'Start the post')
  await jo.page.locator('#caption').fill(words)
  return jo.page.url().match(/\/posts\/([^/]+)/)[1]
}

/** Opens Today until a notice with these words is there, and follows its link. */
async function todaySays(who, words, link, screen) {
  const notice = who.page.locator('.notice', { hasText: words }).first()
  await until(`Today says: ${words}`, async () => { await who.page.goto('/'); return notice.count() }, 90)
  await look(who, screen)
  await Promise.all([who.page.waitForNavigation(), notice.getByRole('link', { name: link }).click()])
}

const by = (account) => dele.page.locator('table tr', { hasText: account })

await journey('Four accounts, and what X may cost', async () => {
  const connecting = new Connecting(dele)
  for (const [network, account] of accounts) {
    if (network === 'Mastodon') await connecting.connected(network, account, networks.mastodon)
    else await connecting.connected(network, account)
    for (const [name, what] of [['Jo Brightwell', 'Draft'], ['Priya Nair', 'Approve']]) await may(name, account, what)
  }
  await dele.page.goto('/accounts')
  await Promise.all([dele.page.waitForNavigation(), dele.page.getByRole('link', { name: /^What we know of it.*Trust on X$/ }).click()])
  check((await main(dele)).includes('This month $0.00 of $5.00 is spent'), 'What X costs and may cost is on its page', await main(dele))
  const account = dele.page.url()
  const most = dele.page.getByLabel('Most that it may cost in a month')
  await most.fill('a lot')
  await press(dele, 'Set the amount')
  check((await main(dele)).includes('Write the amount in US dollars'), 'What is no amount is said to be none', await main(dele))
  dele.complaints.splice(0) // the refusal itself
  await dele.page.goto(account)
  await most.fill('12.50')
  await press(dele, 'Set the amount')
  check((await main(dele)).includes('of $12.50 is spent'), 'The Manager sets the most that it may cost', await main(dele))
  await look(dele, 'An account that costs money')
})

let post

await journey('A picture in five places', async () => {
  post = await draft(caption)
  await Promise.all([
    jo.page.waitForResponse((answer) => answer.request().method() === 'POST'),
    jo.page.locator('#photo').setInputFiles(join(demo.pictures, 'portrait.jpg')),
  ])
  await until('the photo was looked at', () => jo.page.evaluate(() => document.querySelectorAll('#photos > section').length > 0 && !document.querySelector('[data-looking]')).catch(() => false), 60)
  const face = jo.page.locator('#face-1-1')
  if (!await face.locator('details[open]').count()) await face.locator('summary').click()
  await Promise.all([jo.page.waitForNavigation(), face.getByRole('button', { name: 'Asha Verma', exact: true }).click()])
  await jo.page.locator('#alt-1').fill('A player smiles into the camera')
  await jo.page.locator('#caption').focus() // nothing is exchanged under somebody who writes in it
  await until('what it costs is said', async () => (await main(jo)).includes('about $0.02 on Trust on X'))
  check(true, 'What it costs on X is said before it is sent')
  await until('its copy is made', () => jo.page.evaluate(() => !document.querySelector('[data-looking]')).catch(() => false), 60)
  await look(jo, 'A draft for five places')
  await press(jo, 'Send for approval')
  await priya.page.goto(`/posts/${post}/approve`)
  await look(priya, 'Approve five places')
  await press(priya, 'Approve and publish')
  await until('it is public in five places', async () => {
    await priya.page.goto(`/posts/${post}`)
    return await priya.page.getByRole('link', { name: 'See it as the public does' }).count() === 5
  }, 90)
  check((await everywhere()).length >= 3, 'The networks show it')
  await dele.page.goto('/taking-down')
  await look(dele, 'Taking down, nothing')
})

let meera

await journey('A mother changes her mind, and everybody can watch', async () => {
  await order(networks.mastodon, 'fail?act=delete&fault=refused')
  await order(networks.x, 'fail?act=delete&fault=late&number=2')
  meera = await person(browser, demo, 'Meera Verma')
  const mail = async () => {
    await priya.page.goto('/outbox')
    return priya.page.locator('article').filter({ hasText: 'To meera.verma@example.org' }).first().innerText()
  }
  await meera.page.goto((await mail()).match(/\/g\/[0-9a-z]+/)[0])
  await press(meera, 'Send me the code')
  const code = await until('the code has arrived', async () => (await mail()).match(/\b\d{4} ?\d{4}\b/)?.[0])
  await meera.page.locator('#code').fill(code)
  await press(meera, 'Continue')
  const begun = Date.now()
  await press(meera, 'Stop showing Asha')
  await dele.page.goto('/taking-down')
  await look(dele, 'Taking down, just asked for')
  await until('Facebook shows it no more', async () => (await shown(networks.meta)).length === 0, 60)
  check(Date.now() - begun < 60_000, `Facebook and Instagram show nothing within a minute (${Math.ceil((Date.now() - begun) / 1000)} s)`)
  await until('four are seen gone and one is done by hand', async () => {
    await dele.page.goto('/taking-down')
    const [gone, hand] = await Promise.all(['News page', 'Trust on X', 'Trust Page', 'Trust on Instagram'].map((one) => by(one).locator('[data-label="Gone"]').innerText()).concat(by('Trust on Mastodon').locator('[data-label="By hand"]').innerText()))
      .then((all) => [all.slice(0, 4), all[4]])
    return gone.every((one) => one === '1') && hand === '1'
  }, 150)
  check((await shown(networks.x)).length === 0 && (await shown(networks.meta)).length === 0, 'Seen gone is gone')
  check((await by('Trust on X').innerText()).includes('We looked, and all of it was gone'), 'Each network says when it is finished')
  await look(dele, 'Taking down, one by hand')
  await dele.page.getByLabel('Words or account').fill('mastodon')
  await press(dele, 'Find')
  check(await dele.page.locator('main ul.list > li').count() === 1, 'It is found by its account')
  await until('the receipt says who does it', async () => { await meera.page.reload(); return /by hand/i.test(await main(meera)) })
  // It looks again by itself every few seconds: while it is judged, it stays.
  await meera.page.route('**/g/**', (route) => (route.request().isNavigationRequest() ? route.fulfill({ status: 204 }) : route.continue()))
  await look(meera, 'Receipt, one by hand')
  await meera.page.unrouteAll()
})

await journey('What a person takes down by hand', async () => {
  await todaySays(dele, 'down on Trust on Mastodon by hand', 'See where, and say that it is gone', 'Today, a task by hand')
  check(dele.page.url().includes('/tasks/'), 'Today leads to the task')
  await look(dele, 'A task by hand')
  await press(dele, 'It is gone')
  check(/Being looked at|Still there/.test(await main(dele)), 'A word is not yet a proof', await main(dele))
  await look(dele, 'A task by hand, being looked at')
  const id = (await shown(networks.mastodon))[0].id
  const deleted = await fetch(`${networks.mastodon}/api/v1/statuses/${id}?delete_media=true`, { method: 'DELETE', headers: { authorization: 'Bearer token-0' } })
  check(deleted.status === 200, 'Somebody deletes it there')
  await press(dele, 'It is gone')
  await until('it is looked for, and gone', async () => { await dele.page.reload(); return (await main(dele)).includes('It is done') }, 90)
  await look(dele, 'A task by hand, done')
  await dele.page.goto('/taking-down')
  check((await by('Trust on Mastodon').innerText()).includes('We looked, and all of it was gone'), 'The account is finished')
  await look(dele, 'Taking down, finished')
  await meera.page.reload()
  check(await meera.page.locator('.pill', { hasText: 'Gone' }).count() === 5, 'Her receipt says that all five are gone', await main(meera))
  await look(meera, 'Receipt, all gone')
  await meera.leave()
})

await journey('A post that nobody sent from here', async () => {
  await dele.page.goto('/drift')
  await look(dele, 'Accounts watched, nothing')
  await watched()
  for (const network of [networks.mastodon, networks.x]) await order(network, 'beside?text=Big+prize+draw,+send+us+your+bank+details')
  await watched()
  await todaySays(dele, 'A post is public that nobody sent from here on Trust on Mastodon', 'Look what it is', 'Today, a strange post')
  check(await dele.page.locator('main article').count() === 2, 'Each account has its report', await main(dele))
  await dele.page.getByText('Nobody of us did it').first().click()
  await look(dele, 'Accounts watched, two strange posts')
  const mastodon = dele.page.locator('main article', { hasText: 'Trust on Mastodon' })
  check((await mastodon.innerText()).includes('delete it on the network itself'), 'What to do is said')
  await Promise.all([dele.page.waitForNavigation(), mastodon.getByRole('button', { name: /^It is seen to/ }).click()])
  const x = dele.page.locator('main article', { hasText: 'Trust on X' })
  await Promise.all([dele.page.waitForNavigation(), x.getByRole('button', { name: /^It is ours/ }).click()])
  check(await dele.page.getByText('Look now').count() === 0, 'Nothing is left to look at')
  await look(dele, 'Accounts watched, answered')
})

await journey('Nobody knows whether X has it', async () => {
  await order(networks.x, 'fail?act=publish&fault=down')
  const id = await draft('The new goals are here, and the nets are up.', 'Trust on X')
  await press(jo, 'Send for approval')
  await priya.page.goto(`/posts/${id}/approve`)
  await press(priya, 'Approve and publish')
  await until('the answer was lost', () => ask(`SELECT state FROM release_order WHERE post_id = '${id}'`) === 'uncertain', 60)
  // It is looked for during a quarter of an hour, which is over now, and so is the time in which the call may still arrive.
  ask(`UPDATE release_order SET call_started_ms = call_started_ms - 1000000, arrives_ms = arrives_ms - 1000000 WHERE post_id = '${id}'`)
  ask('UPDATE job SET due_ms = 0 WHERE done_ms IS NULL AND subject = (SELECT id FROM release_order WHERE post_id = \'' + id + '\')')
  await todaySays(dele, 'The new goals are here', 'Look and decide', 'Today, nobody knows')
  const text = await main(dele)
  check(text.includes('We cannot see it') && text.includes('Open the account of Trust on X yourself'), 'That X does not show it proves nothing, and the page says where to look', text)
  check(await dele.page.locator('main form button').count() === 3, 'There are three answers')
  await look(dele, 'Is it public on X')
  await press(dele, 'It is not there: decide again, and send it')
  await until('it is public', async () => { await dele.page.goto(`/posts/${id}`); return dele.page.getByRole('link', { name: 'See it as the public does' }).count() }, 60)
  check((await shown(networks.x)).filter(({ text: words }) => words.startsWith('The new goals')).length === 1, 'X shows it once')
  await look(dele, 'Public after somebody looked')
})

for (const one of [dele, jo, priya]) await one.leave()
await browser.close()
await demo.stop()
networks.stop()
verdict()
