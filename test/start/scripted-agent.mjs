// An agent that does what its parameters say, in place of the real one: it claims its run, notes in a journal that it
// runs, holds on as long as a file is there, and finishes. It asks again while its host is gone.
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const { AL_RUN_ID: run, AL_TICKET: ticket, GATEWAY_URL: url, AL_CONTAINER: container } = process.env
const session = `${run}.${randomBytes(32).toString('base64url')}`
let stopped = false
process.on('SIGTERM', () => {
  stopped = true
})

async function ask(path, bearer, body) {
  for (let i = 0; i < 600; i++) {
    try {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      if (answer.status < 500) return { status: answer.status, body: JSON.parse(text) }
    } catch {}
    await sleep(50)
  }
  process.exit(1)
}

const hash = createHash('sha256').update(session).digest('hex')
const claim = await ask('/runs/claim', `${run}.${ticket}`, { session: hash, container })
if (claim.status !== 200) process.exit(0)
const { journal, hold, lock, version = 1 } = claim.body.config.params
appendFileSync(journal, `${run} ${process.pid} v${version}\n`)
console.log(JSON.stringify({ _log: true, level: 'info', msg: 'assistant', ts: Date.now(), text: 'I am at work' }))
if (lock !== undefined) await ask('/locks/acquire', session, { resourceKey: lock })
await ask('/signals/status', session, { text: 'holding on' })
while (hold !== undefined && existsSync(hold) && !stopped) await sleep(20)
const ending = stopped ? { outcome: 'killed', code: 137, reason: 'told to stop' } : { outcome: 'completed', code: 0 }
await ask('/runs/finish', session, ending)
process.exit(ending.code)
