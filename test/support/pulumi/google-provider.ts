import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fate, World } from './pulumi-world.ts'

/**
 * A stand-in of Pulumi's provider for Google Cloud: Pulumi's engine starts it as its plugin and speaks its protocol to it.
 * What exists is a file of a directory, so that tests can look at it, and can say what becomes of a resource.
 *
 * node google-provider.ts DIRECTORY [address of the engine]
 */
const [, , directory = ''] = process.argv
const engine = process.ppid
const require = createRequire(import.meta.resolve('@pulumi/pulumi'))
// biome-ignore lint/suspicious/noExplicitAny: the generated code of the protocol has no types that can be imported here
type Generated = any
const grpc: Generated = require('@grpc/grpc-js')
const messages: Generated = require('@pulumi/pulumi/proto/provider_pb.js')
const services: Generated = require('@pulumi/pulumi/proto/provider_grpc_pb.js')
const plugin: Generated = require('@pulumi/pulumi/proto/plugin_pb.js')
const structs: Generated = require('google-protobuf/google/protobuf/struct_pb.js')
const empty: Generated = require('google-protobuf/google/protobuf/empty_pb.js')

/** How this process and the one that started it were started, for tests of what must not be in there. */
for (const one of ['self', engine]) {
  for (const part of ['cmdline', 'environ']) {
    const path = `/proc/${one}/${part}`
    if (existsSync(path)) appendFileSync(join(directory, 'processes.log'), `${readFileSync(path, 'latin1')}\n`)
  }
}

type Values = Readonly<Record<string, unknown>>

const file = (name: string) => join(directory, name)

function world(): World {
  return existsSync(file('world.json')) ? JSON.parse(readFileSync(file('world.json'), 'utf8')) : {}
}

function save(changed: World): void {
  writeFileSync(file('world.new'), JSON.stringify(changed, null, 1))
  renameSync(file('world.new'), file('world.json'))
}

const note = (what: string, urn: string): void => appendFileSync(file('calls.log'), `${what} ${nameOf(urn)}\n`)

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf('::') + 2)
const typeOf = (urn: string): string => urn.split('::')[2]?.split('$').at(-1) ?? ''

/** How Google names resources; enough for a second one to be refused, and for one to be found again. */
function idOf(urn: string, inputs: Values): string {
  const {
    project = '',
    location,
    region,
    name,
    accountId,
    roleId,
    repositoryId,
    secretId,
    role,
    member,
    bucket,
  } = inputs
  const at = location ?? region ?? 'global'
  const type = typeOf(urn)
  if (type.includes('ember')) {
    const on = secretId ?? bucket ?? inputs.repository ?? inputs.topic ?? name ?? 'project'
    return [project, at, on, role, member].join(' ')
  }
  switch (type) {
    case 'gcp:firestore/database:Database':
      return `projects/${project}/databases/${name}`
    case 'gcp:firestore/field:Field':
      return `${inputs.database}/${inputs.collection}/${inputs.field}`
    case 'gcp:serviceaccount/account:Account':
      return `projects/${project}/serviceAccounts/${accountId}@${project}.iam.gserviceaccount.com`
    case 'gcp:artifactregistry/repository:Repository':
      return `projects/${project}/locations/${at}/repositories/${repositoryId}`
    case 'gcp:cloudrunv2/job:Job':
      return `projects/${project}/locations/${at}/jobs/${name}`
    case 'gcp:storage/bucket:Bucket':
      return String(name)
    default:
      return `projects/${project}/locations/${at}/${type}/${name ?? roleId ?? nameOf(urn)}`
  }
}

/** What Google adds to what it was given, as far as the program uses it. */
function outputsOf(urn: string, inputs: Values): Values {
  const { project, accountId } = inputs
  switch (typeOf(urn)) {
    case 'gcp:serviceaccount/account:Account': {
      const email = `${accountId}@${project}.iam.gserviceaccount.com`
      return {
        ...inputs,
        email,
        member: `serviceAccount:${email}`,
        name: `projects/${project}/serviceAccounts/${email}`,
      }
    }
    case 'gcp:logging/projectSink:ProjectSink':
      return { ...inputs, writerIdentity: 'serviceAccount:service-1@gcp-sa-logging.iam.gserviceaccount.com' }
    default:
      return inputs
  }
}

/** What a test has said of this resource: it fails, or waits for a file. */
async function suffer(what: string, urn: string): Promise<void> {
  const fates: readonly Fate[] = existsSync(file('fates.json'))
    ? JSON.parse(readFileSync(file('fates.json'), 'utf8'))
    : []
  for (const { of, fails, waitsFor } of fates) {
    if (`${what} ${nameOf(urn)}` !== of) continue
    while (waitsFor !== undefined && !existsSync(file(waitsFor))) {
      // The test is over.
      if (!existsSync(directory)) process.exit(1)
      await sleep(20)
    }
    if (fails !== undefined) throw new Error(fails)
  }
}

