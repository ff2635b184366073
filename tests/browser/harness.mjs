// What every browser journey needs: a demo trust of its own, people with a browser each, and one look at every page that
// no page may fail: axe-core finds nothing, nothing scrolls sideways on a phone, the console is silent, no other host is asked.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = createRequire(join(process.env.CLEANSHEET_NODE, 'package.json'))
const { chromium } = packages('playwright-core')
const axeSource = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
export const phone = { width: 360, height: 780 }
export const desk = { width: 1280, height: 860 }
/** Screenshots: of the main journey in the folder itself, of every other in a folder of its own. */
const walk = basename(process.argv[1], '.mjs')
export const shots = fileURLToPath(new URL(`../../test-output/shots/${walk === 'journey' ? '' : `${walk}/`}`, import.meta.url))

/** The second pass, on another engine: the main job alone, and pages looked at once. */
const database = process.env.CLEANSHEET_JOURNEY_DATABASE
const mainJob = ['A draft on a phone', 'A second person approves, and the public sees it', 'A post is corrected', 'A mother changes her mind']

if (!database) rmSync(shots, { recursive: true, force: true })
mkdirSync(shots, { recursive: true })

let passed = 0
let failed = 0

/** Counts one thing that must be true; says it either way, and goes on. */
export function check(good, sentence, details = '') {
  if (good) passed += 1
  else failed += 1
  console.log(`${good ? 'ok     ' : 'FAILED '} ${sentence}${good || !details ? '' : `\n        ${details}`}`)
  return good
}

/** One journey: the first step that throws ends it, with the reason counted as a failure. */
export async function journey(name, walk) {
  if (database && !mainJob.includes(name)) return
  console.log(`\n${name}`)
  try {
    await walk()
  } catch (error) {
    check(false, `${name} comes to its end`, String(error.stack ?? error).split('\n').slice(0, 12).join('\n        '))
  }
}

export function verdict() {
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

export function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => found(port))
    })
  })
}

/** Starts `cleansheet demo` on a free port with a throw-away trust; waits until it has printed its links and answers. */
export async function startDemo({ more = [], env = {} } = {}) {
  const port = await freePort()
  const data = mkdtempSync(join(tmpdir(), 'cleansheet-journey-'))
  const pictures = process.env.CLEANSHEET_PICTURES
  const args = ['demo', '--listen', `127.0.0.1:${port}`, '--data', join(data, 'trust'), '--pictures', pictures, ...more]
  if (database) args.push('--database', database)
  const address = `http://localhost:${port}`
  const clean = () => rmSync(data, { recursive: true, force: true })
  const program = await startProgram(args, { env, says: address, answers: address }).catch((error) => { clean(); throw error })
  const stop = () => program.stop().then(clean)
  return { address, data: join(data, 'trust'), pictures, program, stop, said: program.said, link: (who) => linkFor(program.said(), who) }
}

/** Starts the program; waits until it has said something and answers at an address. */
export async function startProgram(args, { env, says, answers }) {
  const child = spawn(process.env.CLEANSHEET, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text })
  const stop = () => new Promise((stopped) => {
    if (child.exitCode !== null || child.signalCode !== null) return stopped()
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.once('exit', () => { clearTimeout(late); stopped() })
    child.kill('SIGTERM')
  })
  for (let tries = 0; ; tries += 1) {
    if (said.includes(says) && await fetch(answers).then(() => true, () => false)) break
    if (child.exitCode !== null || tries > 600) {
      await stop()
      throw new Error(`the program did not start: ${said}`)
    }
    await pause(100)
  }
  return { stop, said: () => said }
}

/** The address printed on the line that names `who`, or on the line below it. */
function linkFor(said, who) {
  const lines = said.split('\n')
  const at = lines.findIndex((line) => line.includes(who))
  const url = lines.slice(at, at + 2).join(' ').match(/http:\/\/localhost:\d+\/\S+/)
  if (at < 0 || !url) throw new Error(`the demo printed no sign-in link for ${who}:\n${said}`)
  return url[0]
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Asks again until the answer is truthy; for what the program does by itself, such as screening and publishing. */
export async function until(sentence, ask, seconds = 30) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`waited ${seconds} s: ${sentence}`)
    await pause(250)
  }
}

/** @param more further flags of Chromium */
export async function startBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...more],
  })
}

/** A person with a browser of their own: no cookie is shared, every complaint of the browser is kept. */
export async function person(browser, demo, name, { javaScriptEnabled = true } = {}) {
  const context = await browser.newContext({ viewport: phone, baseURL: demo.address, javaScriptEnabled, reducedMotion: 'reduce' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss() })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(demo.address) && !url.startsWith('blob:') && !url.startsWith('data:')) complaints.push(`asks another host: ${url}`)
  })
  page.on('response', (response) => { if (response.status() >= 500) complaints.push(`${response.status()} from ${response.url()}`) })
  return { name, page, context, complaints, leave: () => context.close() }
}

