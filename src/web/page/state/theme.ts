import { effect, signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'spanledger.theme'

/** The chosen colours, remembered by the browser. */
export const theme = signal<Theme>(themes.find((one) => one === remembered(key)) ?? 'system')

/** Changes whenever the colours do: canvases are then drawn again. */
export const colourChange = signal(0)

effect(() => {
  const chosen = theme.value
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  remember(key, chosen)
  colourChange.value = colourChange.peek() + 1
})

window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colourChange.value++
})

/** A colour of the style sheet, as a canvas takes it. */
export function colour(name: string, element: Element = document.documentElement): string {
  const text = getComputedStyle(element).getPropertyValue(`--${name}`).trim()
  const [, light = text, dark = text] = /^light-dark\(([^,]+), *([^)]+)\)$/.exec(text) ?? []
  return isDark() ? dark : light
}

function isDark(): boolean {
  if (theme.peek() !== 'system') return theme.peek() === 'dark'
  return window.matchMedia('(prefers-color-scheme: dark)').matches
}

/** What the browser has kept; null where it keeps nothing. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // a browser that keeps nothing shows the page all the same
  }
}
