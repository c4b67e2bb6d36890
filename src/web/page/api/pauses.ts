const longestStretchMs = 8

/** Counts the time of a long piece of work. What it returns lets frames be drawn once a stretch has taken too long. */
export function openPauses(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < longestStretchMs) return
    await new Promise((resolve) => setTimeout(resolve))
    since = performance.now()
  }
}
