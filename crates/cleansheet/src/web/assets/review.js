// Old posts. Without this file a search is a press of a button, and every answer too; with it names appear while people
// type, and whoever wants to can answer by keys.
const find = document.querySelector('[data-find]')
if (find) {
  let timer
  find.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      const body = new URLSearchParams(new FormData(find.form))
      body.set('do', 'find')
      try {
        const answer = await fetch(find.form.action, { method: 'POST', body })
        if (!answer.ok || body.get('find') !== find.value) return
        const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
        const now = fresh.getElementById(find.dataset.find)
        if (now) document.getElementById(find.dataset.find).replaceWith(now)
      } catch { /* offline: the next letter asks again */ }
    }, 200)
  })
}

// Keys are off until somebody turns them on: a letter pressed by accident, or said to a computer, answers nothing.
const keys = document.querySelector('[data-keys]')
if (keys) {
  const kept = () => { try { return localStorage.getItem('keys') === 'on' } catch { return false } }
  const set = (on) => {
    keys.setAttribute('aria-pressed', on)
    try { localStorage.setItem('keys', on ? 'on' : 'off') } catch { /* for this page only */ }
  }
  set(kept())
  keys.addEventListener('click', () => set(keys.getAttribute('aria-pressed') !== 'true'))
  document.addEventListener('keydown', (event) => {
    if (keys.getAttribute('aria-pressed') !== 'true' || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (event.target.matches('input:not([type="checkbox"]), textarea, select')) return
    const key = event.key.toLowerCase()
    const number = /^[1-9]$/.test(key) ? Number(key) : 0
    const press = number ? document.querySelectorAll('#people input')[number - 1] : document.querySelector(`[data-key="${CSS.escape(key)}"]`)
    if (key === 'f') { event.preventDefault(); find?.focus() } else if (press) { event.preventDefault(); press.click() }
  })
}
