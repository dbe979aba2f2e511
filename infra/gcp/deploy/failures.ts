import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import type { Lock, ResourceFailure } from './deploy-failure.ts'
import { plainReason } from './plain-reason.ts'

/** Why an update failed, by resource; what belongs to none comes last. */
export function failuresIn(events: readonly EngineEvent[]): ResourceFailure[] {
  const failures = events.flatMap(({ diagnosticEvent: said }): ResourceFailure[] => {
    if (said === undefined || said.severity !== 'error') return []
    const text = withoutColors(said.message).trim()
    // The engine's own summary of what was said before.
    if (text === '' || /^(?:update failed|preview failed|update canceled)$/.test(text)) return []
    return [{ ...(said.urn !== undefined && said.urn !== '' && { urn: said.urn }), reason: plainReason(text) }]
  })
  const distinct = new Map(failures.map((one) => [`${one.urn ?? ''}\0${one.reason}`, one]))
  const isStack = ({ urn }: ResourceFailure) => urn === undefined || urn.includes('::pulumi:pulumi:Stack::')
  const all = [...distinct.values()]
  return [...all.filter((one) => !isStack(one)), ...all.filter(isStack)]
}

/** Colors of Pulumi are marks like `<{%reset%}>`. */
const withoutColors = (text: string): string => text.replace(/<\{%[^%]*%\}>/g, '')

/**
 * Who holds the stack, as the CLI says it; nothing if it said something else. Source: `ErrorStackLocked` of Pulumi's own
 * backend, `<url>: created by <user>@<host> (pid <pid>) at <time>`.
 */
export function locksIn(stderr: string): Lock[] | undefined {
  if (!stderr.includes('currently locked by')) return undefined
  return [...stderr.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = '', host = '', pid = '', since = '']) => ({ who: `${user}@${host}`, host, pid: Number(pid), since }),
  )
}
