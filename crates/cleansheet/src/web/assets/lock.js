// An idle screen locks itself a little before the server's limit: it warns a minute ahead, ends the sign-in, keeps what was
// written, and comes back to this page after signing in. While what was written cannot be kept, the screen is locked all
// the same and tries again. What is written in any other form stays on the page, behind the lock, until the same person
// has signed in in another tab.
const idleSeconds = Number(document.documentElement.dataset.idle)
if (idleSeconds) {
  const say = document.createElement('dialog')
  say.className = 'dialog lock'
  say.setAttribute('aria-labelledby', 'lock-t')
  say.innerHTML = `<h2 id="lock-t"></h2><p></p><button class="btn btn--main btn--wide" type="button">Go on</button>
    <a class="btn btn--main btn--wide" href="/sign-in" target="_blank" rel="noopener">Sign in, in a new tab</a>`
  document.body.append(say)
  const [title, text, goOn, signIn] = say.children
  const words = (head, line, shown) => {
    title.textContent = head
    text.textContent = line
    for (const one of [goOn, signIn]) one.hidden = one !== shown
  }
  const warns = Math.min(60, idleSeconds / 2)
  const form = document.querySelector('form[action="/sign-out"]')
  // The first letters of a sign-in's form token tell sign-ins apart, and are good for nothing else.
  const mark = (token) => token.slice(0, 8)
  let sign = mark(form.elements.csrf.value)
  let acted = 0
  let noted = 0
  let untold = false
  let tellsFrom = Date.now() + 31_000
  let locked = false
  let changed = false
  let tried

  // The tabs of one browser tell each other when somebody did something last, and in which sign-in. Nothing of it is stored:
  // a shared device keeps nothing.
  let others = { at: 0, of: sign }
  // A browser that has no such channel still locks: there this tab counts for itself.
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('at-work') : undefined
  channel?.addEventListener('message', ({ data }) => { others = data })
  const note = () => {
    acted = Date.now()
    if (acted - noted < 1000) return
    noted = acted
    channel?.postMessage({ at: acted, of: sign })
  }
  const last = () => {
    const { at, of } = others
    return of === sign ? Math.max(acted, at) : acted
  }
  const here = () => {
    if (locked || say.open) return
    untold = true
    note()
  }
  note()
  for (const act of ['pointerdown', 'keydown', 'wheel', 'touchmove']) addEventListener(act, here, { passive: true, capture: true })
  // Escape and the button: somebody is there. A second Escape, or the second press of a phone's Back, closes a dialog
  // whatever is said to its first.
  goOn.addEventListener('click', () => say.close())
  say.addEventListener('close', () => { if (locked) say.showModal(); else here() })
  say.addEventListener('cancel', (event) => { if (locked) event.preventDefault() })
  addEventListener('keydown', (event) => { if (locked && event.key === 'Escape') event.preventDefault() }, true)

  addEventListener('input', ({ target }) => { changed ||= Boolean(target.form?.matches('[method=post]:not(#draft)')) }, true)
  addEventListener('submit', (event) => { if (!event.defaultPrevented) changed = false })

  // Typing is no request: without this the server would count somebody as idle who fills in a long form. It notes acts to
  // the half minute, so it is told as often, and of the last act too.
  const tell = (now) => {
    if (!untold || now < tellsFrom) return
    untold = false
    tellsFrom = now + 31_000
    fetch('/locked').catch(() => { untold = true; tellsFrom = Date.now() + 5000 })
  }

  // By a script, so that this page stays where it is. Signing in beside a page with words leads elsewhere than to a second copy of it.
  const signOut = async () => {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, back: changed ? '' : location.pathname })
    const answer = await fetch(form.getAttribute('action'), { method: 'POST', body })
    if (answer.status >= 500) throw new Error('not signed out')
  }

  const lock = async () => {
    locked = true
    say.classList.add('lock--shut')
    words('This screen is locked', 'Keeping what you wrote.')
    if (!say.open) say.showModal()
    for (;;) {
      try {
        await globalThis.keepDraft?.()
        await signOut()
        break
      } catch {
        words('This screen is locked', 'What you wrote is not kept yet. It stays on this screen, and is kept as soon as the server answers.')
        await new Promise((later) => setTimeout(later, 5000))
      }
    }
    if (!changed) return location.assign('/locked')
    words('This screen is locked', 'What you wrote stays on this screen, and nowhere else. Sign in beside it, and come back to it.', signIn)
  }

  // The same person is signed in again: what is behind the lock is theirs, and can be sent.
  const reopen = async () => {
    const page = new DOMParser().parseFromString(await (await fetch('/locked')).text(), 'text/html')
    const person = (of) => of.documentElement.dataset.person
    const token = page.querySelector('form[action="/sign-out"] [name=csrf]')?.value
    if (!token || mark(token) === sign || person(page) !== person(document)) return
    for (const box of document.querySelectorAll('input[name=csrf]')) box.value = token
    sign = mark(token)
    locked = false
    say.classList.remove('lock--shut')
    say.close()
  }

  setInterval(() => {
    const now = Date.now()
    if (locked) {
      const { of } = others
      if (signIn.hidden || of === sign || of === tried) return
      tried = of
      reopen().catch(() => { tried = undefined })
      return
    }
    tell(now)
    const idle = (now - last()) / 1000
    if (idle >= idleSeconds) lock()
    else if (idle < idleSeconds - warns) say.close()
    else if (!say.open) {
      words('This screen locks in a minute', changed ? 'What you wrote stays on this screen.' : 'What you wrote is kept, and you come back to it.', goOn)
      say.showModal()
    }
  }, 1000)
}

// On a shared device the browser is asked not to remember who signed in.
for (const box of document.querySelectorAll('input[name=shared]')) {
  box.addEventListener('change', () => box.form.querySelector('[type=email]')?.setAttribute('autocomplete', box.checked ? 'off' : 'username'))
}
