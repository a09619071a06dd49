import type { Command } from 'commander'
import { programOf, runProgram } from '../../src/cli/program.ts'
import { recordedIo } from '../cli/recorded-io.ts'

/** The reference of the command: what `--help` prints, for each command in turn. */
export async function cliPage(note: string): Promise<string> {
  const program = programOf(recordedIo(), () => {})
  const commands = [program, ...below(program)]
  const parts = await Promise.all(
    commands.map(async (command) => {
      const words = wordsOf(command)
      const io = recordedIo()
      const code = await runProgram([...words.slice(1), '--help'], io)
      if (code !== 0) throw new Error(`${words.join(' ')} --help leaves with ${code}`)
      return `${'#'.repeat(Math.min(words.length + 1, 4))} ${words.join(' ')}\n\n\`\`\`text\n${io.stdout().trim()}\n\`\`\`\n`
    }),
  )
  return `# The command\n\n${note}\n\n${parts.join('\n')}`
}

/** Every command below, each before its own; \`help\` explains itself. */
function below(command: Command): readonly Command[] {
  return command.commands.flatMap((sub) => [sub, ...below(sub)])
}

function wordsOf(command: Command): readonly string[] {
  return command.parent ? [...wordsOf(command.parent), command.name()] : [command.name()]
}
