// Lists that are searched while people type. Without this file the button finds the same. Only the newest answer is shown,
// focus stays in the box, and the number found is said.
for (const input of document.querySelectorAll('[data-search]')) {
  const count = document.getElementById(input.dataset.count)
  let timer
  let newest = 0
  input.addEventListener('input', () => {
    clearTimeout(timer)
    newest += 1
    const mine = newest
    timer = setTimeout(async () => {
      try {
        const answer = await fetch(`${input.dataset.search}?${new URLSearchParams(new FormData(input.form))}`)
        if (!answer.ok || answer.redirected) return
        const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-found]')
        if (!fresh || mine !== newest) return
        document.getElementById(fresh.id).replaceWith(fresh)
        count.textContent = fresh.dataset.found
      } catch { /* offline: the next letter asks again */ }
    }, 150)
  })
}
