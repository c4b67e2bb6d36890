/** How often a stream may fail in a row: the database may be away for a moment. */
const mostFailures = 60

/** Repeats a look until the client has gone, or until there is nothing more to see. */
export async function whileOpen(closed: AbortSignal, look: () => Promise<boolean>): Promise<void> {
  for (let failures = 0; !closed.aborted && failures < mostFailures; ) {
    try {
      if (!(await look())) return
      failures = 0
    } catch {
      // the client keeps its stream, and gets what it has missed when the database is back
      failures += 1
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}
