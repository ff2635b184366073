// The draft page. Without this file every press of a button sends the form and the page comes back; with it the draft
// keeps itself while people type, screening shows its progress, and a missed face can be drawn with a finger.
const draft = document.getElementById('draft')
if (draft) {
  const live = ['photos', 'word-marks', 'word-notes', 'counts', 'when-note', 'looks', 'policy-says', 'kept']
  let asking = false
  let typed = 0
  let kept = 0
  let over = false

  // Takes fresh parts out of a page and puts them in place; nothing that somebody is typing in is touched.
  const refresh = async (answer, when) => {
    if (!answer.ok || !/\/(edit|progress)$/.test(new URL(answer.url).pathname)) {
      // Never away from words that are nowhere else.
      if (kept === typed) location.assign(answer.url)
      return
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (when !== typed) return
    for (const id of live) {
      const [old, now] = [document.getElementById(id), fresh.getElementById(id)]
      if (old && now && !old.contains(document.activeElement) && old.innerHTML !== now.innerHTML) old.replaceWith(now)
    }
    // The space before the words is not kept, and still stands above them on this page.
    const [marks, caption] = [document.getElementById('word-marks'), document.getElementById('caption')]
    if (marks.textContent === caption.value.trim()) marks.prepend(caption.value.match(/^\s*/)[0])
    // What was missing when somebody pressed is out of date once they write; what is missing now stands under "what the policy says".
    const missing = document.getElementById('missing')
    if (typed && missing && !missing.contains(document.activeElement)) missing.remove()
  }

  // The words stay where they are. When the sign-in is over, the form is sent as the browser itself would: the answer is a
  // page with the words in it, to be sent again.
  const notKept = (answer = '') => {
    if (!new DOMParser().parseFromString(answer, 'text/html').getElementById('again')) {
      document.querySelector('#kept span').textContent = 'Not kept yet. What you wrote stays on this page.'
      document.querySelector('#kept svg')?.remove()
      return
    }
    over = true
    for (const box of draft.elements) if (box.type === 'file') box.disabled = true
    const act = document.createElement('input')
    Object.assign(act, { type: 'hidden', name: 'do', value: 'keep' })
    draft.append(act)
    draft.submit()
  }

  const keep = async () => {
    if (over) return
    const when = typed
    const body = new FormData(draft)
    body.delete('photo')
    body.append('do', 'keep')
    asking = true
    try {
      const answer = await fetch(draft.action, { method: 'POST', body })
      if (answer.ok && new URL(answer.url).pathname.startsWith('/posts/')) {
        kept = when
        await refresh(answer, when)
        // What was missing is said anew where the policy speaks.
        document.getElementById('missing')?.remove()
      } else notKept(await answer.text())
    } catch { /* offline: the next try or press sends it */ }
    asking = false
  }

  let timer
  // Before the screen locks: whatever was typed since the last time is kept first. Fails when it cannot be.
  globalThis.keepDraft = async () => {
    clearTimeout(timer)
    if (kept < typed) await keep()
    if (kept < typed) throw new Error('not kept')
  }
  document.addEventListener('input', (event) => {
    if (event.target.form !== draft || event.target.type === 'file' || event.target.dataset.own) return
    typed += 1
    // An account that is ticked may have words of its own.
    if (event.target.name === 'channel') {
      for (const own of document.querySelectorAll('[data-own-of]')) if (own.dataset.ownOf === event.target.value) own.hidden = !event.target.checked
    }
    // Marks belong to the words they were made for.
    if (event.target.id === 'caption') document.getElementById('word-marks').textContent = event.target.value
    clearTimeout(timer)
    timer = setTimeout(keep, 900)
  })

  // Photos leave the phone as soon as they are chosen.
  document.addEventListener('change', (event) => {
    if (event.target.name !== 'photo' || !event.target.files.length) return
    const say = document.getElementById('sending')
    say.hidden = false
    const bar = say.querySelector('progress')
    const request = new XMLHttpRequest()
    request.upload.onprogress = (e) => { if (e.lengthComputable) { bar.max = e.total; bar.value = e.loaded } }
    request.onloadend = () => {
      if (request.status >= 200 && request.status < 300) return location.reload()
      say.hidden = true
      event.target.value = ''
      notKept(request.responseText)
    }
    request.open('POST', draft.action)
    const body = new FormData(draft)
    body.append('do', 'keep')
    clearTimeout(timer)
    request.send(body)
  })

  // While a photo is looked at, ask how far it is.
  setInterval(async () => {
    if (asking || document.hidden || !document.querySelector('[data-looking]')) return
    asking = true
    try { await refresh(await fetch(draft.dataset.progress), typed) } catch { /* the next turn asks again */ }
    asking = false
  }, 1200)

  // Drawing a missed face: press, pull, let go. The numbers below the picture do the same by keyboard.
  document.addEventListener('pointerdown', (down) => {
    const faces = down.target.closest('.faces')
    const frame = faces?.closest('[data-draws]')
    if (!frame?.classList.contains('frame--drawing')) return
    down.preventDefault()
    const box = faces.getBoundingClientRect()
    const at = (e) => [(e.clientX - box.left) / box.width * 100, (e.clientY - box.top) / box.height * 100].map((n) => Math.min(100, Math.max(0, n)))
    const [x0, y0] = at(down)
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    rect.setAttribute('class', 'face__edge')
    faces.append(rect)
    const { width, height } = faces.viewBox.baseVal
    const sides = (e) => { const [x, y] = at(e); return [Math.min(x0, x), Math.min(y0, y), Math.abs(x - x0), Math.abs(y - y0)] }
    const move = (e) => ['x', 'y', 'width', 'height'].forEach((name, i) => rect.setAttribute(name, sides(e)[i] / 100 * (i % 2 ? height : width)))
    faces.setPointerCapture(down.pointerId)
    faces.addEventListener('pointermove', move)
    faces.addEventListener('pointerup', (up) => {
      faces.removeEventListener('pointermove', move)
      const numbers = sides(up)
      if (numbers[2] < 1 || numbers[3] < 1) return rect.remove()
      const own = document.getElementById(frame.dataset.draws)
      own.querySelectorAll('input').forEach((input, i) => { input.value = numbers[i].toFixed(1) })
      own.querySelector('button').click()
    }, { once: true })
  })
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-draw]')
    if (!button) return
    const on = document.getElementById(button.dataset.draw).classList.toggle('frame--drawing')
    button.setAttribute('aria-pressed', on)
  })

  // The page comes back after a press: go on where people were.
  document.getElementById('missing')?.focus()
}
