// Families are asked: the Manager asks a roster, a mail arrives, a letter is printed, two people read one form on paper, and
// an adult at an event answers for themselves. Then the same without JavaScript where a stranger stands before the sign.
import { check, journey, look, person, press, signedIn, startBrowser, startDemo, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()

const staff = (name, options) => signedIn(browser, demo, name, options)

const text = (who) => who.page.locator('main').innerText()

const dele = await staff('Dele Okafor')
let activity = ''

await journey('The Manager asks a roster, and nobody twice', async () => {
  await dele.page.goto('/')
  await dele.page.getByRole('link', { name: 'Asking families' }).click()
  await look(dele, 'Asking families')
  activity = await dele.page.locator('#of option').nth(1).getAttribute('value')
  await dele.page.locator('#of').selectOption(activity)
  await press(dele, 'Find')
  check((await text(dele)).includes('Kate Lunn: not asked yet'), 'Who was not asked is on the list of the roster', await text(dele))
  await press(dele, 'Ask everybody on this list who was not asked')
  const asked = await text(dele)
  check(asked.includes('One mail, one letter to be printed.'), 'One has a mail address, one has none', asked.slice(0, 400))
  check(asked.includes('Kate Lunn: asked by mail today'), 'The list says how and when')
  await look(dele, 'Asked')
  await dele.page.goto('/outbox')
  const mail = await dele.page.locator('article').filter({ hasText: 'To kate.lunn@example.org' }).first().innerText()
  check(mail.includes('/g/') && !mail.includes('Harvey'), 'The mail has a link, and names no child', mail)
  await dele.page.goto('/asking')
  await dele.page.getByLabel(/Harvey Lunn/).check()
  await press(dele, 'Remind those ticked now')
  check((await text(dele)).includes('Nobody is written to'), 'Nobody gets two messages within a day')
  await dele.page.goto('/asking?words=zzz')
  await look(dele, 'Nobody by that name')
})

await journey('A letter is printed once', async () => {
  await dele.page.goto('/asking/letters')
  await look(dele, 'Letters')
  await press(dele, 'Make the letters')
  await look(dele, 'Letters to print')
  const code = await dele.page.locator('.printed').first().innerText()
  check(/^\d{4} \d{4} \d{4}$/.test(code), 'It has a code in fours', code)
  const link = await dele.page.locator('article .wraps').first().innerText()
  await dele.page.emulateMedia({ media: 'print' })
  check(!await dele.page.locator('.offpaper').isVisible() && !await dele.page.locator('.top').isVisible(), 'Only the letter is on the paper')
  await dele.page.emulateMedia({ media: 'screen' })
  await dele.page.goto('/asking/letters')
  check((await text(dele)).includes('No letter is to be printed'), 'And it is shown no second time')
  const tyrone = await person(browser, demo, 'Tyrone Blakely')
  await tyrone.page.goto(link)
  check(await tyrone.page.locator('h1').count() === 1, 'The link of the letter opens a page')
  await tyrone.leave()
})

/** What somebody reads on the paper: the number at its foot, and the ticks. */
async function read(who, mark, social) {
  await who.page.goto('/asking/paper?words=harvey')
  await who.page.locator('a.item').filter({ hasText: 'signed by Kate Lunn' }).click()
  check(await who.page.locator('input:checked').count() === 0, `${who.name} finds nothing ticked`)
  await who.page.locator('#signed').fill(new Date().toISOString().slice(0, 10))
  await who.page.locator('#mark').fill(mark)
  for (const [field, value] of [['news-website', 'yes'], ['news-social', social], ['press-press', 'empty'], ['promotion-website', 'no'], ['promotion-social', 'no'], ['naming', 'first']]) {
    await who.page.locator(`input[name="${field}"][value="${value}"]`).check()
  }
}

await journey('Two people read one form on paper', async () => {
  await dele.page.goto('/asking/paper/blank')
  await look(dele, 'An empty form')
  const mark = await dele.page.locator('.sheetpaper strong').last().innerText()
  check(/^\d{4} \d{4}$/.test(mark), 'A form says by a number which words are on it', mark)
  await read(dele, mark, 'yes')
  await look(dele, 'A form on paper')
  await press(dele, 'Save what I read')
  check((await text(dele)).includes('It counts once somebody else has read the same form'), 'The first reading waits')
  const ruth = await staff('Ruth Amankwah')
  await ruth.page.goto('/asking/paper')
  await look(ruth, 'Answers on paper')
  await read(ruth, mark, 'no')
  await press(ruth, 'Save what I read')
  check((await text(ruth)).includes('read different things'), 'Two different readings count for nothing')
  await look(ruth, 'Two readings differ')
  await read(dele, mark, 'no')
  await press(dele, 'Save what I read')
  check((await text(dele)).includes('The answers count from now on'), 'Two that are alike count')
  await ruth.leave()
})

await journey('An adult answers on the spot, without JavaScript', async () => {
  const jo = await staff('Jo Brightwell')
  await jo.page.goto(`/activities/${activity}/spot`)
  await look(jo, 'Adults on the spot')
  await press(jo, 'Make the sign')
  await look(jo, 'A sign for the wall')
  const address = await jo.page.locator('.wraps').first().innerText()

  const sam = await person(browser, demo, 'Sam Carter', { javaScriptEnabled: false })
  await sam.page.goto(address)
  check(await sam.page.locator('input:checked').count() === 0, 'Nothing is ticked for anybody')
  await press(sam, 'Save my answers')
  check((await text(sam)).includes('Answer each question'), 'What is missing is said')
  sam.complaints.splice(0) // the browser notes each answer that is an error
  await sam.page.getByLabel('Your name').fill('Sam Carter')
  await sam.page.getByLabel('I am 18 or over').check()
  for (const [field, value] of [['news-website', 'yes'], ['news-social', 'no'], ['press-press', 'no'], ['promotion-website', 'no'], ['promotion-social', 'no'], ['naming', 'first']]) {
    await sam.page.locator(`input[name="${field}"][value="${value}"]`).check()
  }
  await press(sam, 'Save my answers')
  check((await text(sam)).includes('Thank you, Sam'), 'The answers are kept', await text(sam))

  const kit = await person(browser, demo, 'a stranger')
  await kit.page.goto(address)
  await look(kit, 'Questions on the spot')
  await press(kit, 'I am under 18')
  await look(kit, 'Somebody under 18')
  await kit.page.goto(address)
  await kit.page.getByLabel('Your name').fill('Alex Moss')
  await kit.page.getByLabel('I am 18 or over').check()
  for (const field of ['news-website', 'news-social', 'press-press', 'promotion-website', 'promotion-social']) {
    await kit.page.locator(`input[name="${field}"][value="no"]`).check()
  }
  await kit.page.locator('#mail').fill('alex.moss@example.org')
  await press(kit, 'Save my answers')
  await look(kit, 'Answers on the spot')
  await dele.page.goto('/outbox')
  check((await text(dele)).includes('To alex.moss@example.org'), 'The receipt is mailed')
  for (const who of [jo, sam, kit]) await who.leave()
})

await browser.close()
await demo.stop()
verdict()
