import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listenOnLoopback } from '../loopback.ts'
import { type Described, descriptionsIn } from './discovery.ts'
import {
  disabledApi,
  type GoogleAnswer,
  type GoogleCall,
  type GoogleService,
  googleError,
  type World,
} from './service.ts'
import { artifactRegistry } from './services/artifactregistry.ts'
import { cloudBilling } from './services/cloudbilling.ts'
import { cloudBuild } from './services/cloudbuild.ts'
import { cloudFunctions } from './services/cloudfunctions.ts'
import { cloudResourceManager } from './services/cloudresourcemanager.ts'
import { cloudScheduler } from './services/cloudscheduler.ts'
import { firestoreAdmin } from './services/firestore-admin.ts'
import { iam } from './services/iam.ts'
import { cloudLogging } from './services/logging.ts'
import { pubSub } from './services/pubsub.ts'
import { cloudRun } from './services/run.ts'
import { secretManager } from './services/secretmanager.ts'
import { serviceUsage } from './services/serviceusage.ts'
import { cloudStorage } from './services/storage.ts'

/** What becomes of a call instead of its answer. Of an answer given here, only what is sent is checked. */
export type Fate =
  | GoogleAnswer
  /** Nothing is done, and no answer comes. */
  | 'hang'
  /** Nothing is done, and the connection breaks. */
  | 'break'
  /** It is done; the connection breaks before the answer. */
  | 'lose the answer'

/**
 * Google's services on loopback: `https://run.googleapis.com/v2/…` is `ENDPOINT/run.googleapis.com/v2/…`, which is where
 * AL_GOOGLE_ENDPOINT makes `al` and its functions send it.
 *
 * - A service is a file of `services/`: state that tests read and write, and handlers by path (`serviceOf`).
 * - What is sent, and what handlers answer, is held against Google's discovery documents where AL_GOOGLE_DISCOVERY names a
 *   directory of them (`scripts/google-discovery.sh DIR`). A path, a query or a field that Google does not know is answered
 *   with 400 and makes `stop` throw, which fails the test; so does a path that no service stands in for.
 * - `next` decides the fate of calls to come; `calls` is what was asked, in order.
 *
 * A test calls `onTestFinished(google.stop)`, or `stop` when all tests are over.
 */
export async function startFakeGoogle(given: Partial<World> = {}) {
  const world: World = { project: 'acme-cloud', number: '123456789012', region: 'europe-west1', ...given }
  const calls: GoogleCall[] = []
  const problems: string[] = []
  const fates: { readonly of: string | RegExp; readonly fate: Fate }[] = []
  const describe = descriptionsIn(process.env.AL_GOOGLE_DISCOVERY)

  const registry = artifactRegistry()
  const services = {
    registry,
    builds: cloudBuild((reference) => registry.images.add(reference)),
    firestore: firestoreAdmin(),
    functions: cloudFunctions(world),
    billing: cloudBilling(world),
    projects: cloudResourceManager(world),
    scheduler: cloudScheduler(world),
    iam: iam(world),
    logging: cloudLogging(world),
    pubsub: pubSub(),
    run: cloudRun(world),
    secrets: secretManager(world),
    apis: serviceUsage(world),
    storage: cloudStorage(world),
  }
  const byHost = new Map<string, GoogleService[]>()
  const serve = (service: GoogleService) => byHost.set(service.host, [...(byHost.get(service.host) ?? []), service])
  for (const { service } of Object.values(services)) serve(service)

  function fateOf(call: GoogleCall): Fate | undefined {
    const index = fates.findIndex(({ of }) =>
      typeof of === 'string'
        ? call.host === `${of}.googleapis.com`
        : of.test(`${call.method} ${call.host}${call.path}${call.query.size === 0 ? '' : `?${call.query}`}`),
    )
    return index === -1 ? undefined : fates.splice(index, 1)[0]?.fate
  }

  /** What is wrong with a call, by Google's description of it; and what it is called there. */
  function check(call: GoogleCall, hasBody: boolean) {
    const described = describe?.({ ...call, hasBody })
    if (described === undefined) return { problems: [], answerProblems: () => [] }
    return described === 'unknown' ? { problems: ['Google has no such method'], answerProblems: () => [] } : described
  }

  async function answer(call: GoogleCall, check: Check): Promise<GoogleAnswer> {
    if (services.apis.disabled.has(call.host)) return disabledApi(call.host, world.number)
    for (const service of byHost.get(call.host) ?? []) {
      const answered = await service.answer(call)
      if (answered === undefined) continue
      const { status = 200, body } = answered
      const faults = status < 300 && body !== undefined ? check.answerProblems(body) : []
      return faults.length > 0 ? wrong(call, faults) : answered
    }
    return wrong(call, ['nothing stands in for it'])
  }

  function wrong({ method, host, path }: GoogleCall, lines: readonly string[]): GoogleAnswer {
    const told = lines.map((line) => `${method} ${host}${path}: ${line}`)
    problems.push(...told)
    return googleError(400, told.join('; '))
  }

  const server = createServer(async (message, response) => {
    const body = Buffer.concat(await message.toArray())
    const called = callOf(message, body)
    const checked = check(called, body.length > 0)
    const call = { ...called, ...('id' in checked && { id: checked.id }) }
    calls.push(call)
    if (checked.problems.length > 0) return send(response, wrong(call, checked.problems))
    const fate = fateOf(call)
    if (fate === 'hang') return
    if (fate === 'lose the answer') await answer(call, checked)
    if (fate === 'lose the answer' || fate === 'break') {
      response.socket?.destroy()
      return
    }
    send(response, fate ?? (await answer(call, checked)))
  })
  const endpoint = `http://127.0.0.1:${await listenOnLoopback(server)}`

  return {
    ...world,
    endpoint,
    /** What makes a process speak to this and to nothing else. */
    env: { AL_GOOGLE_ENDPOINT: endpoint },
    calls: calls as readonly GoogleCall[],
    ...services,
    /** The next calls meet these fates, one each: those of a service (`run`), or whose `METHOD host/path?query` matches. */
    next(of: string | RegExp, ...more: readonly Fate[]): void {
      fates.push(...more.map((fate) => ({ of, fate })))
    },
    /** One more service, for one test alone. */
    serve,
    /** Throws when a request was not as Google wants it. */
    async stop(): Promise<void> {
      await closeServer(server)
      if (problems.length > 0) throw new Error(`requests that Google does not know:\n${problems.join('\n')}`)
    },
  }
}

type Check = Pick<Described, 'problems' | 'answerProblems'>

export type FakeGoogle = Awaited<ReturnType<typeof startFakeGoogle>>

function callOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): GoogleCall {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost')
  const [, host = '', path = ''] = /^\/([^/]+)(\/.*)?$/.exec(pathname) ?? []
  const { authorization } = headers
  return { method, host, path, query, json: parse(body), body, ...(authorization && { authorization }) }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status = 200, body, raw, headers }: GoogleAnswer): void {
  response.writeHead(status, { 'content-type': raw === undefined ? 'application/json' : 'text/plain', ...headers })
  response.end(raw ?? (body === undefined ? '' : JSON.stringify(body)))
}
