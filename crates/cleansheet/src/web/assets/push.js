// "Tell this phone": the browser's own push service gives an address, which goes into the form.
const pushForm = document.querySelector('form[data-push]')
if (pushForm) {
  const says = pushForm.querySelector('[data-push-says]')
  const key = Uint8Array.from(atob(pushForm.dataset.push.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) {
    says.textContent = 'This browser cannot be told. On an iPhone, add Cleansheet to the home screen first. Mail still tells you.'
    pushForm.querySelector('button').hidden = true
  }
  pushForm.addEventListener('submit', async (event) => {
    if (pushForm.elements.endpoint.value) return
    event.preventDefault()
    says.textContent = ''
    try {
      if (await Notification.requestPermission() !== 'granted') throw { say: 'Your browser does not allow it. Allow notifications of this site in its settings, then press again.' }
      await navigator.serviceWorker.register('/sw.js')
      const worker = await navigator.serviceWorker.ready
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
      pushForm.elements.endpoint.value = subscription.endpoint
      pushForm.requestSubmit()
    } catch (error) { says.textContent = error.say ?? 'This browser could not reach its push service. Try again later; mail still tells you.' }
  })
}
