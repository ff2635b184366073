// The Manager connects X, a Page (choosing among two), Instagram and Mastodon on the guided pages, over networks that are
// played on this machine; a permission that was not given is named, and connecting again keeps what waits.
import { spawnSync } from 'node:child_process'
import { check, journey, look, press, signedIn, startBrowser, startDemo, verdict } from './harness.mjs'
import { Connecting, apps, startNetworks } from './networks.mjs'

const networks = await startNetworks()
const demo = await startDemo({ env: networks.env })
const browser = await startBrowser()
const manager = await signedIn(browser, demo, 'Dele Okafor')
const { page } = manager
const { order } = networks
const connecting = new Connecting(manager)

const line = (what) => page.locator('#test li', { hasText: what })

await journey('X', async () => {
  await connecting.permitted('X', 'Trust on X')
  check((await page.locator('#callback').innerText()) === `${demo.address.replace('localhost', '127.0.0.1')}/accounts/callback`, 'the address to paste is there, letter by letter')
  check(await page.getByText('$0.200 with a link in it').isVisible(), 'what X charges is said before')
  check(await page.getByRole('button', { name: 'Go on to X' }).count() === 0, 'nobody is sent on before the app is there')
  await look(manager, 'X, before the app')
  await connecting.keepApp(apps.X)
  check(!(await page.content()).includes('x-secret'), 'the secret is not shown again')
  await look(manager, 'X, with the app')
  await press(manager, 'Go on to X')
  await look(manager, 'Go on to X')
  await page.goBack()
  await connecting.allow('X')
  await look(manager, 'Back from X')
  await press(manager, 'Connect the account')
  await page.getByRole('heading', { name: 'Is fenlandjuniors the trust’s account?' }).waitFor()
  await look(manager, 'Whose account it is')
  await press(manager, 'Connect fenlandjuniors')
  await line('The account answers').getByText('Yes').waitFor()
  check(await line('offline.access').getByText('Given').isVisible(), 'each permission is there by its name')
  await look(manager, 'X, connected and tried')
})

await journey('A Page, chosen among two', async () => {
  await order(networks.meta, 'set?name=pages&value=2')
  await connecting.permitted('Facebook', 'Trust Page')
  await look(manager, 'Facebook, before the app')
  await connecting.keepApp([apps.Facebook[0], ['App secret', 'wrong-secret']])
  await connecting.allow('Facebook')
  await press(manager, 'Connect the account')
  check(await page.getByText(/does not take the app’s id and secret/).isVisible(), 'a wrong secret is said as what it is')
  manager.complaints.splice(0) // the refusal itself
  await look(manager, 'A wrong secret')
  await connecting.open('Trust Page')
  await page.getByText('How it is made, and another one').click()
  await connecting.keepApp(apps.Facebook)
  await connecting.allow('Facebook')
  await press(manager, 'Connect the account')
  await page.getByRole('heading', { name: 'Which one is Trust Page?' }).waitFor()
  await look(manager, 'Which Page')
  await press(manager, 'Connect Fenland Community Trust')
  await line('pages_manage_posts').getByText('Given').waitFor()
  check(true, 'the Page that was chosen is connected and tried')
  await look(manager, 'Facebook, connected')
})

await journey('A permission that was not given is named', async () => {
  await order(networks.meta, 'set?name=given&value=pages_show_list,pages_read_engagement')
  await press(manager, /^Try the connection/)
  check(await line('pages_manage_posts').getByText('Missing').isVisible(), 'the one that is missing')
  check(await line('pages_manage_posts').getByText('to publish on the Page and to take down').isVisible(), 'and what it is needed for')
  await look(manager, 'A permission is missing')
  await page.goto('/')
  check(await page.getByText('Trust Page lacks the permission pages_manage_posts').isVisible(), 'Today says so to the Manager')
  await look(manager, 'Today, a permission is missing')
  await order(networks.meta, 'set?name=given&value=all')
  await connecting.open('Trust Page')
  await connecting.allow('Facebook')
  await press(manager, 'Connect the account')
  check(await line('pages_manage_posts').getByText('Given').isVisible(), 'connected again, as the same Page, without choosing anew')
})

await journey('Instagram, with the same app', async () => {
  await connecting.permitted('Instagram', 'Trust on Instagram')
  check(await page.getByRole('button', { name: 'Go on to Instagram' }).isVisible(), 'the app of the Page serves Instagram as well')
  await look(manager, 'Instagram, before')
  await connecting.allow('Instagram')
  await connecting.connect('fenlandtrust')
  check(await line('instagram_content_publish').getByText('Given').isVisible(), 'it is connected')
  await look(manager, 'Instagram, connected')
})

await journey('Mastodon, without an app', async () => {
  await connecting.permitted('Mastodon', 'Trust on Mastodon')
  await page.getByLabel('Address of its server').fill(networks.mastodon)
  await look(manager, 'Mastodon, before')
  await connecting.allow('Mastodon')
  await connecting.connect()
  check(await line('Limits').getByText('500 letters a post').isVisible(), 'the server’s own limits are read')
  await look(manager, 'Mastodon, connected')
  await page.goto('/accounts')
  await look(manager, 'Accounts, four of them')
})

await journey('Not allowing it', async () => {
  await connecting.open('Trust on X')
  await press(manager, 'Go on to X')
  const address = new URL(await page.getByRole('link', { name: /^Sign in at/ }).getAttribute('href'))
  await page.goto(`/accounts/callback?error=access_denied&state=${address.searchParams.get('state')}`)
  check(await page.getByRole('heading', { name: 'It was not allowed' }).isVisible(), 'nothing is connected, and the page says so')
})

await journey('Ending an account', async () => {
  await page.goto('/accounts')
  await page.locator('section.card', { hasText: 'Trust on Instagram' }).getByText('End this account').click()
  await press(manager, 'End Trust on Instagram')
  await connecting.open('Trust on Instagram')
  check(await page.getByText(/remove the trust’s app on Facebook under Settings, Business integrations/).isVisible(), 'where a person removes what Meta does not take back')
  await look(manager, 'Instagram, ended')
})

await browser.close()

await journey('In the terminal, with the program stopped', async () => {
  await demo.program.stop()
  await order(networks.meta, 'set?name=given&value=pages_show_list,pages_read_engagement')
  const env = { ...process.env, ...networks.env }
  const { status, stdout, stderr } = spawnSync(process.env.CLEANSHEET, ['channel', 'check', '--data', demo.data, '--json'], { env, encoding: 'utf8', timeout: 60_000 })
  const lines = status === null ? [] : JSON.parse(stdout || '[]')
  const of = (name) => lines.find((line) => line.name === name)
  check(status === 1, 'something is missing, so it leaves with 1', stderr)
  check(of('Trust Page')?.missing.some(({ permission, needed_for }) => permission === 'pages_manage_posts' && needed_for.includes('take down')), 'the permission that is missing, with what it is needed for', stdout)
  check(/leave every permission ticked/.test(of('Trust Page')?.say), 'and what to do')
  check(of('Trust on X')?.ready && of('Trust on Mastodon')?.ready, 'the others are ready', stdout)
  check(of('Trust on Instagram')?.ready, 'one that was ended lacks nothing', stdout)
})

await demo.stop()
networks.stop()
verdict()
