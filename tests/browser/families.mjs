// Families on an old phone, 360 px wide: a mother answers in English and another in Urdu, a child of twelve for herself, one
// stops everything, one takes a single picture down, one complains. Without JavaScript too. Prints taps and seconds.
import { check, journey, look, person, press, signedIn, startBrowser, startDemo, until, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
const staff = (name) => signedIn(browser, demo, name)

/** A tap is anything pressed; typing a code is not counted, opening the link is. */
class Taps {
  constructor(who) { Object.assign(this, { who, taps: 0, begun: Date.now() }) }
  async press(name) {
    this.taps += 1
    await press(this.who, name)
  }
  async choose(name, value) {
    this.taps += 1
    await this.who.page.locator(`label:has(input[name="${name}"][value="${value}"])`).click()
  }
  said(what, most) {
    const seconds = (Date.now() - this.begun) / 1000
    console.log(`        ${what}: ${this.taps} taps, ${seconds.toFixed(1)} s of the machine’s`)
    check(this.taps <= most, `${what} takes ${most} taps at most`, `${this.taps}`)
  }
}

async function outbox() {
  const ruth = await staff('Ruth Amankwah')
  await ruth.page.goto('/outbox')
  return ruth
}

/** The newest mail to somebody: its text. */
async function mailTo(address) {
  const ruth = await outbox()
  const text = await ruth.page.locator('article').filter({ hasText: `To ${address}` }).first().innerText()
  await ruth.leave()
  return text
}

/** The link of somebody's invitation. */
const linkOf = async (address) => (await mailTo(address)).match(/\/g\/[0-9a-z]+/)[0]

const names = { en: ['Send me the code', 'Continue'], ur: ['مجھے کوڈ بھیجیں', 'آگے جائیں'] }

/** Opens the link, asks for the code, types it in. */
async function enter(who, link, address, language = 'en') {
  const taps = new Taps(who)
  const [send, go] = names[language]
  taps.taps += 1
  await who.page.goto(link)
  if (language !== 'en') {
    taps.taps += 1
    await Promise.all([who.page.waitForNavigation(), who.page.locator(`.langs a[lang=${language}]`).click()])
  }
  await taps.press(send)
  const mail = await mailTo(address)
  await who.page.locator('#code').fill(mail.match(/\d{4} \d{4}/)[0])
  await taps.press(go)
  return taps
}

const questions = ['news-website', 'news-social', 'press-press', 'promotion-website', 'promotion-social']

async function answer(taps, all, naming, save) {
  for (const name of questions) await taps.choose(name, all)
  if (naming) await taps.choose('naming', naming)
  await taps.press(save)
}

const heading = (who) => who.page.locator('h1').innerText()

await journey('A mother answers in English', async () => {
  const kate = await person(browser, demo, 'Kate', { javaScriptEnabled: true })
  const link = await linkOf('kate.lunn@example.org')
  await kate.page.goto(link)
  await look(kate, 'Invitation')
  const taps = await enter(kate, link, 'kate.lunn@example.org')
  check(await heading(kate) === 'May we show Harvey in pictures?', 'She comes straight to the questions', await heading(kate))
  check(await kate.page.locator('input:checked').count() === 0, 'Nothing is ticked for her')
  await look(kate, 'Questions')
  const both = await kate.page.locator('fieldset').first().locator('label').evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map((box) => `${Math.round(box.width)}x${Math.round(box.height)}`))
  check(both[0] === both[1], 'No is as large as yes', both.join(' '))
  await answer(taps, 'yes', 'first', 'Save my answers')
  taps.said('Answering', 10)
  await look(kate, 'Answers')
  check((await kate.page.locator('main').innerText()).includes('Your answers are saved.'), 'Her answers are saved')
  await kate.leave()
})

