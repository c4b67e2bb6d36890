import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { firstList, parseRoute, printRoute, type Route, type RunList } from './route.ts'

const address = signal(read())

function read(): string {
  return window.location.pathname + window.location.search
}

window.addEventListener('popstate', () => {
  address.value = read()
})

export const route: ReadonlySignal<Route> = computed(() => {
  const url = new URL(address.value, window.location.origin)
  return parseRoute(url.pathname, url.search)
})

/** The list of runs that was looked at last, for the links of other views. */
export const lastList = signal<RunList>(firstList)

let steps = 0

/** Whether a person has gone on from the view that was opened first, which any site may have linked to. */
export function hasGoneOn(): boolean {
  return steps > 0
}

/** Goes to a view. `replace` leaves no step for the button "back": for what is typed or dragged. */
export function navigate(to: Route, { replace = false }: { readonly replace?: boolean } = {}): void {
  const next = printRoute(to)
  if (next === address.value) return
  steps += 1
  if (replace) window.history.replaceState(null, '', next)
  else window.history.pushState(null, '', next)
  address.value = next
}

/** The attributes of a link: an address that can be copied, and a click that loads no page. */
export function linkTo(to: Route): { readonly href: string; readonly onClick: (event: MouseEvent) => void } {
  return {
    href: printRoute(to),
    onClick: (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      navigate(to)
    },
  }
}
