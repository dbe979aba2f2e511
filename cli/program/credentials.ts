import type { Command } from 'commander'
import { streams } from './declare.ts'

const json = '--json'
const inJson = 'print JSON, and nothing else, on standard output'
const cloud = ['-c, --cloud', 'refused: `al doctor -c` compares and pushes'] as const

/** The commands for the credentials of this machine. None of them ever shows a value. */
export function declareCredentials(program: Command): void {
  const creds = program
    .command('creds')
    .summary('the credentials of this machine')
    .description(
      'Keeps the credentials of all projects on this machine, in files that only you can read ' +
        '(~/.action-llama/credentials, or AL_CREDENTIALS_HOME). No command ever shows a value.',
    )

  creds
    .command('ls')
    .summary('list what is stored, without values')
    .description('Lists types, instances and the names of fields. Values are never shown.')
    .option(json, inJson)
    .option(...cloud)
    .addHelpText('after', '\nExamples:\n  al creds ls\n  al creds ls --json | jq -r .[].ref')
    .action(async (options) => {
      const { listCredentials, refuseCloud } = await import('../commands/creds.ts')
      refuseCloud(options)
      await listCredentials(await streams(options))
    })

  creds
    .command('add')
    .argument('<type>', 'its type, or type:instance where there are several of one type')
    .summary('store a credential')
    .description(
      'Stores a credential. On a terminal it asks, and does not show what is typed; elsewhere the value comes from ' +
        'standard input or a file, never from the command line, which others can read. What is stored is replaced.',
    )
    .option('--from-stdin', 'read the value from standard input; several fields as JSON')
    .option('--file <path>', 'read the value from a file; several fields as JSON')
    .option('--field <name>', 'only this field, of a type that has several')
    .option('--generate', 'make a random one, where the type is a secret that is agreed upon')
    .option('--verify', 'ask the provider whether it works, before it is stored')
    .option('--api-url <url>', "another address of the provider's API, for --verify (default: AL_VERIFY_API_URL)")
    .option('--any-look', "take a value that does not look like the provider's")
    .option('-y, --yes', 'replace what is there without asking')
    .option(json, inJson)
    .option(...cloud)
    .addHelpText(
      'after',
      `
Examples:
  al creds add anthropic_key
  al creds add github_token:acme --from-stdin --verify < token.txt
  al creds add git_ssh --field id_rsa --file ~/.ssh/id_ed25519
  al creds add github_webhook_secret --generate`,
    )
    // The message of commander would repeat what was typed too much, which may be the value.
    .allowExcessArguments()
    .action(async (type, options, command: Command) => {
      const { addCredentials, refuseCloud, refuseValues } = await import('../commands/creds.ts')
      refuseCloud(options)
      refuseValues(command.args.slice(1))
      const apiUrl = options.apiUrl ?? (process.env.AL_VERIFY_API_URL || undefined)
      await addCredentials(type, { ...options, ...(apiUrl && { apiUrl }) }, await streams(options))
    })

  creds
    .command('rm')
    .argument('<type>', 'its type, or type:instance')
    .summary('remove a credential from this machine')
    .description('Removes a credential from this machine, for all projects, after asking. The cloud keeps its copies.')
    .option('--field <name>', 'only this field')
    .option('-y, --yes', 'do not ask')
    .option(json, inJson)
    .option(...cloud)
    .addHelpText('after', '\nExamples:\n  al creds rm github_token:acme\n  al creds rm git_ssh --field id_rsa --yes')
    .action(async (type, options) => {
      const { removeCredentials, refuseCloud } = await import('../commands/creds.ts')
      refuseCloud(options)
      await removeCredentials(type, options, await streams(options))
    })

  creds
    .command('types')
    .argument('[type]', 'say everything about this one')
    .summary('the types there are, and where to get one')
    .description(
      'Lists the types of credentials, or says of one what it is for, where to get it and what it consists of.',
    )
    .option(json, inJson)
    .addHelpText('after', '\nExamples:\n  al creds types\n  al creds types github_token')
    .action(async (type, options) => (await import('../commands/creds.ts')).listTypes(type, await streams(options)))
}
