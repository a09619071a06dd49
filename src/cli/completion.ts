import type { Command, Option } from 'commander'
import { PLAN_USAGE } from './plan-options.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What may stand at one place of the command line. */
interface Place {
  /** The commands before it: `pins set`; empty at the beginning. */
  readonly at: string
  /** Subcommands, choices of operands, options. */
  readonly words: readonly string[]
  /** What stands behind an option that takes a value; empty where nobody knows. */
  readonly values: readonly { readonly flags: readonly string[]; readonly words: readonly string[] }[]
}

/** Commands that read their own options all read those of `berth plan`. */
const OWN_OPTIONS = [...new Set(PLAN_USAGE.match(/--[a-z][a-z-]+/g))]

/** A script by which a shell completes the commands of a program, their options and what those may be. */
export function completionText(program: Command, shell: Shell): string {
  const places = placesOf(program, '', program)
  return { bash: bashText, zsh: zshText, fish: fishText }[shell](places)
}

function placesOf(command: Command, at: string, program: Command): readonly Place[] {
  const help = command.createHelp()
  const subcommands = help.visibleCommands(command).filter((sub) => sub.name() !== 'help')
  const options = [...new Set([...help.visibleOptions(command), ...program.options])]
  // Commander is told nothing of the options of a command that has no help of its own.
  const own = options.some((o) => o.long === '--help') ? [] : OWN_OPTIONS
  const operands = command.registeredArguments.flatMap((argument) => argument.argChoices ?? [])
  const place = {
    at,
    words: [...subcommands.map((sub) => sub.name()), ...operands, ...flagsOf(options), ...own],
    values: options.filter((o) => o.required || o.optional).map(valuesOf),
  }
  return [place, ...subcommands.flatMap((sub) => placesOf(sub, `${at} ${sub.name()}`.trim(), program))]
}

function flagsOf(options: readonly Option[]): readonly string[] {
  return options.flatMap((option) => option.long ?? [])
}

function valuesOf(option: Option): Place['values'][number] {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined)
  return { flags, words: option.argChoices ?? [] }
}

/** The branches of a `case` over place and option before it, and of one over the place alone. */
function branches(places: readonly Place[]) {
  const before = places.flatMap(({ at, values }) =>
    values.map(({ flags, words }) => {
      return `    ${flags.map((flag) => `'${at} ${flag}'`).join('|')}) found='${words.join(' ')}'; known=1 ;;`
    }),
  )
  const here = places.map(({ at, words }) => `    '${at}') found='${words.join(' ')}' ;;`)
  const known = places.filter(({ at }) => at !== '').map(({ at }) => `'${at}'`)
  return { before: before.join('\n'), here: here.join('\n'), known: known.join('|') }
}

/** The same in bash and zsh, but for how they tell what was typed, and take what was found. */
function bodyText(places: readonly Place[], typed: string, previous: string): string {
  const { before, here, known } = branches(places)
  return `  local at='' found='' known='' word
  for word in ${typed}; do
    case "\${at:+$at }$word" in ${known}) at="\${at:+$at }$word" ;; esac
  done
  case "$at ${previous}" in
${before}
  esac
  [ -n "$known" ] || case "$at" in
${here}
  esac`
}

function bashText(places: readonly Place[]): string {
  return `# bash completion of berth: source <(berth completion bash)
_berth() {
${bodyText(places, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"', '${COMP_WORDS[COMP_CWORD-1]}')}
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _berth berth
`
}

function zshText(places: readonly Place[]): string {
  return `#compdef berth
# zsh completion of berth: source <(berth completion zsh)
_berth() {
${bodyText(places, '"${(@)words[2,CURRENT-1]}"', '${words[CURRENT-1]}')}
  if [ -n "$found" ]; then compadd -- \${=found}; else _files; fi
}
compdef _berth berth
`
}

function fishText(places: readonly Place[]): string {
  const known = places.map(({ at }) => `'${at}'`).join(' ')
  const rules = places.flatMap(({ at, words, values }) => [
    `complete -c berth -n "__berth_at '${at}'" -a '${words.join(' ')}'`,
    ...values.flatMap(({ flags, words: choices }) =>
      flags
        .filter((flag) => flag.startsWith('--') && choices.length > 0)
        .map(
          (flag) =>
            `complete -c berth -n "__berth_at '${at}'" -l ${flag.slice(2)} -xa '${choices.join(' ')}'`,
        ),
    ),
  ])
  return `# fish completion of berth: berth completion fish | source
function __berth_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$at $word")
    contains -- "$next" ${known}; and set at $next
  end
  test "$at" = "$argv[1]"
end
${rules.join('\n')}
`
}
