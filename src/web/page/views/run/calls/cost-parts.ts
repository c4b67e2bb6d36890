const names: Readonly<Record<string, string>> = {
  cache_read: 'Cached',
  cache_write: 'Written',
  cache_write_1h: 'Written, 1 h',
  web_search: 'Searches',
  request: 'Requests',
  stated: 'As stated',
}

/** The name of a part of a cost, for people. */
export function partName(part: string): string {
  return names[part] ?? part.charAt(0).toUpperCase() + part.slice(1).replaceAll('_', ' ')
}
