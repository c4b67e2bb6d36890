/** A connection string without its password, wherever it stands; what is no URL isn't shown at all. */
export function maskUrl(text: string): string {
  if (!URL.canParse(text)) return '(not shown)'
  const url = new URL(text)
  // a password with a bare / or ? ends the host, and stands in what follows
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) return '(not shown)'
  if (url.password !== '') url.password = '***'
  if (url.searchParams.has('password')) url.searchParams.set('password', '***')
  return url.href
}
