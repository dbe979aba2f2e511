import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { listenOnLoopback } from '../../support/loopback.ts'
import { keepTime } from './keep-time.ts'

/**
 * The process a function runs in: `node lambda.ts <directory of its code> <clock>`. Loads the bundle as Lambda does,
 * tells its parent the address, and takes an event per request. Events may overlap, as they do over several instances.
 */
const [code = '', clock = ''] = process.argv.slice(2)

// Before the bundle is loaded: it takes the function as it finds it.
keepTime(clock)

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
const port = await listenOnLoopback(server)
process.send?.(`http://127.0.0.1:${port}`)

// Nobody is left to speak to.
process.once('disconnect', () => process.exit())
