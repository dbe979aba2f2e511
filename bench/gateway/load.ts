import { Agent, request } from 'node:http'

export interface Load {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

export interface Shot {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/**
 * So many clients that send one request after the other, for so many milliseconds. `shoot` makes the nth request of a
 * client. Anything but a 200 ends the bench: a refusal is fast.
 */
export async function load(
  url: string,
  clients: number,
  ms: number,
  shoot: (client: number, n: number) => Shot,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const times: number[] = []
  const began = performance.now()
  const until = began + ms
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = 0; performance.now() < until; n++) {
        const start = performance.now()
        await post(agent, url, shoot(client, n))
        times.push(performance.now() - start)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)] ?? 0
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) }
}

function post(agent: Agent, url: string, { path, headers, body }: Shot): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method: 'POST', agent, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(`${path} was answered with ${answer.statusCode}: ${Buffer.concat(parts)}`))
      })
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
