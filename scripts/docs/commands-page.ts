import type { Argument, Command, Option } from 'commander'
import { code, prose, table } from './markdown.ts'

/** Options that most commands have are told once. */
const common = new Map([
  ['-p, --project <dir>', 'the project: the directory that holds `config.toml`; default: this directory'],
  [
    '-E, --env <name>',
    'the environment, from `environments/<name>.toml`; default: `AL_ENV`, else what `.env.toml` names',
  ],
  ['-c, --cloud', 'of what is deployed, instead of what runs on this machine'],
  ['--json', 'print JSON, and nothing else, on standard output'],
])
const isCommon = ({ flags, description }: Option): boolean =>
  common.has(flags) &&
  (flags === '-c, --cloud' || flags === '--json' ? description === common.get(flags) : !flags.startsWith('-c'))

/** Every command with its arguments and options, as commander knows them. */
export function commandsPage(program: Command): string {
  return [
    '# Commands',
    'Generated from the commands themselves; `--help` after any of them shows the same. Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 credentials, 5 cloud, 130 interrupted.',
    'Most commands take these, and each says which:',
    table(
      ['Option', 'Meaning'],
      [...common].map(([flags, meaning]) => [code(flags), meaning]),
    ),
    table(
      ['Command', ''],
      leaves(program).map((one) => [`[${code(`al ${nameOf(one)}`)}](#${anchor(one)})`, one.summary()]),
    ),
    ...leaves(program).map(section),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

/** The commands that do something, with what they are part of in their names. */
export const leaves = (command: Command): Command[] =>
  command.commands.flatMap((one) => (one.commands.length === 0 ? [one] : leaves(one)))

export const nameOf = (command: Command): string => {
  const above = command.parent
  return above === null || above.parent === null ? command.name() : `${nameOf(above)} ${command.name()}`
}
const anchor = (command: Command): string => `al-${nameOf(command).replaceAll(' ', '-')}`

function section(command: Command): string {
  const own = command.options.filter((option) => !isCommon(option))
  const shared = command.options.filter(isCommon).map(({ short, long }) => code(short ?? long ?? ''))
  const rows = [
    ...command.registeredArguments.map((one) => [
      code(one.required ? `<${one.name()}>` : `[${one.name()}]`),
      about(one),
    ]),
    ...own.map((one) => [code(one.flags), about(one)]),
  ]
  return [
    `## al ${nameOf(command)}`,
    prose(command.description()),
    ...(rows.length === 0 ? [] : [table(['', 'Meaning'], rows)]),
    ...(shared.length === 0 ? [] : [`Takes ${shared.join(', ')}.`]),
    ...after(command),
  ].join('\n\n')
}

function about({ description, defaultValue, argChoices, ...one }: Argument | Option): string {
  const isSwitch = 'flags' in one && !/[<[]/.test(one.flags)
  const value =
    defaultValue === undefined || isSwitch || Array.isArray(defaultValue)
      ? []
      : [`default: ${code(String(defaultValue))}`]
  const choices = argChoices === undefined ? [] : [argChoices.map(code).join(', ')]
  return [prose(description), ...choices, ...value].join('; ')
}

/** What stands below the options in the help: exit codes, examples. */
function after(command: Command): string[] {
  let help = ''
  command
    .configureOutput({
      writeOut: (text) => {
        help += text
      },
    })
    .outputHelp()
  const text = help.slice(command.helpInformation().length)
  return text.split(/\n{2,}/).flatMap((part) => {
    const [first = '', ...lines] = part.trim().split('\n')
    if (first === '') return []
    if (first !== 'Examples:') return [prose([first, ...lines].join(' '))]
    return [
      `\`\`\`sh\n${lines.map((line) => line.replace(/^ {2}/, '').replace(/ {2,}(?=\S)/, '$&# ')).join('\n')}\n\`\`\``,
    ]
  })
}
