// All that the pages do by script. Without it they work the same, a reload further behind.

/** A page that is live is read again when something happened that it shows; where the reader is stays as it is. */
function follow(main) {
  const events = new EventSource(main.dataset.live)
  let waiting = null
  events.addEventListener('message', () => {
    waiting ??= setTimeout(() => {
      waiting = null
      refresh()
    }, 300)
  })
  addEventListener('pagehide', () => events.close())
}

async function refresh() {
  const main = document.querySelector('main')
  // Who types or has opened something must not lose it.
  if (main.querySelector('form :is(input, textarea, select):focus')) return
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!answer.ok || answer.redirected) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
  const open = [...main.querySelectorAll('details')].map((one) => one.open)
  const typed = [...main.querySelectorAll('input, textarea, select')].map((one) => one.value)
  main.replaceChildren(...fresh.childNodes)
  main.querySelectorAll('details').forEach((one, i) => (one.open = open[i] ?? one.open))
  const fields = [...main.querySelectorAll('input, textarea, select')]
  if (fields.length === typed.length)
    fields.forEach((one, i) => (one.type === 'hidden' ? null : (one.value = typed[i])))
  enliven(main)
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

enliven(document)
const live = document.querySelector('main[data-live]')
if (live) follow(live)
