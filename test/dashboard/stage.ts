import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { showDashboard } from '../../cli/ui/dashboard/dashboard.ts'
import type { DashboardActions, DashboardEvent, Status } from '../../cli/ui/dashboard/options.ts'

/**
 * A host to look at: its state is `status.json` of the directory it is given, what happens is appended to `events.jsonl`,
 * and what is asked of it goes to `asked.txt`; `reads.txt` has a
 * dot for each time its state was read. A line `close` ends the view, `crash` is an error nobody catches.
 */
const directory = process.argv[2] ?? '.'
const file = (name: string): string => join(directory, name)
const asked = (line: string): void => appendFileSync(file('asked.txt'), `${line}\n`)

const act = (verb: string) => async (name?: string) => {
  asked([verb, name].filter((part) => part !== undefined).join(' '))
  if (name === 'stubborn') throw new Error(`${name} will not`)
  return `${verb} is done`
}
const actions: DashboardActions = {
  pauseAgent: act('pause'),
  resumeAgent: act('resume'),
  pauseAll: act('pause-all'),
  resumeAll: act('resume-all'),
  runAgent: act('run'),
  killRun: act('kill'),
  stop: () => asked('stop'),
}

let read = 0
const listeners = new Set<(event: DashboardEvent) => void>()
const timer = setInterval(() => {
  const lines = existsSync(file('events.jsonl'))
    ? readFileSync(file('events.jsonl'), 'utf8').split('\n').slice(0, -1)
    : []
  for (const line of lines.slice(read)) {
    read++
    if (line === 'close') dashboard.close()
    else if (line === 'crash') throw new Error('a bug in the host')
    else for (const listener of listeners) listener(JSON.parse(line) as DashboardEvent)
  }
}, 20)

const dashboard = showDashboard({
  title: { project: 'acme', environment: 'dev', runtime: 'docker' },
  url: 'http://127.0.0.1:8080',
  webhookUrls: ['http://127.0.0.1:8080/webhooks/github', 'http://127.0.0.1:8080/webhooks/linear'],
  async status() {
    appendFileSync(file('reads.txt'), '.')
    return JSON.parse(readFileSync(file('status.json'), 'utf8')) as Status
  },
  events(listener) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  actions,
})
await dashboard.finished
clearInterval(timer)
console.log('the view is closed')
