import { ttlRange } from '../../core/locks/locks.ts'
import { onlyOne, wholeNumber, withOption } from './arguments.ts'
import { type Command, done, endedBy } from './command.ts'
import { gatewayOf } from './gateway.ts'

/** Without a gateway there is one run on one machine, and nobody to be kept out: locks are granted. */
const lockCommand = (name: string, path: `/locks/${string}`, takesTtl: boolean): Command => ({
  usage: `${name} <key>${takesTtl ? ' [--ttl <seconds>]' : ''}`,
  async run(args, { environment }) {
    const { rest, value } = takesTtl ? withOption('--ttl', args) : { rest: afterDashes(args) }
    const resourceKey = onlyOne('key', rest)
    const ttl = value === undefined ? undefined : wholeNumber('--ttl', value, ttlRange)
    const ask = gatewayOf(environment)
    return ask === undefined ? done : endedBy(await ask({ method: 'POST', path, body: { resourceKey, ttl } }))
  },
})

/** The same key may be typed the same way at all three commands. */
const afterDashes = (args: readonly string[]) => (args[0] === '--' ? args.slice(1) : args)

export const rlock = lockCommand('rlock', '/locks/acquire', true)
export const rlockHeartbeat = lockCommand('rlock-heartbeat', '/locks/heartbeat', true)
export const runlock = lockCommand('runlock', '/locks/release', false)
