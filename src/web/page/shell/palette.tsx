import { useMemo, useState } from 'preact/hooks'
import type { RunsAnswer } from '../../answers/runs.ts'
import { address } from '../api/client.ts'
import { rowsOf } from '../api/columnar.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Modal } from '../parts/modal.tsx'
import { lastList, navigate } from '../state/location.ts'
import { firstList, type Route } from '../state/route.ts'
import { theme } from '../state/theme.ts'

interface Command {
  readonly name: string
  readonly detail: string
  readonly act: () => void
}

const to = (name: string, detail: string, route: Route): Command => ({ name, detail, act: () => navigate(route) })

const runsBy = (status: string): Route => ({ view: 'runs', list: { ...firstList, filter: { status } } })

const commands: readonly Command[] = [
  to('Runs', 'View', { view: 'runs', list: firstList }),
  to('Running now', 'Runs', runsBy('RUNNING')),
  to('Failed runs', 'Runs', runsBy('FAILED')),
  to('Dearest runs', 'Runs', { view: 'runs', list: { ...firstList, sort: 'cost' } }),
  to('Cost', 'View', { view: 'cost', settings: {} }),
  to('Cost by model', 'Cost', { view: 'cost', settings: { by: 'model' } }),
  to('Cost by user', 'Cost', { view: 'cost', settings: { by: 'user' } }),
  to('Tools and agents', 'View', { view: 'tools', settings: {} }),
  to('Health', 'View', { view: 'health', settings: {} }),
  to('SQL', 'View', { view: 'sql', settings: {} }),
  ...(['light', 'dark', 'system'] as const).map((name) => ({
    name: `Colours: ${name}`,
    detail: 'Setting',
    act: () => {
      theme.value = name
    },
  })),
]

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const shown = useCommands(text.trim())
  const run = (command: Command | undefined) => {
    if (command === undefined) return
    onClose()
    command.act()
  }
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (event.key === 'Enter') run(shown[chosen])
    if (step === 0) return
    event.preventDefault()
    setChosen((chosen + step + shown.length) % Math.max(1, shown.length))
  }
  return (
    <Modal title="Search and commands" bare onClose={onClose}>
      <input
        class="palette-field"
        role="combobox"
        aria-label="Search runs, views and commands"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown.length > 0 ? `palette-${chosen}` : undefined}
        placeholder="Search runs, views and commands"
        autocomplete="off"
        autofocus
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={press}
      />
      <div id="palette-list" class="palette-list" role="listbox" aria-label="Results">
        {shown.map((command, index) => (
          <button
            type="button"
            key={`${command.detail} ${command.name}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(command)}
          >
            <span class="clip">{command.name}</span>
            <span class="muted">{command.detail}</span>
          </button>
        ))}
        {shown.length === 0 && <p class="muted pad">Nothing has this name.</p>}
      </div>
    </Modal>
  )
}

function useCommands(text: string): readonly Command[] {
  const url = text.length < 3 ? null : address('/api/runs', { workflow: text, limit: 8 })
  const { value } = useAnswer<RunsAnswer>(url)
  return useMemo(() => {
    const words = text.toLowerCase()
    const named = commands.filter(({ name }) => name.toLowerCase().includes(words))
    const runs = value === null || url === null ? [] : rowsOf(value)
    const found = runs.map(({ workflow_id, status }) =>
      to(workflow_id, status.toLowerCase(), {
        view: 'run',
        workflow: workflow_id,
        tab: '',
        span: null,
        list: lastList.peek(),
      }),
    )
    if (text === '') return named
    const search = to(`Runs that mention “${text}”`, 'Last 30 days', {
      view: 'runs',
      list: { ...firstList, filter: { text, since: '30d' } },
    })
    return [...found, ...named, search]
  }, [text, value, url])
}
