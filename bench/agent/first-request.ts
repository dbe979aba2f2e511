import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Handout } from '../../core/plan/decisions.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { asEnvironment } from '../../core/scheduler/start-message.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { agentHost, type Environment, startContainer } from '../../test/agent/agent-host.ts'
import { median } from '../measure.ts'
import { type ProcessCost, processCost, unknownCost } from './process-cost.ts'

/** A process from its start to the moment that counts. */
export interface Begun extends ProcessCost {
  readonly ms: number
}

const secret: Handout['secrets'][number] = {
  ...{ id: 'anthropic_key/default/token', type: 'anthropic_key', instance: 'default', field: 'token' },
  ...{ optional: false, why: 'model' },
}

/**
 * The agent's entry from its start to its first request to the model: claim at a real gateway, credentials, prompt, the
 * provider's own SDK. Before it, in turns, bare Node until its program has begun. `app` is a directory with what an image
 * has in `/app`; the entry starts once in each of the environments. Answers medians: of bare Node, then of each of them.
 */
export async function firstRequest(
  app: string,
  environments: readonly Environment[],
  rounds: number,
): Promise<Begun[]> {
  let heard: () => void = () => {}
  const model = await startScriptedModel({
    scripts: { hello: { turns: [{ text: 'Hello.' }] } },
    onRequest: () => heard(),
  })
  const orders: { readonly order: LaunchOrder; readonly gateway: string }[] = []
  const host = await agentHost({
    app,
    config: { secrets: [secret], model: { provider: 'anthropic', model: 'scripted/hello', baseUrl: model.url } },
    launch: (order, gateway) => orders.push({ order, gateway }),
  })

  const startEntry = async (own: Environment): Promise<Begun> => {
    const run = await host.trigger()
    const { order, gateway } = orders.pop() ?? {}
    if (order === undefined) throw new Error('no run to start')
    const environment = { ...own, AL_CONTAINER: run, ...asEnvironment({ ...order, gateway: gateway ?? '' }) }
    const start = performance.now()
    const { child, ended, output } = startContainer(app, environment, { [secret.id]: 'sk-of-the-bench' })
    const begun = await Promise.race([
      new Promise<Begun>((resolve) => {
        heard = () => resolve(sinceStart(start, child.pid))
      }),
      ended.then((code) => {
        throw new Error(`the agent ended with ${code} before it asked its model: ${output()}`)
      }),
    ])
    await ended
    return begun
  }

  const all: Begun[][] = Array.from({ length: environments.length + 1 }, () => [])
  try {
    for (let round = -1; round < rounds; round++) {
      const begun = [await startBare()]
      for (const own of environments) begun.push(await startEntry(own))
      if (round >= 0) for (const [i, one] of begun.entries()) all[i]?.push(one)
    }
  } finally {
    await host[Symbol.asyncDispose]()
    await model.close()
  }
  return all.map(medians)
}

/** It says so when it has begun, and stays until it has been looked at. */
async function startBare(): Promise<Begun> {
  const program = "process.getBuiltinModule('fs').writeSync(1, '.'); setInterval(() => {}, 1e9)"
  const start = performance.now()
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const begun = sinceStart(start, child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return begun
}

function sinceStart(start: number, pid: number | undefined): Begun {
  const ms = performance.now() - start
  return { ms, ...(pid === undefined ? unknownCost : processCost(pid)) }
}

const medians = (all: readonly Begun[]): Begun => ({
  ms: median(all.map(({ ms }) => ms)),
  cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  peakMiB: median(all.map(({ peakMiB }) => peakMiB)),
})
