import { type Command, Option } from 'commander'
import { exitCodes, UserError } from '../errors.ts'

/** Commands of 0.11 to 0.13 that are not here any more, and what to type instead. The second word is one of `env`. */
const gone: Readonly<Record<string, string>> = {
  push: 'there is no server of your own to push to: `al deploy` brings the project to AWS or Google Cloud',
  cloud: 'type `al deploy` to bring the project to its cloud, `al destroy` to remove it from there',
  teardown: '`al destroy` removes what was deployed; with --all also secrets, state and images',
  'env prov': 'there is no server of your own to make: `al setup cloud` and `al deploy` are the way to a cloud',
  'env deprov': 'there is no server of your own to remove: `al destroy` removes what was deployed',
  'env logs': 'there is no server of your own: `al logs -c` shows what is logged in the cloud',
}

/** Whoever types what they are used to is told what has become of it. None of this is listed anywhere. */
export function declareEarlier(program: Command): void {
  for (const [name, instead] of Object.entries(gone)) {
    const [last = name, parent] = name.split(' ').reverse()
    const group = program.commands.find((one) => one.name() === parent) ?? program
    group
      .command(last, { hidden: true })
      .argument('[rest...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new UserError(`\`al ${name}\` is gone: ${instead}`, exitCodes.usage)
      })
  }
  program.commands
    .find((one) => one.name() === 'start')
    ?.addOption(new Option('-c, --cloud').hideHelp())
    // Accepted: the gateway always runs.
    .addOption(new Option('-g, --gateway').hideHelp())
    .hook('preAction', (_, start) => {
      if (start.opts<{ cloud?: boolean }>().cloud !== true) return
      throw new UserError(
        '`al start -c` is gone: `al deploy` runs the project in the cloud, without a scheduler on this machine',
        exitCodes.usage,
      )
    })
}
