// The calendar: a post is dragged to another day by mouse or finger, or its "Move" is focused and the arrows choose one.
// What is sent is the plain form of that post, which works without this file.
const calendar = document.querySelector('[data-calendar]')
if (calendar) {
  const says = document.getElementById('calendar-says')
  const days = [...calendar.querySelectorAll('[data-day]')]
  const clear = () => days.forEach((day) => day.classList.remove('day--aim'))
  const send = (post, day) => {
    const form = post.querySelector('form')
    form.elements.day.value = day
    delete post.dataset.aim
    if (form.elements.time.value) return form.requestSubmit()
    // One that had no time yet needs one first.
    post.querySelector('details').open = true
    form.elements.time.focus()
    says.textContent = 'Choose the time, then move it there.'
  }

  let held = null
  document.addEventListener('dragstart', (event) => {
    held = event.target.closest?.('[data-moves]') ?? null
    if (held) event.dataTransfer.effectAllowed = 'move'
  })
  document.addEventListener('dragend', () => { held = null; clear() })
  for (const day of days) {
    day.addEventListener('dragover', (event) => { if (held) { event.preventDefault(); clear(); day.classList.add('day--aim') } })
    day.addEventListener('drop', (event) => { if (held) { event.preventDefault(); send(held, day.dataset.day) } })
  }

  // By finger: held for a moment it comes along, else the page scrolls. The browser's own dragging would be in the way.
  let [pressed, carried, waits] = [null, null, null]
  const letGo = () => {
    clearTimeout(waits)
    if (pressed) pressed.draggable = true
    pressed = null
    carried?.classList.remove('plan--held')
    carried = null
    clear()
  }
  document.addEventListener('touchstart', (event) => {
    const post = event.target.closest?.('[data-moves]')
    letGo()
    if (!post || event.touches.length > 1 || event.target.closest('details')) return
    pressed = post
    post.draggable = false
    waits = setTimeout(() => {
      carried = post
      post.classList.add('plan--held')
      says.textContent = `${post.dataset.moves}: move your finger to another day.`
    }, 400)
  }, { passive: true })
  document.addEventListener('touchmove', (event) => {
    if (!carried) return clearTimeout(waits)
    event.preventDefault()
    const { clientX, clientY } = event.touches[0]
    clear()
    document.elementFromPoint(clientX, clientY)?.closest('[data-day]')?.classList.add('day--aim')
  }, { passive: false })
  document.addEventListener('touchend', (event) => {
    const [post, day] = [carried, calendar.querySelector('.day--aim')]
    if (post) event.preventDefault()
    letGo()
    if (!post) return
    if (day && !day.contains(post)) return send(post, day.dataset.day)
    says.textContent = `${post.dataset.moves} stays where it was.`
  }, { passive: false })
  document.addEventListener('touchcancel', letGo)
  document.addEventListener('contextmenu', (event) => { if (carried) event.preventDefault() })

  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }
  document.addEventListener('keydown', (event) => {
    const move = event.target.closest?.('.plan__move > summary')
    if (!move) return
    const post = move.closest('[data-moves]')
    const at = post.dataset.aim ?? post.closest('[data-day]')?.dataset.day ?? days.find((day) => day.ariaCurrent === 'date')?.dataset.day ?? days[0].dataset.day
    if (event.key in steps) {
      event.preventDefault()
      const to = days[days.findIndex((day) => day.dataset.day === at) + steps[event.key]]
      clear()
      if (!to) { says.textContent = 'That day is not on this page. Go earlier or later first.'; return }
      post.dataset.aim = to.dataset.day
      to.classList.add('day--aim')
      says.textContent = `${post.dataset.moves}: ${to.dataset.name}. Enter moves it there, Escape leaves it.`
    } else if (event.key === 'Enter' && post.dataset.aim) {
      event.preventDefault()
      send(post, post.dataset.aim)
    } else if (event.key === 'Escape') {
      delete post.dataset.aim
      clear()
      says.textContent = `${post.dataset.moves} stays where it was.`
    }
  })

  // A day counts only while people are on "Move": whoever leaves it and comes back moves nothing by Enter.
  document.addEventListener('focusout', (event) => {
    const post = event.target.closest?.('.plan__move > summary')?.closest('[data-moves]')
    if (!post?.dataset.aim) return
    delete post.dataset.aim
    clear()
    says.textContent = `${post.dataset.moves} stays where it was.`
  })

  // After a move people go on where the post is now.
  if (location.hash.startsWith('#post-')) document.getElementById(location.hash.slice(1))?.querySelector('summary, a')?.focus()
}
