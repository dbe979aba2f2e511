/** What the commands end with. Other numbers than those of a run (`al-exit`), in another place, though some look the same. */
export const exits = {
  done: 0,
  /** Understood and refused: a conflict, a call that failed, a signal that could not be written. */
  rejected: 1,
  notFound: 2,
  /** The gateway does not take the secret; also when the run is over. */
  auth: 3,
  /** What was sent is wrong, or too long. */
  badRequest: 4,
  /** There is no gateway, or it is too busy. */
  unavailable: 5,
  /** Nobody answered. */
  unreachable: 6,
  unexpected: 7,
  /** `al-wait`: not all calls have ended, and waiting longer was not asked for or cannot help. */
  notYet: 8,
  usage: 9,
  badGateway: 10,
  gatewayTimeout: 11,
  serverError: 12,
} as const

const byStatus: Readonly<Record<number, number>> = {
  400: exits.badRequest,
  401: exits.auth,
  403: exits.auth,
  404: exits.notFound,
  409: exits.rejected,
  // The run is over: its secret opens nothing any more.
  410: exits.auth,
  413: exits.badRequest,
  429: exits.unavailable,
  500: exits.serverError,
  502: exits.badGateway,
  503: exits.unavailable,
  504: exits.gatewayTimeout,
}

/** The exit code of a command whose gateway answered with this HTTP status. */
export function exitOf(status: number): number {
  if (status >= 200 && status < 300) return exits.done
  return byStatus[status] ?? exits.unexpected
}
