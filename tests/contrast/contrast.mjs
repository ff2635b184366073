// Checks every colour pair of tokens.css by WCAG 2.2 arithmetic: 4.5:1 for text, 3:1 for edges and signs.
import { readFileSync } from 'node:fs'

const css = readFileSync(new URL('../../crates/cleansheet/src/web/assets/tokens.css', import.meta.url), 'utf8')
const colours = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/gi)].map((m) => [m[1], m[2]]))
const between = (from, to) => css.slice(css.indexOf(from), css.indexOf(to))
const light = colours(between(':root {', '@media (prefers-color-scheme: dark)'))
const dark = { ...light, ...colours(between(':root:not(', '/* a person')) }
const chosenDark = { ...light, ...colours(between(':root[data-theme="dark"]', '/* scripts')) }

const luminance = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
const ratio = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((p, q) => q - p)
  return (high + 0.05) / (low + 0.05)
}

const states = ['ok', 'hold', 'stop', 'note', 'seal']
const text = [
  ...['paper', 'card', 'sunk'].flatMap((ground) => ['ink', 'ink-2', 'action', ...states].map((ink) => [ink, ground])),
  ...states.flatMap((s) => [[s, `${s}-soft`], ['ink', `${s}-soft`], ['ink-2', `${s}-soft`], ['state-on', s], ['action', `${s}-soft`]]),
  ['action-on', 'action'], ['action-on', 'action-hover'], ['action', 'action-soft'], ['ink', 'action-soft'], ['club-on', 'club'],
  ['club-deep-on', 'club-deep'], ['club-deep-on', 'club-deep-2'], ['club', 'club-deep'], ['board-digit', 'board'], ['board-dim', 'board'],
].map((pair) => [...pair, 4.5])
const edges = [['line-strong', 'paper'], ['line-strong', 'card'], ['focus-in', 'focus-out'], ['focus-out', 'club-deep']].map((pair) => [...pair, 3])

let passed = 0
let failed = 0
const check = (good, sentence) => { if (good) passed += 1; else { failed += 1; console.error(sentence) } }
check(JSON.stringify(dark) === JSON.stringify(chosenDark), 'the two dark blocks of tokens.css differ')
for (const [name, theme] of Object.entries({ light, dark })) {
  const rows = [...text, ...edges].map(([ink, ground, least]) => ({ ink, ground, least, is: ratio(theme[ink] ?? '', theme[ground] ?? '') }))
  for (const row of rows) check(row.is >= row.least, `${name}: ${row.ink} on ${row.ground} is ${row.is.toFixed(2)}, needs ${row.least}`)
  const lowest = rows.filter((row) => row.least === 4.5).sort((x, y) => x.is - y.is)[0]
  console.log(`${name}: ${rows.length} pairs, lowest text ${lowest.ink} on ${lowest.ground} ${lowest.is.toFixed(2)}:1`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
