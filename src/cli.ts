#!/usr/bin/env node
import cluster from 'node:cluster'
import { keepCompiledModules } from './commands/command-line/compile-cache.ts'

/** The commands of light.ts: they only read, and people wait for them. */
const lightCommands: ReadonlySet<string> = new Set([
  ...['tasks', 'task', 'tail', 'cost', 'budgets', 'tools', 'agents', 'sql'],
])

for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe)
keepCompiledModules(process.env)
// loaded after that, since what is imported at the top is compiled before
const { runCommandLine } = lightCommands.has(process.argv[2] ?? '')
  ? await import('./light.ts')
  : await import('./commands/command-line/run-command-line.ts')
process.exitCode = await runCommandLine(process.argv)
// the channel to the first process would keep this process alive
if (cluster.isWorker) process.channel?.unref()

/**
 * A reader that has seen enough closes the pipe (`spanledger --help | head -1`). The command goes on without its output:
 * `serve` keeps serving, `demo` still takes its rows out, and the exit code is that of the work.
 */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