/** A member of staff who has signed in by their link, on Today. */
export async function signedIn(browser, demo, name, options) {
  const who = await person(browser, demo, name, options)
  await who.page.goto(demo.link(name))
  await who.page.getByRole('button', { name: 'Sign in' }).click()
  await who.page.waitForURL(`${demo.address}/`)
  return who
}

/** Presses a button by its whole name, and waits for the page it leads to. */
export const press = (who, button) => Promise.all([who.page.waitForNavigation(), who.page.getByRole('button', { name: button, exact: true }).first().click()])

/** The Manager asks for an account on Bluesky and permits it, by the two acts that every account takes. */
export async function permitAccount(manager) {
  await manager.page.goto('/accounts/requests')
  await manager.page.getByLabel('Network', { exact: true }).selectOption({ label: 'Bluesky' })
  await manager.page.getByLabel('What people here would call it').fill('Bluesky')
  await manager.page.getByLabel('Why the trust needs it').fill('Families ask where to follow us.')
  await press(manager, 'Ask for it')
  await manager.page.getByLabel('Your reason').fill('Yes.')
  await press(manager, 'Permit Bluesky')
  await manager.page.goto('/accounts')
}

/** Transitions between two colour schemes are no state that anybody reads: waits until nothing has moved for some frames. */
function settled(page) {
  return page.evaluate(async () => {
    for (let still = 0, tries = 0; still < 6 && tries < 200; tries += 1) {
      await new Promise((drawn) => requestAnimationFrame(drawn))
      const moving = document.getAnimations().filter((animation) => animation.playState === 'running' && animation.effect.getComputedTiming().iterations !== Infinity)
      still = moving.length === 0 ? still + 1 : 0
    }
  })
}

async function axe(page) {
  await settled(page)
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate((only) => globalThis.axe.run(document, { runOnly: only }), rules)
  return violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`)
}

/** What sticks out to the right of a narrow screen. */
function sticksOut(page) {
  return page.evaluate(() => {
    const root = document.scrollingElement
    if (root.scrollWidth <= root.clientWidth) return ''
    const wide = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1)
    return `${root.scrollWidth} px wide: ${wide.slice(0, 4).map((e) => `${e.tagName.toLowerCase()}.${e.className}`).join(', ')}`
  })
}

/** Pressable things under 44 px; links inside a line of text need 24 (WCAG 2.2, 2.5.8, and then only outside sentences). */
function tooSmall(page) {
  return page.evaluate(() => [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), select')]
    .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('p, svg, [aria-hidden=true]'))
    .map((e) => ({ e, box: e.getBoundingClientRect(), least: getComputedStyle(e).display === 'inline' ? 23.5 : 43.5 }))
    .filter(({ box, least }) => box.width > 1 && box.height > 1 && box.height < least && box.bottom > 0)
    .map(({ e, box }) => `${e.tagName.toLowerCase()}.${e.className} "${e.textContent.trim().slice(0, 24)}" ${Math.round(box.width)} x ${Math.round(box.height)}`)
    .slice(0, 5).join('; '))
}

let number = 0

/** The look that no page may fail, at 360 and 1280 px, in light and in dark, with a screenshot of each width. */
export async function look(who, name) {
  const { page, complaints } = who
  if (database) {
    check(await page.locator('h1').count() === 1 && complaints.length === 0, `${name}: there, on the other engine too`, complaints.splice(0).join('\n        '))
    return
  }
  number += 1
  const file = `${String(number).padStart(2, '0')}-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
  const wrong = []
  for (const [size, width] of [[phone, 360], [desk, 1280]]) {
    await page.setViewportSize(size)
    await settled(page)
    await page.screenshot({ path: join(shots, `${file}-${width}.png`), fullPage: true })
    // As tall as the page: else axe takes what the bar hides until somebody scrolls for something too small to press.
    const height = await page.evaluate(() => document.scrollingElement.scrollHeight)
    await page.setViewportSize({ width, height: Math.max(height, size.height) })
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme })
      wrong.push(...(await axe(page)).map((v) => `${width} px ${colorScheme}: ${v}`))
    }
    const out = await sticksOut(page)
    if (out) wrong.push(`scrolls sideways at ${width} px: ${out}`)
  }
  await page.setViewportSize(phone)
  const small = await tooSmall(page)
  if (small) wrong.push(`smaller than a thumb: ${small}`)
  if (await page.locator('h1').count() !== 1) wrong.push(`${await page.locator('h1').count()} first headings`)
  wrong.push(...complaints.splice(0).map((c) => `the browser complains: ${c}`))
  check(wrong.length === 0, `${name}: a page for everybody`, wrong.join('\n        '))
}
