import { type CommandRun, runShell, type Settings } from '../support/command.ts'
import { entryFor, leftOut, type Page } from './document-runs.ts'

/** What a reader types in place of the addresses of the documents' examples. */
export interface Addresses {
  readonly database: string
  /** A database without tables. */
  readonly emptyDatabase: string
  readonly httpPort: number
  readonly grpcPort: number
}

export interface ReaderOptions {
  readonly page: Page
  readonly cwd: string
  /** Where programs are found before all others. */
  readonly path: readonly string[]
  readonly env: Settings
  readonly addresses: Addresses
}

/** Runs the commands of one document in their order, as its reader does; `serve` goes on until the next one or the end. */
export interface Reader extends AsyncDisposable {
  /** Runs the commands of a block in one shell. Rejects with what they printed where one fails. */
  run(commands: readonly string[]): Promise<void>
  /** Runs what was done before a text that is no command of a shell. */
  prepare(text: string): Promise<void>
}

const servesAs = /^([A-Z_]+=\S* )*(npx )?spanledger serve\b/

export function openReader({ page, cwd, path, env, addresses }: ReaderOptions): Reader {
  let serving: CommandRun | undefined
  const shell = (script: string) =>
    runShell('exec bash -euo pipefail -c "$SCRIPT"', { cwd, path, env: { ...env, SCRIPT: script } })

  async function stop(run: CommandRun | undefined): Promise<void> {
    if (run === undefined) return
    // the shell's whole group gets it, as from Ctrl-C
    if (run.process.exitCode === null) process.kill(-run.process.pid!, 'SIGTERM')
    await run.exited
  }

  async function start(script: string): Promise<CommandRun> {
    const run = shell(script)
    await new Promise<void>((resolve, reject) => {
      run.process.stdout?.on('data', () => /^Listening on /m.test(run.output()) && resolve())
      run.exited.then((code) => reject(new Error(`serve ended with ${code}:\n${script}\n${run.output()}`)))
    })
    return run
  }

  async function serve(commands: readonly string[]): Promise<void> {
    const isBeside = page.isServing === true && serving !== undefined
    if (!isBeside) await stop(serving)
    const script = commands.map((command) => asTyped(command, page, isBeside ? beside(addresses) : addresses))
    const anywhere = Object.keys(env).filter((name) => name.endsWith('_LISTEN'))
    const run = await start(
      [...(isBeside ? anywhere.map((name) => `export ${name}=127.0.0.1:0`) : []), ...script].join('\n'),
    )
    if (isBeside) await stop(run)
    else serving = run
  }

  async function runToEnd(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return
    await using run = shell(commands.map((command) => scriptOf(command, page, addresses)).join('\n'))
    run.input.end()
    const code = await run.exited
    if (code !== 0) throw new Error(`${commands.join('\n')}\nended with ${code}:\n${run.output()}`)
  }

  return {
    async run(commands) {
      const waiting: string[] = []
      const isExport = (command: string) => command.startsWith('export ')
      for (const [i, command] of commands.entries()) {
        if (entryFor(leftOut, command) !== undefined) continue
        if (!servesAs.test(command)) {
          waiting.push(command)
          continue
        }
        await runToEnd(waiting.splice(0))
        await serve([...commands.slice(0, i).filter(isExport), command])
      }
      await runToEnd(waiting)
    },
    async prepare(text) {
      const before = entryFor(page.before, text)
      if (before !== undefined) await runToEnd([before])
    },
    async [Symbol.asyncDispose]() {
      await stop(serving)
      serving = undefined
    },
  }
}

/** The ports of a receiver beside another one: any that are free. */
function beside(addresses: Addresses): Addresses {
  return { ...addresses, httpPort: 0, grpcPort: 0 }
}

/** A command with what was done before it and the exit code that is right for it. */
function scriptOf(command: string, page: Page, addresses: Addresses): string {
  const before = entryFor(page.before, command)
  const exit = entryFor(page.exits, command)
  const typed = asTyped(command, page, addresses)
  return [
    ...(before === undefined ? [] : [before]),
    exit === undefined ? typed : `{ ${typed}\n} || [ $? -eq ${exit} ]`,
  ].join('\n')
}

function asTyped(command: string, page: Page, addresses: Addresses): string {
  const isEmpty = page.withoutTables?.some((words) => command.startsWith(words)) ?? false
  return command
    .replaceAll(
      /postgres:\/\/[\w:@]*localhost(:5432)?\/agents/g,
      isEmpty ? addresses.emptyDatabase : addresses.database,
    )
    .replaceAll(/(127\.0\.0\.1|0\.0\.0\.0):1?4318/g, `$1:${addresses.httpPort}`)
    .replaceAll(/(127\.0\.0\.1|0\.0\.0\.0):1?4317/g, `$1:${addresses.grpcPort}`)
    .replaceAll('<trace id or workflow id>', 'order-7')
}
