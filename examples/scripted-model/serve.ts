import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Script } from './script.ts'
import { startScriptedModel } from './server.ts'

/** `node examples/scripted-model/serve.ts [--port 4010] [--hostname 127.0.0.1] [--scripts my-scripts.ts]` */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    hostname: { type: 'string', default: '127.0.0.1' },
    scripts: { type: 'string' },
  },
})

const model = await startScriptedModel({
  scripts: await loadScripts(values.scripts),
  port: Number(values.port),
  hostname: values.hostname,
})
console.log(`the scripted model listens on ${model.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void model.close())

/** A `.json` file is the table of scripts itself; a module exports it as `scripts`. */
async function loadScripts(file = 'scripts.ts'): Promise<Readonly<Record<string, Script>>> {
  const base = values.scripts === undefined ? import.meta.dirname : process.cwd()
  const url = pathToFileURL(resolve(base, file)).href
  if (file.endsWith('.json')) return (await import(url, { with: { type: 'json' } })).default
  return (await import(url)).scripts
}
