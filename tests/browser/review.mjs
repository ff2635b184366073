// The policy's own clock: a first run that is years overdue says so, a review by two people, a word read one way and quoted
// where somebody is refused by it, a new version read with its changes marked, and the signed paper.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, freePort, journey, look, person, press, shots, signedIn, startBrowser, startDemo, startProgram, verdict } from './harness.mjs'

const browser = await startBrowser()
const main = (who) => who.page.locator('main').innerText()

await journey('A first run whose policy is years overdue', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cleansheet-review-'))
  const [data, profile, port] = [join(folder, 'trust'), join(folder, 'profile.toml'), await freePort()]
  const ours = readFileSync(fileURLToPath(new URL('../../profiles/demo.toml', import.meta.url)), 'utf8')
  writeFileSync(profile, ours.replace('last = "2026-03"', 'last = "2022-03"').replace('next_due = "2027-03"', 'next_due = "2023-03"'))
  const address = `http://localhost:${port}`
  const said = execFileSync(process.env.CLEANSHEET, ['setup', '--data', data, '--profile', profile, '--public-url', address], { encoding: 'utf8' })
  check(/\d+ months overdue/.test(said) && said.includes('Clause 16 names Dele Okafor'), 'Setup ends with how overdue the policy is, and what is out of date in it', said)
  const link = said.match(/http:\/\/localhost:\d+\/sign-in\/\S+/)[0]
  const program = await startProgram(['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--public-url', address], { says: '', answers: `${address}/healthz` })
  try {
    const dele = await person(browser, { address }, 'Dele')
    await dele.page.goto(link)
    await press(dele, 'Sign in')
    await dele.page.goto('/')
    const months = (today) => (today.getFullYear() - 2023) * 12 + today.getMonth() - 2
    check((await main(dele)).includes(`${months(new Date())} months overdue`), 'The Manager’s Today says it in months', await main(dele))
    await look(dele, 'Today, years overdue')
    await dele.page.getByRole('link', { name: 'Begin the review' }).click()
    check((await main(dele)).includes('What is out of date'), 'The review names what is out of date')
    await look(dele, 'The review, overdue')
    await dele.leave()
  } finally {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

const demo = await startDemo()
const dele = await signedIn(browser, demo, 'Dele Okafor')
const ruth = await signedIn(browser, demo, 'Ruth Amankwah')

/** Answers questions until `last`, or until there are none. */
async function answerOn(who, last) {
  for (let asked = 0; asked < 40; asked += 1) {
    const path = new URL(who.page.url()).pathname
    if (path === '/policy/review' || path === last) return asked
    if (path.endsWith('/clause-6')) {
      await who.page.getByLabel('It should be otherwise').check()
      await who.page.getByLabel('In your own words').fill('Name the networks as they are called now.')
    } else {
      await who.page.locator('input[name=answer][value=keep]').check()
    }
    await press(who, 'Keep the answer and go on')
  }
  throw new Error('the questions do not end')
}

await journey('The first review, by two people', async () => {
  await dele.page.goto('/policy')
  await look(dele, 'The team sheet')
  await dele.page.getByRole('link', { name: 'Its review' }).click()
  await dele.page.getByLabel('Ruth Amankwah').check()
  await look(dele, 'Begin the review')
  await press(dele, 'Begin the review')
  await dele.page.getByRole('link', { name: 'Start with the first question' }).click()
  await look(dele, 'A change since the last review')
  await answerOn(dele, '/policy/review/contact-manager')
  await look(dele, 'A contact')
  await answerOn(dele, '/policy/review/clause-1')
  await look(dele, 'A clause')
  await dele.page.goto('/')
  check(/review goes on: \d+ of 24 answered/.test(await main(dele)), 'It can be left, and Today says where it stands', await main(dele))
  await ruth.page.goto('/policy/review')
  await ruth.page.getByRole('link', { name: 'Go on with the next question' }).click()
  check(await answerOn(ruth) === 16, 'The other reviewer takes it up where it was left')
  await dele.page.goto('/policy/review')
  await look(dele, 'The review can be signed')
  await press(dele, 'Sign the review')
  check((await main(dele)).includes('It waits for a second reviewer'), 'The Manager alone does not end it', await main(dele))
  await ruth.page.goto('/')
  await ruth.page.getByRole('link', { name: 'Read and confirm it' }).click()
  await look(ruth, 'The review can be confirmed')
  await press(ruth, 'Confirm the review')
  const year = new Date().getFullYear() + 1
  check((await main(ruth)).includes(`${year}`) && (await main(ruth)).includes('Ruth Amankwah confirmed'), 'It is done, and due again in twelve months', await main(ruth))
  await look(ruth, 'The review is done')
  await dele.page.goto('/policy/wanted')
  check((await main(dele)).includes('as they are called now'), 'What is wanted otherwise stays open')
  await look(dele, 'Changes wanted')
})

await journey('A word is read one way, and quoted in a refusal', async () => {
  await dele.page.goto('/policy/readings')
  await look(dele, 'The words, open')
  const word = dele.page.locator('#up_to_date_certificate')
  await word.locator('summary', { hasText: 'Sign a reading' }).click()
  await word.getByLabel('The trust reads it as').fill('the FA course, two years, verified by the safeguarding lead')
  await Promise.all([dele.page.waitForNavigation(), word.getByRole('button', { name: 'Sign this reading' }).click()])
  check((await word.innerText()).includes('Dele Okafor'), 'The reading is signed')
  await look(dele, 'The words, one signed')
  const callum = await signedIn(browser, demo, 'Callum Reid')
  await callum.page.goto('/posts/new')
  await press(callum, 'Start the post')
  await callum.page.locator('#caption').fill('A good morning at Lark Lane.')
  await press(callum, 'Send for approval')
  check((await main(callum)).includes('The trust reads “up-to-date certificate” as: the FA course, two years'), 'Whose certificate has run out reads it beside the refusal', await main(callum))
  await look(callum, 'A refusal with the reading')
  await callum.leave()
})

/** The records as they are after an older program: another word in clause 6, a rule that asked for less, read by Jo. */
const older = `
import hashlib, json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
text = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
sha = lambda value: hashlib.sha256(text(value).encode()).hexdigest()
(hash_now, whole), = db.execute("SELECT hash, whole FROM policy_version")
version = json.loads(whole)
assert sha(version) == hash_now, "a version has the hash of its text"
clause = next(one for one in version["clauses"] if one["clause"] == 6)
clause["text"] = clause["text"].replace("foul, hurtful", "foul")
rules = next(one for one in version["files"] if one["name"] == "04_devices")
rules["rules"] = rules["rules"].replace("> 720", "> 1440")
before = sha(version)
db.execute("INSERT INTO policy_version (hash, whole) VALUES (?, ?)", (before, json.dumps(version)))
db.execute("INSERT INTO policy_in_force (number, hash, since_ms) SELECT 0, ?, since_ms - 86400000 FROM policy_in_force", (before,))
db.execute("UPDATE person SET acknowledged_policy = ? WHERE name = 'Jo Brightwell'", (before,))
db.execute("UPDATE policy_acknowledgement SET hash = ? WHERE person_id IN (SELECT id FROM person WHERE name = 'Jo Brightwell')", (before,))
db.commit()
`

await journey('A new version is read, and acknowledged', async () => {
  execFileSync('python3', ['-c', older, join(demo.data, 'trust.db')], { stdio: 'pipe' })
  const jo = await signedIn(browser, demo, 'Jo Brightwell')
  check((await main(jo)).includes('The policy is to be read'), 'Today says that there is another version')
  await jo.page.goto('/posts/new')
  await press(jo, 'Start the post')
  await jo.page.locator('#caption').fill('Everybody scored this morning.')
  await press(jo, 'Send for approval')
  check((await main(jo)).includes('has not yet read the policy in force'), 'Nothing is submitted before it is read')
  await dele.page.goto('/policy/readers?show=unread')
  check((await main(dele)).includes('Jo Brightwell'), 'The Manager sees who has not read it')
  await look(dele, 'Who has not read it')
  await jo.page.goto('/policy/read')
  check(await jo.page.locator('ins .vh').count() > 0 && await jo.page.locator('del .vh').count() > 0, 'What changed is marked word by word')
  await look(jo, 'What changed')
  await press(jo, 'I have read it and follow it')
  check(!(await main(jo)).includes('The policy is to be read'), 'It is acknowledged')
  const reader = await signedIn(browser, demo, 'Jo Brightwell', { javaScriptEnabled: false })
  await reader.page.goto('/policy/read')
  check((await main(reader)).includes('You have read it'), 'The page works without a script')
  await reader.leave()
  await jo.leave()
})

await journey('The signed paper', async () => {
  await dele.page.goto('/policy/versions')
  await look(dele, 'Versions')
  await dele.page.locator('main a.item').first().click()
  await press(dele, 'Make the signed PDF')
  await look(dele, 'A version with its paper')
  const href = await dele.page.locator('#papers a.item').first().getAttribute('href')
  const answer = await dele.page.request.get(href)
  const pdf = await answer.body()
  writeFileSync(join(shots, 'policy.pdf'), pdf)
  check(pdf.subarray(0, 5).toString() === '%PDF-' && href.endsWith(createHash('sha256').update(pdf).digest('hex')), 'It is a PDF, under the hash that is in the ledger')
  const trustee = await signedIn(browser, demo, 'Margaret Osei')
  check((await trustee.page.request.get(href)).ok(), 'A trustee reads it too')
  await trustee.leave()
})

await dele.leave()
await ruth.leave()
await browser.close()
await demo.stop()
verdict()