const values = (struct: Generated): Values => struct?.toJavaScript() ?? {}
const struct = (from: Values): Generated => structs.Struct.fromJavaScript(from)

/** Changing one of these means another resource. */
const fixed = new Set(['project', 'location', 'region', 'name', 'accountId', 'roleId', 'repositoryId', 'secretId'])

const handlers: Readonly<Record<string, (request: Generated) => Promise<unknown>>> = {
  async getPluginInfo() {
    const answer = new plugin.PluginInfo()
    answer.setVersion('9.37.0')
    return answer
  },
  async checkConfig(request) {
    const answer = new messages.CheckResponse()
    answer.setInputs(request.getNews())
    return answer
  },
  diffConfig: async () => new messages.DiffResponse(),
  async configure() {
    const answer = new messages.ConfigureResponse()
    answer.setSupportspreview(true)
    return answer
  },
  async check(request) {
    const answer = new messages.CheckResponse()
    answer.setInputs(request.getNews())
    return answer
  },
  async diff(request) {
    const [old, now] = [values(request.getOldInputs()), values(request.getNews())]
    const ignored = new Set<string>(request.getIgnorechangesList())
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
      (key) => !ignored.has(key) && !key.startsWith('__') && JSON.stringify(old[key]) !== JSON.stringify(now[key]),
    )
    const answer = new messages.DiffResponse()
    answer.setChanges(
      keys.length === 0 ? messages.DiffResponse.DiffChanges.DIFF_NONE : messages.DiffResponse.DiffChanges.DIFF_SOME,
    )
    answer.setDiffsList(keys)
    answer.setReplacesList(keys.filter((key) => fixed.has(key)))
    answer.setDeletebeforereplace(true)
    return answer
  },
  async create(request) {
    const urn = request.getUrn()
    const inputs = values(request.getProperties())
    const id = idOf(urn, inputs)
    if (!request.getPreview()) {
      note('create', urn)
      await suffer('create', urn)
      const now = world()
      // A binding that is there is no error, and settings of a field are put over what they were.
      const isPut = /ember|firestore\/field/.test(typeOf(urn))
      if (now[id] !== undefined && !isPut) throw new Error(`googleapi: Error 409: ${id} already exists., alreadyExists`)
      save({ ...now, [id]: { type: typeOf(urn), name: nameOf(urn), inputs } })
      await suffer('lose', urn)
    }
    const answer = new messages.CreateResponse()
    answer.setId(id)
    answer.setProperties(struct(outputsOf(urn, inputs)))
    return answer
  },
  async read(request) {
    const answer = new messages.ReadResponse()
    const found = world()[request.getId()]
    if (found === undefined) return answer
    answer.setId(request.getId())
    answer.setProperties(struct(outputsOf(request.getUrn(), found.inputs)))
    answer.setInputs(struct(found.inputs))
    return answer
  },
  async update(request) {
    const urn = request.getUrn()
    const inputs = values(request.getNews())
    if (!request.getPreview()) {
      note('update', urn)
      await suffer('update', urn)
      save({ ...world(), [request.getId()]: { type: typeOf(urn), name: nameOf(urn), inputs } })
    }
    const answer = new messages.UpdateResponse()
    answer.setProperties(struct(outputsOf(urn, inputs)))
    return answer
  },
  async delete(request) {
    const urn = request.getUrn()
    note('delete', urn)
    await suffer('delete', urn)
    const { [request.getId()]: gone, ...rest } = world()
    if (gone?.inputs.deletionPolicy !== 'ABANDON') save(rest)
    return new empty.Empty()
  },
  cancel: async () => new empty.Empty(),
}

// Whoever started this may have been killed.
setInterval(() => {
  if (process.ppid !== engine) process.exit()
}, 500).unref()

const server = new grpc.Server()
const known = services.ResourceProviderService
const implementation = Object.fromEntries(
  Object.keys(known).map((name) => [
    name,
    async (call: Generated, done: (error: unknown, answer?: unknown) => void) => {
      const handler = handlers[name]
      if (handler === undefined)
        return done({ code: grpc.status.UNIMPLEMENTED, details: `${name} is not stood in for` })
      try {
        done(null, await handler(call.request))
      } catch (error) {
        done({ code: grpc.status.UNKNOWN, details: (error as Error).message })
      }
    },
  ]),
)
server.addService(known, implementation)
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error: Error | null, port: number) => {
  if (error !== null) throw error
  process.stdout.write(`${port}\n`)
})