await journey('A mother answers in Urdu', async () => {
  const joan = await person(browser, demo, 'Joan')
  const link = await linkOf('grace.adeyi@example.org')
  await joan.page.goto(`${link}?language=ur`)
  await look(joan, 'Invitation in Urdu')
  const taps = await enter(joan, link, 'grace.adeyi@example.org', 'ur')
  check(await joan.page.locator('html').getAttribute('dir') === 'rtl', 'The page runs from right to left')
  await look(joan, 'Answers in Urdu')
  taps.taps += 1
  await Promise.all([joan.page.waitForNavigation(), joan.page.getByRole('link', { name: 'اپنے جواب بدلیں' }).click()])
  check((await joan.page.locator('form input[name=language]').inputValue()) === 'ur', 'The questions are in Urdu, which somebody has approved')
  await look(joan, 'Questions in Urdu')
  await answer(taps, 'yes', 'none', 'میرے جواب محفوظ کریں')
  taps.said('Answering anew in Urdu', 12)
  check((await joan.page.locator('main').innerText()).includes('آپ کے جواب محفوظ ہو گئے ہیں'), 'Her answers are saved')
  await joan.page.goto('/g/children/1/answer?language=ar')
  check((await joan.page.locator('main').innerText()).includes('هذه الأسئلة بالإنجليزية'), 'Words that nobody has checked are asked in English')
  await look(joan, 'Questions that nobody has checked')
  await joan.page.goto('/g/answers?language=bn')
  await look(joan, 'Answers in Bengali')
  await joan.page.goto('/g/answers?language=pl')
  await look(joan, 'Answers in Polish')
  await joan.leave()
})

await journey('A child of twelve is handed the phone', async () => {
  const carla = await person(browser, demo, 'Carla')
  const link = `${await linkOf('carla.ferraz@example.org')}?language=en`
  const taps = await enter(carla, link, 'carla.ferraz@example.org')
  await look(carla, 'Answers of a mother whose child is asked too')
  await taps.press('Hand the phone to Ines')
  check(await heading(carla) === 'May we show you in pictures?', 'The child reads words of her own', await heading(carla))
  await look(carla, 'Questions to a child')
  await answer(taps, 'no', '', 'Save my answers')
  taps.said('Handing the phone over and answering', 10)
  check(await heading(carla) === 'Thank you', 'The child is asked to give the phone back', await heading(carla))
  await look(carla, 'The phone goes back')
  await carla.page.goto('/g/answers')
  check(!(await carla.page.locator('main').innerText()).includes('Your answers about pictures'), 'The mother’s page is closed')
  await carla.leave()
})

await journey('One picture, and then everything, without JavaScript', async () => {
  const story = await published()
  await shownWhere()
  const meera = await person(browser, demo, 'Meera', { javaScriptEnabled: false })
  const link = await linkOf('meera.verma@example.org')
  const taps = await enter(meera, link, 'meera.verma@example.org')
  await taps.press('Take this picture down')
  taps.said('Taking one picture down', 4)
  check(await heading(meera) === 'Done. We are taking this picture down.', 'There is a receipt', await heading(meera))
  await until('the picture is gone', async () => { await meera.page.reload(); return meera.page.getByText('Gone').count() })
  const stranger = await person(browser, demo, 'stranger')
  check((await stranger.page.goto(story)).status() === 404, 'The public does not see it any more')
  await stranger.leave()
  await meera.page.goto('/g/answers')
  const stop = new Taps(meera)
  stop.taps = 3
  await stop.press('Stop showing Asha')
  stop.said('Withdrawing, link, code and continue among them', 4)
  check(await heading(meera) === 'Done. We stop showing Asha.', 'There is a receipt for everything', await heading(meera))
  await meera.page.goto('/g/complain')
  await meera.page.locator('#words').fill('The picture was up for a day after I had asked.')
  await meera.page.getByRole('button', { name: 'Send my complaint' }).click()
  check(await heading(meera) === 'We have your complaint', 'The complaint is kept', await heading(meera))
  await meera.leave()

  const again = await person(browser, demo, 'Meera, with JavaScript')
  await enter(again, link, 'meera.verma@example.org')
  await look(again, 'Answers after everything was stopped')
  for (const [path, name] of [['/g/complain', 'Complaint']]) {
    await again.page.goto(path)
    await look(again, name)
  }
  await again.page.goto('/g/answers?language=ur')
  await again.page.locator('a[href^="/g/receipts/"]').first().click()
  await again.page.waitForURL(/receipts/)
  await look(again, 'Receipt in Urdu')
  await again.page.goto('/g/answers?language=en')
  await again.page.locator('a[href^="/g/complaints/"]').first().click()
  await again.page.waitForURL(/complaints/)
  await look(again, 'Complaint, kept')
  await again.leave()
})

