import { type Command, Option } from 'commander'
import { providerNames } from '../new/models.ts'
import { templateNames } from '../new/templates.ts'
import { inProject, runtimeOption, streams, wholeNumber } from './declare.ts'

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const number = wholeNumber(1, 1_000)
const severalNumbers = (value: string, before: readonly number[] = []): readonly number[] => [...before, number(value)]

const withModel = (command: Command): Command =>
  command
    .addOption(new Option('--provider <name>', 'whose models').choices(providerNames))
    .option('--model <id>', 'the model, by the id that its provider gives it')
    .option('--base-url <url>', 'another address than that of the provider')
    .addOption(
      new Option('--api <name>', 'the protocol, for --provider custom').choices([
        'openai-completions',
        'openai-responses',
        'anthropic-messages',
      ]),
    )

const withTriggers = (command: Command): Command =>
  command
    .option('--schedule <cron>', 'when it starts: a cron line of five fields')
    .option('--timezone <name>', 'the time zone of that line, such as Europe/Berlin')
    .option(
      '--webhook <source filters>',
      'what else it starts on: "github events=issues labels=plan" (repeatable)',
      several,
    )
    .option('--add-source <name=type>', 'a webhook source for config.toml: errors=sentry:prod (repeatable)', several)

/** The commands that make projects and agents, and change agents. */
export function declareMaking(program: Command): void {
  withModel(
    program
      .command('new')
      .argument('<directory>', 'where; its name becomes the name of the project')
      .summary('make a project')
      .description(
        'Makes a project that compiles: model, key, a first agent from a template. It asks for what no flag says; with ' +
          '--yes it takes what it would offer. Files that are there are kept.',
      ),
  )
    .addOption(new Option('--template <name>', 'what the first agent is made from').choices(templateNames))
    .option('--agent <name>', 'the name of the first agent (default: by its template)')
    .option('--repo <owner/name>', 'the repository on GitHub it works in (default: that of the checkout)')
    .addOption(runtimeOption())
    .option('--credential-from-stdin', "read the model's key from standard input")
    .option('--credential-file <path>', "read the model's key from a file")
    .option('--no-credential', "do not ask for the model's key")
    .option('--verify', 'ask the provider whether the key works')
    .option('--any-look', "take a key that does not look like the provider's")
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print JSON, and nothing else, on standard output')
    .addHelpText(
      'after',
      `
Examples:
  al new acme
  al new acme --template dev --repo acme/app
  al new acme --yes --credential-from-stdin < key.txt`,
    )
    .action(async (directory, options) =>
      (await import('../commands/new.ts')).newProject(directory, options, await streams(options)),
    )

  const agent = program
    .command('agent')
    .summary('make an agent, or change one')
    .description('Makes and changes agents.')
  withTriggers(inProject(agent.command('new').argument('[name]', 'its name')))
    .summary('make an agent from a template')
    .description(
      'Makes agents/<name>/ from a template, and in config.toml the webhook sources it listens to. What would not compile is ' +
        'refused, and nothing is written then.',
    )
    .addOption(new Option('--template <name>', 'what it is made from').choices(templateNames))
    .option('--repo <owner/name>', 'the repository on GitHub it works in (default: that of the checkout)')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print JSON, and nothing else, on standard output')
    .addHelpText(
      'after',
      `
Examples:
  al agent new
  al agent new triage --schedule "*/30 * * * *"
  al agent new hooks --webhook "github events=issues actions=labeled labels=plan"`,
    )
    .action(async (name, options) =>
      (await import('../commands/agent-new.ts')).agentNew(name, options, await streams(options)),
    )

  withModel(withTriggers(inProject(agent.command('config').argument('<name>', 'its name'))))
    .summary('change the configuration of an agent')
    .description(
      'Changes agent-config.toml, and keeps everything else in it as it is: comments, order, instances, types. Without ' +
        'flags it shows a menu. What would not compile is refused, and nothing is written then.',
    )
    .option('--no-schedule', 'drop its schedule')
    .option('--add-credential <ref>', 'type, or type:instance (repeatable)', several)
    .option('--remove-credential <ref>', 'as it is listed (repeatable)', several)
    .option('--inherit-model', "drop the agent's own model: use that of the project")
    .option('--remove-webhook <number>', 'the first is 1 (repeatable)', severalNumbers)
    .option('--timeout <seconds>', 'how long a run may take', wholeNumber(1, 604_800))
    .option('--scale <number>', 'runs at once; 0 parks it', wholeNumber(0, 10_000))
    .option('--set-param <key=value>', 'a parameter; a value of TOML, else a text (repeatable)', several)
    .option('--remove-param <key>', 'drop a parameter (repeatable)', several)
    .option('--json', 'print JSON, and nothing else, on standard output')
    .addHelpText(
      'after',
      `
Examples:
  al agent config dev
  al agent config dev --add-credential github_token:acme --remove-credential github_token
  al agent config dev --schedule "0 7 * * MON-FRI" --timezone Europe/Berlin
  al agent config dev --set-param 'repos=["acme/app"]' --set-param maxDiffLines=3000`,
    )
    .action(async (name, options) =>
      (await import('../commands/agent-config.ts')).agentConfig(name, options, await streams(options)),
    )
}
