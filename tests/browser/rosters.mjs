// Those who look after families import a sheet without a script and with one, decide what only people can decide, keep a
// roster, and make one of two records of a child.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, journey, look, signedIn, startBrowser, startDemo, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
const sheet = join(tmpdir(), `cleansheet-sheet-${process.pid}.csv`)
writeFileSync(sheet, [
  'First name,Surname,Date of birth,Parent 1,Parent 1 email,Parent 1 mobile,Relationship,Language,Activity,Activity date,Medical notes',
  'Hania,Nowak,3/2/2016,Ewa Nowak,ewa.nowak@example.org,07700 900123,Mother,Polish,Sunday cup,29/11/2026,asthma',
  'Zofia,Wrona,,Ewa Wrona,ewa.wrona@example.org,01632 960123,Parent,Polish,Sunday cup,29/11/2026,',
  'Harvey,Lun,,,,,,,,,',
  'Asha,Verma,,Somebody Else,else@example.org,,,,,,',
  'Kofi,Mensa,30/02/2016,Abena Mensa,abena at example.org,,,,,,',
].join('\r\n'))

const staff = (name, options) => signedIn(browser, demo, name, options)

await journey('A sheet is imported on a phone', async () => {
  const dele = await staff('Dele Okafor')
  await dele.page.getByRole('link', { name: 'Participants' }).click()
  await look(dele, 'Participants')
  await dele.page.getByRole('link', { name: 'Import a sheet' }).click()
  await look(dele, 'Import a sheet')
  await dele.page.getByLabel('The file').setInputFiles(sheet)
  await dele.page.getByRole('button', { name: 'Show what would happen' }).click()
  await look(dele, 'Rows to decide')
  await dele.page.getByRole('button', { name: 'Import these rows' }).click()
  await look(dele, 'Pressed too early')
  for (const card of await dele.page.locator('article', { has: dele.page.locator('fieldset') }).all()) {
    const another = card.getByText('It is somebody else, who is new')
    await (await another.count() ? another.first() : card.getByText('Leave this row out')).click()
  }
  await dele.page.getByRole('button', { name: 'Keep my choices' }).click()
  await dele.page.getByRole('link', { name: /^All \(/ }).click()
  await look(dele, 'Ready to import')
  await dele.page.getByRole('button', { name: 'Import these rows' }).click()
  await dele.page.getByRole('heading', { name: 'Imported' }).waitFor()
  await look(dele, 'Imported')
  await dele.page.goto('/participants?words=hania')
  await dele.page.getByRole('link', { name: /Hania Nowak/ }).click()
  check((await dele.page.locator('main').innerText()).includes('ewa.nowak@example.org'), 'The child and her mother are there')
  await dele.page.locator('details').evaluateAll((all) => all.forEach((one) => { one.open = true }))
  await look(dele, 'A participant')
  await dele.leave()
})

await journey('A child on record twice becomes one', async () => {
  const ruth = await staff('Ruth Amankwah')
  await ruth.page.goto('/participants')
  await ruth.page.getByRole('link', { name: 'Look at them' }).click()
  await look(ruth, 'On record twice')
  const pair = ruth.page.locator('section', { hasText: 'Leo Hartwel and' }).or(ruth.page.locator('section', { hasText: 'Leo Hartwell and' }))
  await pair.getByRole('button', { name: /keep Leo Hartwell/ }).click()
  check(!(await ruth.page.locator('main').innerText()).includes('Hartwel '), 'The pair is gone')
  await ruth.leave()
})

await journey('A coach keeps a roster without a script', async () => {
  const jo = await staff('Jo Brightwell', { javaScriptEnabled: false })
  await jo.page.getByRole('link', { name: 'See its roster' }).click()
  check((await jo.page.locator('main').innerText()).includes('can appear in our news today'), 'The roster says who can appear')
  await jo.page.goto('/activities')
  await jo.page.getByLabel('Name', { exact: true }).fill('Tuesday five-a-side')
  await jo.page.getByRole('button', { name: 'Add the activity' }).click()
  await jo.page.getByRole('searchbox', { name: 'Name' }).fill('mia')
  await jo.page.getByRole('button', { name: 'Find' }).click()
  await jo.page.getByRole('button', { name: 'Put on Mia Kowal' }).click()
  check((await jo.page.locator('main').innerText()).includes('Mia Kowal'), 'Somebody is put on')
  const text = await jo.page.locator('main').innerText()
  check(!text.includes('Piotr') && !text.includes('born'), 'A coach sees no parent and no birthday')
  await jo.leave()
  const again = await staff('Jo Brightwell')
  for (const [path, title] of [['/activities', 'Activities'], ['/participants?words=mia', 'Participants, found'], ['/participants?words=nobody', 'Participants, nobody']]) {
    await again.page.goto(path)
    await look(again, title)
  }
  await again.page.goto('/activities')
  await again.page.locator('a.item').first().click()
  await look(again, 'A roster')
  await again.leave()
})

await browser.close()
await demo.stop()
verdict()
