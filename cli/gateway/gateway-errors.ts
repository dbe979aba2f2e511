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

/** What was asked for; or, if the gateway refused with this status, what that means here. Any other error is thrown on. */
export async function refusedAs<T, M = T>(
  status: number,
  asked: Promise<T>,
  meaning: () => M | Promise<M>,
): Promise<T | M> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof GatewayRefused && error.status === status) return await meaning()
    throw error
  }
}
