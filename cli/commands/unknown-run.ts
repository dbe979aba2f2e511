import { exitCodes, UserError } from '../errors.ts'

/** The id of a run that is not, or not any more. `typed`: how a command about the same place is typed. */
export const unknownRun = (id: string, typed: (command: string) => string): UserError =>
  new UserError(
    `there is no run ${JSON.stringify(id.slice(0, 100))}: runs are kept for 30 days, and their ids stand in ${typed('logs <agent>')}`,
    exitCodes.failure,
  )
