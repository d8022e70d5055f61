
const form = document.querySelector('form'), field = form.q, said = form.querySelector('output'), rows = [...document.querySelectorAll('li')]
form.hidden = false
function narrow() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  let shown = 0
  for (const row of rows) { row.hidden = !words.every(w => row.dataset.text.includes(w)); shown += !row.hidden }
  said.textContent = `${shown} of ${rows.length} classes`
}
field.addEventListener('input', narrow); narrow()
form.addEventListener('submit', e => e.preventDefault())
form.size.addEventListener('change', () => document.documentElement.style.setProperty('--card', form.size.value))
document.addEventListener('keydown', e => {
  if (e.key === '/' && document.activeElement !== field && !e.ctrlKey && !e.metaKey) { e.preventDefault(); field.focus() }
  if (e.key === 'Escape' && document.activeElement === field) { field.value = ''; narrow() }
})
