import { signal } from '@preact/signals'

const tokenKey = 'spanledger.token'

/** Whether the server asked for a token that isn't there, or refused the one that is. */
export const needsToken = signal(false)

/** Counts the tokens given: whatever failed for want of one is asked for again. */
export const tokenGiven = signal(0)

/** Whether the token that was given was not accepted. */
export const tokenRefused = signal(false)

export function giveToken(token: string): void {
  sessionStorage.setItem(tokenKey, token)
  tokenRefused.value = false
  needsToken.value = false
  tokenGiven.value++
}

/** An answer other than success, in the words of the server. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | null

  /** Whether the same question may be answered a little later: the bridge or its database is away, or has too much to do. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  constructor(status: number, code: string, message: string, hint: string | null) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export type Parameters = Readonly<Record<string, string | number | null | undefined>>

/** A path of the API with those parameters that have a value. */
export function address(path: string, parameters: Parameters = {}): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()
  return query === '' ? path : `${path}?${query}`
}

/** Asks the server, with the token that was given; throws an `ApiError`. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  const token = sessionStorage.getItem(tokenKey)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(url, { ...init, headers }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, 'UNREACHABLE', 'The bridge does not answer.', 'Look whether spanledger serve still runs.')
  })
  if (response.ok) return response
  // an answer to what was asked before the token was given says nothing of that token
  if (response.status === 401 && sessionStorage.getItem(tokenKey) === token) {
    if (token !== null) tokenRefused.value = true
    sessionStorage.removeItem(tokenKey)
    needsToken.value = true
  }
  throw await errorOf(response)
}

interface GetOptions<T> {
  readonly signal?: AbortSignal
  /** Parses the text of the answer; JSON.parse by default. */
  readonly parse?: ((text: string) => Promise<T>) | undefined
}

export async function get<T>(url: string, { signal, parse }: GetOptions<T> = {}): Promise<T> {
  const response = await ask(url, signal === undefined ? {} : { signal })
  return parse === undefined ? (response.json() as Promise<T>) : parse(await response.text())
}

export async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return (await ask(url, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<T>
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = `The bridge answered ${response.status}.`
  try {
    const { error } = await response.json()
    return new ApiError(response.status, error.code ?? '', error.message ?? fallback, error.hint ?? null)
  } catch {
    return new ApiError(response.status, '', fallback, null)
  }
}

/** Saves an answer as a file; a link could not carry the token. */
export async function download(url: string, name: string): Promise<void> {
  const response = await ask(url)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
