import { useEffect, useState } from 'preact/hooks'
import { ApiError, get, tokenGiven } from './client.ts'

export interface Answer<T> {
  /** The last answer, kept while the next one is on its way. */
  readonly value: T | null
  readonly error: ApiError | null
  readonly loading: boolean
  readonly reload: () => void
}

interface State<T> {
  readonly value: T | null
  readonly error: ApiError | null
  readonly of: string | null
}

/** Between questions that could not be answered for the moment. */
export const retryMs = 3000

interface AnswerOptions<T> {
  /** Repeats the question. */
  readonly everyMs?: number
  /** Parses the text of an answer; JSON.parse by default. */
  readonly parse?: (text: string) => Promise<T>
}

/** Asks for `url` and again when it changes; null: nothing is asked for. */
export function useAnswer<T>(url: string | null, { everyMs, parse }: AnswerOptions<T> = {}): Answer<T> {
  const [state, setState] = useState<State<T>>({ value: null, error: null, of: null })
  const [turn, setTurn] = useState(0)
  const given = tokenGiven.value
  useEffect(() => {
    if (url === null) return
    const asked = new AbortController()
    get<T>(url, { signal: asked.signal, parse }).then(
      (value) => !asked.signal.aborted && setState({ value, error: null, of: url }),
      (error: unknown) => {
        if (!asked.signal.aborted) setState((before) => ({ ...before, error: asApiError(error), of: url }))
      },
    )
    return () => asked.abort()
  }, [url, turn, given])
  const isTransient = state.error?.isTransient === true && state.of === url
  useEffect(() => {
    if (!isTransient) return
    const timer = setInterval(() => setTurn((before) => before + 1), retryMs)
    return () => clearInterval(timer)
  }, [isTransient])
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(() => !document.hidden && setTurn((before) => before + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return { ...state, loading: url !== null && state.of !== url, reload: () => setTurn((before) => before + 1) }
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, '', String(error), null)
}
