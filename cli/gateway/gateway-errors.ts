import { type ExitCode, exitCodes, UserError } from '../errors.ts'

/** The gateway does not answer: nobody listens, or the connection broke. */
export class GatewayUnreachable extends UserError {
  override readonly name: string = 'GatewayUnreachable'
  constructor(message: string, exitCode: ExitCode = exitCodes.failure) {
    super(message, exitCode)
  }
}

/** The connection was refused: there is no gateway at this address. */
export class NobodyListens extends GatewayUnreachable {
  override readonly name = 'NobodyListens'
}

/** The gateway understood, and said no. */
export class GatewayRefused extends UserError {
  override readonly name = 'GatewayRefused'
  readonly status: number

  constructor(status: number, said: string, exitCode: ExitCode = exitCodes.failure) {
    super(said, exitCode)
    this.status = status
  }
}

/** What a refusal of one of these statuses means instead; any other error goes on as it is. */
export async function refusedAs<T>(status: number, asked: Promise<T>, meaning: () => T | Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof GatewayRefused && error.status === status) return await meaning()
    throw error
  }
}
