// Passkeys. A form with `data-passkey` gets a challenge, lets the browser ask its person, and sends the answer in hidden
// fields of its own. Without a script these forms say what else can be done.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }))

/** Asks the browser, and puts its answer into words that travel in a form. */
async function passkeyAnswer(making, { publicKey }, how) {
  publicKey.challenge = toBytes(publicKey.challenge)
  if (making) {
    publicKey.user.id = toBytes(publicKey.user.id)
    publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials)
  } else publicKey.allowCredentials = withBytes(publicKey.allowCredentials)
  const found = await navigator.credentials[making ? 'create' : 'get']({ publicKey, ...how })
  const response = { clientDataJSON: toText(found.response.clientDataJSON) }
  for (const part of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (found.response[part]) response[part] = toText(found.response[part])
  }
  if (making) response.transports = found.response.getTransports?.() ?? []
  else response.userHandle ??= null
  return JSON.stringify({ id: found.id, rawId: toText(found.rawId), type: found.type, response, extensions: {} })
}

/** What to do, in the words of the person. */
function passkeyTrouble(error) {
  if (error.name === 'InvalidStateError') return 'This phone or computer has a passkey of yours already.'
  if (error.name === 'NotAllowedError') return 'Nothing was sent. Press the button to try again.'
  return error.say ?? 'Your browser could not do it. Try again, or use another way.'
}

let waiting = null
const ours = new Set()

async function usePasskey(form, how = {}) {
  waiting?.abort()
  waiting = new AbortController()
  const csrf = form.elements.csrf.value
  const asked = await fetch(form.dataset.start, { method: 'POST', body: new URLSearchParams({ csrf }) })
  if (!asked.ok || !asked.headers.get('content-type')?.includes('json')) {
    throw { say: asked.status === 429 ? 'This was tried too often. Wait a minute.' : 'Load the page again, and press the button once more.' }
  }
  const { ceremony, options } = await asked.json()
  const credential = await passkeyAnswer(form.dataset.passkey === 'make', options, { signal: waiting.signal, ...how })
  const prefix = form.dataset.prefix ?? ''
  for (const [name, value] of Object.entries({ ceremony, credential })) {
    const field = document.createElement('input')
    Object.assign(field, { type: 'hidden', name: prefix + name, value })
    form.append(field)
  }
  ours.add(form)
  form.requestSubmit()
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const says = form.querySelector('[data-passkey-says]')
  if (!globalThis.PublicKeyCredential) {
    says.textContent = 'This browser has no passkeys. Use another browser, or your phone.'
    continue
  }
  form.addEventListener('submit', async (event) => {
    if (ours.has(form) || !event.submitter?.hasAttribute('data-passkey-go')) return
    event.preventDefault()
    says.textContent = ''
    try { await usePasskey(form) } catch (error) { says.textContent = passkeyTrouble(error) }
  })
}

// Where a name is asked for, browsers that can offer the passkey in its box.
const quiet = document.querySelector('form[data-passkey="use"][data-quiet]')
if (quiet && document.querySelector('input[autocomplete~="webauthn"]')) {
  globalThis.PublicKeyCredential?.isConditionalMediationAvailable?.()
    .then((can) => { if (can) return usePasskey(quiet, { mediation: 'conditional' }) }).catch(() => {})
}
