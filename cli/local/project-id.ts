import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'

/** Two projects of one name on this machine, and two environments of one project, are told apart by it: 16 digits, hexadecimal. */
export const projectId = (directory: string, environment: string): string =>
  createHash('sha256')
    .update(`${realpathSync(directory)}\0${environment}`)
    .digest('hex')
    .slice(0, 16)
