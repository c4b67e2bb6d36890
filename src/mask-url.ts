/** A connection string with its password masked. A text that is no URL is left out, because any part may be a password. */
export function maskUrl(text: string): string {
  if (!URL.canParse(text)) return '(not shown)'
  const url = new URL(text)
  // A password with an unescaped / or ? is parsed as the end of the host and as what follows.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) return '(not shown)'
  if (url.password !== '') url.password = '***'
  if (url.searchParams.has('password')) url.searchParams.set('password', '***')
  return url.href
}
