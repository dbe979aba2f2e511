import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, Server } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { keepTime } from './keep-time.ts'

/**
 * The process a Cloud Run function runs in: `node functions-framework.ts <directory of its code> <clock>`. Google's own
 * framework loads the directory and serves; what is added is a clock, a free port, and telling the parent the address.
 */
const [code = '', clock = ''] = process.argv.splice(2)
keepTime(clock)

const { listen } = Server.prototype
Server.prototype.listen = function (this: Server) {
  once(this, 'listening').then(() => process.send?.(`http://127.0.0.1:${(this.address() as AddressInfo).port}`))
  return Reflect.apply(listen, this, [0, '127.0.0.1'])
} as typeof listen

process.argv.push('--target=gateway', `--source=${code}`, '--signature-type=http')
const framework = createRequire(import.meta.url).resolve('@google-cloud/functions-framework')
await import(pathToFileURL(join(dirname(framework), 'main.js')).href)

// Nobody is left to speak to.
process.once('disconnect', () => process.exit())
