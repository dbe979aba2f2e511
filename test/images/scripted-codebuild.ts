import { once } from 'node:events'
import { createServer } from 'node:http'

type Look = Readonly<Record<string, unknown>>

/** What a build goes through: one state per look at it, the last one for good; or what the calls so far say. */
export interface ScriptedBuild {
  readonly looks: readonly Look[] | ((calls: readonly Call[]) => Look)
  readonly log?: readonly string[]
}

export interface Call {
  readonly operation: string
  readonly body: Record<string, unknown>
}

/**
 * CodeBuild and its logs as far as a deploy speaks to them, for what an emulator does not do: builds that take a while,
 * fail, or are refused. `start` answers a build for each request, or the name of an error.
 */
export async function scriptedCodeBuild(start: (calls: readonly Call[]) => ScriptedBuild | string) {
  const calls: Call[] = []
  const builds = new Map<string, ScriptedBuild & { looked: number }>()
  const answer = (operation: string, body: Record<string, unknown>): [number, unknown] => {
    switch (operation) {
      case 'StartBuild': {
        const build = start(calls)
        if (typeof build === 'string')
          return [400, { __type: build, message: 'Cannot have more than 1 builds in queue' }]
        const id = `builder:${builds.size}`
        builds.set(id, { ...build, looked: 0 })
        return [200, { build: { id, buildStatus: 'IN_PROGRESS' } }]
      }
      case 'BatchGetBuilds': {
        const [id = ''] = body.ids as string[]
        const build = builds.get(id)
        const looks = build?.looks ?? []
        const look = typeof looks === 'function' ? looks(calls) : looks[Math.min(build?.looked ?? 0, looks.length - 1)]
        if (build !== undefined) build.looked += 1
        return [200, { builds: [{ id, logs: { groupName: 'group', streamName: id }, ...look }] }]
      }
      case 'GetLogEvents': {
        const log = builds.get(String(body.logStreamName))?.log ?? []
        return [200, { events: log.map((message) => ({ message, timestamp: 0 })) }]
      }
      default:
        return [200, {}]
    }
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
    const body = JSON.parse(text)
    const [status, result] = answer(operation, body)
    calls.push({ operation, body })
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(result))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://localhost:${address.port}`,
    calls,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
