// An idle screen locks itself a little before the server's limit: it warns a minute ahead, keeps what was written, and
// comes back to this page after signing in. While what was written cannot be kept, the screen is locked all the same and
// tries again.
const idleSeconds = Number(document.documentElement.dataset.idle)
if (idleSeconds) {
  const say = document.createElement('dialog')
  say.className = 'dialog lock'
  say.setAttribute('aria-labelledby', 'lock-t')
  say.innerHTML = '<h2 id="lock-t"></h2><p></p><button class="btn btn--main btn--wide" type="button">Go on</button>'
  document.body.append(say)
  const [title, text, goOn] = say.children
  const words = (head, line, button) => { title.textContent = head; text.textContent = line; goOn.hidden = !button }
  const warns = Math.min(60, idleSeconds / 2)
  let last = Date.now()
  let told = last
  let locked = false

  const here = () => {
    if (locked || say.open) return
    last = Date.now()
    // Typing is no request: without this the server would count somebody as idle who fills in a long form.
    if (last - told > 120_000) { told = last; fetch('/locked').catch(() => {}) }
  }
  for (const sign of ['pointerdown', 'keydown', 'wheel', 'touchmove']) addEventListener(sign, here, { passive: true, capture: true })
  // Escape and the button: somebody is there.
  goOn.addEventListener('click', () => say.close())
  say.addEventListener('close', here)
  say.addEventListener('cancel', (event) => { if (locked) event.preventDefault() })

  const lock = async () => {
    locked = true
    say.classList.add('lock--shut')
    words('This screen is locked', 'Keeping what you wrote.', false)
    if (!say.open) say.showModal()
    const form = document.querySelector('form[action="/sign-out"]')
    for (;;) {
      try {
        await globalThis.keepDraft?.()
        await fetch('/locked')
        break
      } catch {
        words('This screen is locked', 'There is no network. What you wrote is kept as soon as there is.', false)
        await new Promise((later) => setTimeout(later, 5000))
      }
    }
    const back = document.createElement('input')
    Object.assign(back, { type: 'hidden', name: 'back', value: location.pathname })
    form.append(back)
    form.submit()
  }

  setInterval(() => {
    if (locked) return
    const idle = (Date.now() - last) / 1000
    if (idle >= idleSeconds) lock()
    else if (idle >= idleSeconds - warns && !say.open) {
      words('This screen locks in a minute', 'What you wrote is kept, and you come back to it.', true)
      say.showModal()
    }
  }, 1000)
}

// On a shared device the browser is asked not to remember who signed in.
for (const box of document.querySelectorAll('input[name=shared]')) {
  box.addEventListener('change', () => box.form.querySelector('[type=email]')?.setAttribute('autocomplete', box.checked ? 'off' : 'username'))
}
