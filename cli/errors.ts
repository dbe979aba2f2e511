import { formatProblem, type Problem } from '../core/project/problem.ts'

/** What the exit code of `al` tells a script. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  configuration: 3,
  credentials: 4,
  cloud: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Something the user can change. The message has the wrong value and what to do about it: lower case, no full stop. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The project has problems: all of them, a line each. */
export class ConfigurationError extends UserError {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly Problem[]

  constructor(directory: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super(
      `${count} in ${directory}\n${problems.map((one) => `  ${formatProblem(one)}`).join('\n')}`,
      exitCodes.configuration,
    )
    this.problems = problems
  }
}

/** The target cannot do it, or not yet. */
export class CloudError extends UserError {
  override readonly name = 'CloudError'
  constructor(message: string) {
    super(message, exitCodes.cloud)
  }
}
