import { exitCodes, UserError } from '../errors.ts'

/**
 * The terminal UI of the harness, in the release this one was tested with. Chatting needs it and the package does not carry
 * it: it is an optional peer in package.json.
 */
export const tuiPackage = '@earendil-works/pi-tui@0.87.1'

export type Tui = typeof import('@earendil-works/pi-tui')

/** Loads it. Throws a `UserError` with the command that installs it when it is not there. */
export async function loadTui(load: () => Promise<Tui> = () => import('@earendil-works/pi-tui')): Promise<Tui> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const text = `chatting needs a terminal UI that is not installed beside al: npm install ${tuiPackage} (with -g if al was installed so)`
    throw new UserError(text, exitCodes.failure)
  }
}
