import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, Refused } from './ask.ts'

/** Milliseconds between two looks while somebody looks; while nobody does there are none. */
export const usual = 2500
/** The same for what hardly changes. */
export const seldom = 20_000
/** Milliseconds after which a gateway that does not answer is asked again, at most. */
const longest = 20_000

export interface Polled<T> {
  readonly data?: T
  /** Why there is nothing newer than `data`. */
  readonly problem?: Refused
  /** Looks at once, and goes on from there. */
  readonly refresh: () => void
}

/** Whether the last answer of the gateway came, for the line that says so. */
export const connection = {
  lost: undefined as number | undefined,
  listeners: new Set<() => void>(),
  tell(problem: Refused | undefined) {
    const lost = problem?.status === 0 ? (this.lost ?? Date.now()) : undefined
    if (lost === this.lost) return
    this.lost = lost
    for (const listener of this.listeners) listener()
  },
}

/**
 * What is behind a path of the gateway, looked at again and again while the page is visible; one request at a time. Another
 * path begins anew. With `every` undefined it is looked at once.
 */
export function usePoll<T>(path: string, every: number | undefined = usual): Polled<T> {
  const [state, setState] = useState<{ readonly path: string; readonly data?: T; readonly problem?: Refused }>({ path })
  const again = useRef(() => {})
  useEffect(() => {
    const over = new AbortController()
    let timer: number | undefined
    let failures = 0
    let asking = false
    const look = async () => {
      clearTimeout(timer)
      if (asking || document.hidden) return
      asking = true
      try {
        const data = await ask<T>('GET', path, { signal: over.signal })
        failures = 0
        connection.tell(undefined)
        setState({ path, data })
      } catch (error) {
        if (over.signal.aborted) return
        const problem = error instanceof Refused ? error : new Refused(0, String(error))
        failures++
        connection.tell(problem)
        setState((before) => ({ ...before, path, problem }))
      } finally {
        asking = false
      }
      if (every !== undefined) timer = window.setTimeout(look, Math.min(longest, every * 2 ** Math.min(failures, 4)))
    }
    const seen = () => {
      if (!document.hidden) void look()
    }
    again.current = () => void look()
    document.addEventListener('visibilitychange', seen)
    addEventListener('online', seen)
    void look()
    return () => {
      over.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
      removeEventListener('online', seen)
    }
  }, [path, every])
  const current = state.path === path ? state : { path }
  return { ...current, refresh: () => again.current() }
}

/** The time, as often as ages on the page need it. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now())
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
