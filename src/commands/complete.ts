import type { Command as CommandLine } from 'commander'
import { Misconfigured } from '../errors.ts'

/** A function of bash-completion, which the script for bash calls and which not every bash has. */
const wordsOfLine = `# for a bash without bash-completion
if ! declare -F _get_comp_words_by_ref > /dev/null; then
  _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD - 1]}
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
  }
fi
`

/** Lets a command line answer `complete`: with a script for a shell, or with what may follow a line that a shell has. */
export async function addCompletion(program: CommandLine, [shell]: readonly string[]): Promise<void> {
  const { default: addTo } = await import('@bomb.sh/tab/commander')
  addTo(program)
  if (shell === 'bash') process.stdout.write(wordsOfLine)
}

/** Reached without a shell only: with one, `addCompletion` answers. */
export async function run(): Promise<undefined> {
  throw new Misconfigured('say for which shell: bash, zsh, fish or powershell.')
}