await journey('The Manager reads the words, approves a translation, answers', async () => {
  const dele = await staff('Dele Okafor')
  for (const [path, name] of [['/wordings', 'Words for families'], ['/wordings/uk', 'Ukrainian beside English'], ['/wordings/ar', 'Arabic beside English'],
    ['/wordings/en/edit', 'Change the words'], ['/complaints', 'Complaints and calls']]) {
    await dele.page.goto(path)
    await look(dele, name)
  }
  await dele.page.getByRole('button', { name: 'Acknowledge it' }).click()
  await until('it is acknowledged', () => dele.page.getByText('Being worked on').count())
  await dele.leave()
})

/** The safeguarding lead, on a phone: where is Asha shown, and on what grounds? */
async function shownWhere() {
  const ruth = await staff('Ruth Amankwah')
  await ruth.page.goto('/participants?words=asha%20verma')
  await ruth.page.getByRole('link', { name: 'Asha Verma' }).first().click()
  await ruth.page.waitForURL(/participants\/participant/)
  const asha = new URL(ruth.page.url()).pathname
  await ruth.page.getByRole('link', { name: 'Where they are shown' }).click()
  await ruth.page.waitForURL(/inventory/)
  const row = await ruth.page.locator('tbody tr').first().innerText()
  check(/News page/.test(row) && /parent or carer 1/.test(row), 'One click says where she is shown, and on what grounds', row)
  await look(ruth, 'Where Asha is shown')
  await ruth.page.goto(`${asha}/protect`)
  await look(ruth, 'No picture of Asha')
  await ruth.leave()
  const dele = await staff('Dele Okafor')
  await dele.page.goto(`${asha}/erase`)
  await look(dele, 'Erase her data')
  await dele.leave()
}

/** A public post in which Asha Verma is shown, and where. */
async function published() {
  const jo = await staff('Jo Brightwell')
  await jo.page.goto('/posts/new')
  await press(jo, 'Start the post')
  const post = jo.page.url().match(/\/posts\/([^/]+)\/edit/)[1]
  const screened = () => until('the photo was looked at', async () => {
    const [there, busy] = await jo.page.evaluate(() => ['#photos > section', '[data-looking]'].map((one) => document.querySelectorAll(one).length)).catch(() => [0, 0])
    return there > 0 && busy === 0
  }, 60)
  await Promise.all([jo.page.waitForResponse((answer) => answer.request().method() === 'POST'), jo.page.locator('#photo').setInputFiles(`${demo.pictures}/team.jpg`)])
  await screened()
  const card = jo.page.locator('#face-1-1')
  if (!await card.locator('details').getAttribute('open').then((open) => open !== null)) await card.locator('summary').click()
  await Promise.all([jo.page.waitForNavigation(), card.getByRole('button', { name: 'Asha Verma', exact: true }).click()])
  await until('the copy is made', async () => {
    await jo.page.goto(`/posts/${post}/edit`)
    return await jo.page.locator('[data-looking]').count() === 0
  }, 60)
  await jo.page.locator('#caption').fill('A muddy ball and a lot of laughing.')
  await jo.page.locator('#alt-1').fill('Five players behind a board at the touchline')
  await press(jo, 'Send for approval')
  await jo.leave()
  const priya = await staff('Priya Nair')
  await priya.page.goto(`/posts/${post}/approve`)
  await press(priya, 'Approve and publish')
  await until('it is public', async () => {
    await priya.page.goto(`/posts/${post}`)
    return priya.page.getByRole('link', { name: 'See it as the public does' }).count()
  })
  const story = await priya.page.getByRole('link', { name: 'See it as the public does' }).getAttribute('href')
  await priya.leave()
  return story
}

await browser.close()
await demo.stop()
verdict()
