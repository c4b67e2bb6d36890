import { effect, signal } from '@preact/signals'
import type { MetaAnswer } from '../../answers/server.ts'
import { get, tokenGiven } from '../api/client.ts'
import { asApiError } from '../api/use-answer.ts'

/** What the bridge says of itself; null until it has answered. */
export const meta = signal<MetaAnswer | null>(null)
export const metaError = signal<string | null>(null)

/** Asks again, for what it said may have changed. */
export async function readMeta(): Promise<void> {
  try {
    meta.value = await get<MetaAnswer>('/api/meta')
    metaError.value = null
  } catch (error) {
    metaError.value = asApiError(error).message
  }
}

effect(() => {
  void tokenGiven.value
  void readMeta()
})
