import { Modal } from '../parts/modal.tsx'
import { meta } from '../state/meta.ts'

const keys: readonly (readonly [string, string])[] = [
  ['/', 'Search, or filter the list'],
  ['j  k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['h  l', 'Close and open a row of the waterfall'],
  ['[  ]', 'Previous and next run of the list'],
  ['u', 'Back to the list'],
  ['Escape', 'Close what is open'],
  ['Ctrl K', 'Search runs, views and commands'],
  ['Ctrl Enter', 'Run the SQL'],
  ['?', 'This help'],
]

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split('  ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        The query line takes words and filters: <code>status:FAILED model:gpt-4o since:24h refund</code>
      </p>
      {meta.value && (
        <p class="muted">
          Spanledger {meta.value.version}, prices of {meta.value.prices_date}
        </p>
      )}
    </Modal>
  )
}
