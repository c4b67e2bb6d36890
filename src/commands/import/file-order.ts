/** The time that the Collector's rotation writes into a name: traces-2026-11-23T23-53-48.456-size.jsonl. */
const rotated = /^(?<base>.*)-(?<time>\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3})(?:-\w+)?(?<ending>(?:\.\w+)*)$/

/**
 * Sorts files that were rotated as they were written: of equal names the oldest first, the one without a time, which is
 * written to now, last. Names keep the order in which they were given.
 */
export function inOrderOfWriting(files: readonly string[]): string[] {
  const keyed = files.map((file) => {
    const { base, time, ending } = rotated.exec(file)?.groups ?? {}
    return {
      file,
      name: base === undefined ? file.replace(/\.gz$|\.zst$/, '') : `${base}${ending}`.replace(/\.gz$|\.zst$/, ''),
      time: time ?? '9',
    }
  })
  const names = [...new Set(keyed.map(({ name }) => name))]
  return keyed
    .toSorted(
      (a, b) => names.indexOf(a.name) - names.indexOf(b.name) || (a.time < b.time ? -1 : a.time > b.time ? 1 : 0),
    )
    .map(({ file }) => file)
}
