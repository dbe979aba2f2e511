import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { readClock } from './shared-clock.ts'

/**
 * The process a function runs in: `node lambda-host.ts <directory of its code> <clock>`. Loads the bundle as Lambda does,
 * tells its parent the port, and takes an event per request. Events may overlap, as they do over several instances.
 */
const [code = '', clock = ''] = process.argv.slice(2)

// Before the bundle is loaded: it takes the function as it finds it.
const ahead = readClock(clock)
const realNow = Date.now
Date.now = () => realNow() + ahead()

const { handler } = (await import(pathToFileURL(join(code, 'index.mjs')).href)) as {
  readonly handler: (event: unknown, context: unknown) => Promise<unknown>
}

const server = createServer(async (request, response) => {
  try {
    const answer = await handler(JSON.parse(await text(request)), {})
    response.writeHead(200).end(JSON.stringify(answer ?? null))
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})
server.listen(0, '127.0.0.1', () => process.send?.(server.address()))

// Nobody is left to speak to.
process.once('disconnect', () => process.exit())
