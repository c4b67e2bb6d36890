import { useState } from 'preact/hooks'
import { giveToken, tokenRefused } from '../api/client.ts'
import { Modal } from '../parts/modal.tsx'

/** Asks for a token; it is kept until the tab is closed. */
export function TokenPrompt() {
  const [token, setToken] = useState('')
  const give = (event: Event) => {
    event.preventDefault()
    if (token.trim() !== '') giveToken(token.trim())
  }
  return (
    <Modal title="A token is needed" required onClose={() => {}}>
      <form class="stack" onSubmit={give}>
        <p class="muted">
          This bridge shows its runs to those with a token of scope <code>read</code> or <code>admin</code>. Make one
          with <code>spanledger token create me --scopes read</code>. It is kept until you close the tab.
        </p>
        <label class="stack">
          Token
          <input
            class="field"
            type="password"
            name="token"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {tokenRefused.value && (
          <p class="error-text" role="alert">
            This token is not accepted.
          </p>
        )}
        <div class="row">
          <button type="submit" class="button primary">
            Continue
          </button>
        </div>
      </form>
    </Modal>
  )
}
