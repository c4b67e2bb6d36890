import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { needsToken } from './api/client.ts'
import { Help } from './shell/help.tsx'
import { Palette } from './shell/palette.tsx'
import { TokenPrompt } from './shell/token-prompt.tsx'
import { TopBar } from './shell/top-bar.tsx'
import { useKeys } from './state/keys.ts'
import { navigate, route } from './state/location.ts'
import { firstList, type Route } from './state/route.ts'
import { CostView } from './views/cost/cost-view.tsx'
import { HealthView } from './views/health/health-view.tsx'
import { RunView } from './views/run/run-view.tsx'
import { RunsView } from './views/runs/runs-view.tsx'
import { SqlView } from './views/sql/sql-view.tsx'
import { ToolsView } from './views/tools/tools-view.tsx'

const dialog = signal<'none' | 'help' | 'palette'>('none')

const titles: Readonly<Record<Route['view'], string>> = {
  runs: 'Runs',
  run: 'Run',
  cost: 'Cost',
  tools: 'Tools and agents',
  health: 'Health',
  sql: 'SQL',
  unknown: 'Not found',
}

export function App() {
  const shown = route.value
  // the event of a dialog that was closed may come when another one is open
  const close = (which: 'help' | 'palette') => () => {
    if (dialog.value === which) dialog.value = 'none'
  }
  const open = (which: 'help' | 'palette') => () => {
    dialog.value = which
  }
  useKeys({ '?': open('help'), 'mod+k': open('palette') })
  const name = shown.view === 'run' ? shown.workflow : titles[shown.view]
  useTitle(name, shown.view)
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <TopBar view={shown.view} openHelp={open('help')} openPalette={open('palette')} />
      <main id="content" class={`view view-${shown.view}`} tabIndex={-1}>
        <View shown={shown} />
      </main>
      {dialog.value === 'help' && <Help onClose={close('help')} />}
      {dialog.value === 'palette' && <Palette onClose={close('palette')} />}
      {needsToken.value && <TokenPrompt />}
    </>
  )
}

function View({ shown }: { readonly shown: Route }) {
  switch (shown.view) {
    case 'runs':
      return <RunsView list={shown.list} />
    case 'run':
      return <RunView key={shown.workflow} route={shown} />
    case 'cost':
      return <CostView settings={shown.settings} />
    case 'tools':
      return <ToolsView settings={shown.settings} />
    case 'health':
      return <HealthView />
    case 'sql':
      return <SqlView settings={shown.settings} />
    case 'unknown':
      return <Unknown />
  }
}

function Unknown() {
  return (
    <div class="nothing">
      <h1>There is no such page</h1>
      <button type="button" class="button" onClick={() => navigate({ view: 'runs', list: firstList })}>
        To the runs
      </button>
    </div>
  )
}

/** Names the document, and moves the focus to a view that was just opened, so that screen readers read it. */
function useTitle(name: string, view: string): void {
  const first = useRef(true)
  useEffect(() => {
    document.title = `${name} · Spanledger`
  }, [name])
  useEffect(() => {
    if (!first.current) document.getElementById('content')?.focus({ preventScroll: true })
    first.current = false
  }, [view])
}
