import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

let script: string
beforeAll(async () => {
  script = await scriptOf('bash')
})

async function scriptOf(shell: string): Promise<string> {
  const io = recordedIo()
  expect(await runProgram(['completion', shell], io)).toBe(0)
  return io.stdout()
}

/** What bash itself makes of a line that ends at the cursor. */
function completed(line: string): string[] {
  const path = join(scratchFolder(), 'berth.bash')
  writeFileSync(path, script)
  const asked = `source "$1"
    read -ra COMP_WORDS <<< "$2"; [[ "$2" == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _berth; printf '%s\\n' "\${COMPREPLY[@]}"`
  const said = execFileSync('bash', ['--norc', '-uc', asked, 'bash', path, line], { encoding: 'utf8' })
  return said.split('\n').filter((word) => word !== '')
}

test.each<[why: string, line: string, has: string[], hasNot: string[]]>([
  ['every command', 'berth ', ['hosts', 'plan', 'rollout', 'completion', '--color'], ['set', '--capture']],
  ['those that begin so', 'berth ho', ['hosts', 'host'], ['plan']],
  ['those below one', 'berth pins ', ['set', 'loosen', 'drift'], ['hosts']],
  ['two below', 'berth group fleetlock ', ['show', 'set', 'forget'], ['pins']],
  [
    'options of one',
    'berth pins set web-7 --',
    ['--mem', '--purpose', '--reason', '--server'],
    ['--capture'],
  ],
  ['choices of an option', 'berth pins set web-7 kernel --purpose ', ['reboot', 'crash'], ['--mem']],
  ['choices of an operand', 'berth completion ', ['bash', 'zsh', 'fish'], []],
  ['the forms of output', 'berth hosts --output ', ['table', 'json', 'yaml'], []],
  ['what berth plan reads itself', 'berth plan --ca', ['--capture'], ['--kernel']],
  ['and its commands', 'berth plan ', ['make', 'assign'], []],
  ['what follows an option that takes anything', 'berth hosts --group ', [], ['hosts', '--state']],
  ['the value of an option is no command', 'berth hosts --group pins --', ['--state'], ['--mem']],
])('bash completes %s', (_why, line, has, hasNot) => {
  const words = completed(line)
  expect(words).toEqual(expect.arrayContaining(has))
  expect(words.filter((word) => hasNot.includes(word))).toEqual([])
})

test.each<[shell: string, begins: RegExp, says: RegExp]>([
  ['zsh', /^#compdef berth\n/, /compdef _berth berth\n$/],
  ['fish', /^# fish/, /^complete -c berth -n "__berth_at 'pins'" -a 'set loosen/m],
])('%s has a script of its own', async (shell, begins, says) => {
  const text = await scriptOf(shell)
  expect(text).toMatch(begins)
  expect(text).toMatch(says)
})
