import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Given } from '../ui/same-place.ts'
import type { Ui } from '../ui/ui.ts'

/** What a command line ends with, when that is not 0 and not an error. */
export type SetExitCode = (code: number) => void

/** The options of every command that is about a project. */
export const inProject = (command: Command): Command =>
  command
    .option('-p, --project <dir>', 'the project: the directory that holds config.toml', '.')
    .option('-E, --env <name>', 'the environment, from environments/<name>.toml (default: AL_ENV)')

/** The same, for those that also answer in JSON. */
export const withJson = (command: Command, what = 'print JSON, and nothing else, on standard output'): Command =>
  inProject(command).option('--json', what)

/** The same, for those that speak to a running project: here, or deployed. */
export const withHost = (command: Command, what?: string): Command =>
  withJson(command, what).option('-c, --cloud', 'of what is deployed, instead of what runs on this machine')

export const runtimeOption = (): Option =>
  new Option('--runtime <name>', 'how agents run, whatever config.toml says').choices(['docker', 'process'])

/** What a command says, and where: commands that it names lead to the project and environment that it was told. */
export const streams = async (options: Given & { readonly json?: boolean }): Promise<Ui> => {
  const [{ streamUi }, { uiInSamePlace }] = await Promise.all([
    import('../ui/streams.ts'),
    import('../ui/same-place.ts'),
  ])
  return uiInSamePlace(streamUi(options.json === true), options)
}

/** A whole number of an option. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}`)
}
