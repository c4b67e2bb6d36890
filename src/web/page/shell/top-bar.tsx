import { Icon } from '../parts/icon.tsx'
import { connected, health } from '../state/live.ts'
import { lastList, linkTo } from '../state/location.ts'
import { meta } from '../state/meta.ts'
import type { Route } from '../state/route.ts'
import { theme, themes } from '../state/theme.ts'

interface TopBarOptions {
  readonly view: Route['view']
  readonly openHelp: () => void
  readonly openPalette: () => void
}

export function TopBar({ view, openHelp, openPalette }: TopBarOptions) {
  const links: readonly (readonly [string, Route, boolean])[] = [
    ['Runs', { view: 'runs', list: lastList.value }, view === 'runs' || view === 'run'],
    ['Cost', { view: 'cost', settings: {} }, view === 'cost'],
    ['Tools', { view: 'tools', settings: {} }, view === 'tools'],
    ['Health', { view: 'health', settings: {} }, view === 'health'],
    ['SQL', { view: 'sql', settings: {} }, view === 'sql'],
  ]
  const state = health.value?.state ?? 'good'
  return (
    <header class="top">
      <span class="brand">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <rect width="32" height="32" rx="8" fill="var(--accent)" />
          <path d="M7 10h13M10 16h15M14 22h8" stroke="var(--on-accent)" stroke-width="3" stroke-linecap="round" />
        </svg>
        <span class="brand-name">Spanledger</span>
        {meta.value?.tenant && <span class="tenant">{meta.value.tenant}</span>}
      </span>
      <nav aria-label="Views">
        {links.map(([name, to, current]) => (
          <a key={name} {...linkTo(to)} aria-current={current ? 'page' : undefined}>
            {name}
            {name === 'Health' && state !== 'good' && (
              <span class={`dot ${state}`} role="img" aria-label={`: ${state}`} />
            )}
          </a>
        ))}
      </nav>
      <span class="space" />
      <span
        class={connected.value ? 'live on' : 'live'}
        title={connected.value ? 'Changes appear by themselves' : 'Connecting'}
      >
        <span class="live-word">{connected.value ? 'Live' : 'Connecting'}</span>
      </span>
      <button type="button" class="button quiet" aria-label="Search and commands" title="Ctrl K" onClick={openPalette}>
        <Icon name="search" />
      </button>
      <ThemeButton />
      <button type="button" class="button quiet" aria-label="Keyboard and help" title="?" onClick={openHelp}>
        <Icon name="help" />
      </button>
    </header>
  )
}

function ThemeButton() {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  return (
    <button
      type="button"
      class="button quiet"
      aria-label={`Colours: ${theme.value}. Change to ${next}`}
      title={`Colours: ${theme.value}`}
      onClick={() => {
        theme.value = next
      }}
    >
      <Icon name={theme.value} />
    </button>
  )
}
