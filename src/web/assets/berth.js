// All that the pages do by script. Without it they work the same, a reload further behind.

/** A page that is live is read again when something happened that it shows; where the reader is stays as it is. */
function follow(main) {
  let events = null
  let waiting = null
  let read = 0
  // Soon at first; then not at every event, since each reading asks the service for all that the page shows.
  const later = () => {
    waiting ??= setTimeout(
      async () => {
        await refresh()
        read = Date.now()
        waiting = null
      },
      Math.max(300, read + 3000 - Date.now()),
    )
  }
  // Nobody looks at a hidden tab, and a browser has few connections for all of them.
  const look = () => {
    events?.close()
    events = document.hidden ? null : new EventSource(main.dataset.live)
    events?.addEventListener('message', later)
  }
  look()
  addEventListener('visibilitychange', look)
  addEventListener('pagehide', () => events?.close())
}

async function refresh() {
  const main = document.querySelector('main')
  // Who types, or has opened what changes something, must not find another thing in its place.
  const busy = 'form :is(input, textarea, select):focus, details[open] form[method="post"]'
  if (main.querySelector(busy)) return
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null)
  if (!answer?.ok || answer.redirected) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
  if (main.querySelector(busy)) return
  const open = new Set([...main.querySelectorAll('details[open] > summary')].map((one) => one.textContent))
  const typed = new Map([...main.querySelectorAll(FIELDS)].map((one) => [fieldOf(one), one.value]))
  main.replaceChildren(...fresh.childNodes)
  for (const one of main.querySelectorAll('details > summary')) {
    if (open.has(one.textContent)) one.parentElement.open = true
  }
  for (const one of main.querySelectorAll(FIELDS)) one.value = typed.get(fieldOf(one)) ?? one.value
  enliven(main)
}

const FIELDS = 'input:not([type=hidden]), textarea, select'

/** What was typed goes back to the same field of the same form, and nowhere else. */
function fieldOf(one) {
  return JSON.stringify([one.form?.action, one.name])
}

/** What stands before the button is what it copies. */
function enliven(root) {
  for (const button of root.querySelectorAll('button[data-copy]')) {
    button.hidden = false
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent)
      const words = button.textContent
      button.textContent = 'Copied'
      setTimeout(() => (button.textContent = words), 1500)
    }
  }
}

/** A row and the cell of the picture that it tells of show each other. */
function showTwin({ target, type }) {
  const row = target.closest?.('tr[data-cell]')
  const cell = row ? document.getElementById(row.dataset.cell) : target.closest?.('.picture rect[id]')
  const other = row ?? (cell && document.querySelector(`tr[data-cell="${cell.id}"]`))
  for (const one of [cell, other]) one?.classList.toggle('lit', type === 'mouseover')
}

addEventListener('mouseover', showTwin)
addEventListener('mouseout', showTwin)
enliven(document)
const live = document.querySelector('main[data-live]')
if (live) follow(live)
