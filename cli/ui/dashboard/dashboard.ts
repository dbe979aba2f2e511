import { render } from 'ink'
import { createElement } from 'react'
import { plainText } from '../plain-text.ts'
import { spinnerMs } from './image-lines.ts'
import { type PressedKey, press } from './keys.ts'
import type { DashboardOptions } from './options.ts'
import { initialState, isInitialising, type State, withEvent, withNotice, withStatus, withTime } from './state.ts'
import { symbolsFor } from './symbols.ts'
import { View } from './view.ts'

const refreshMs = 1000
/** Lines of agents can come by the thousand: they are drawn together. */
const gatherMs = 50
const home = '\u001b[H'

export interface Dashboard {
  /** Settles when the terminal is as it was before; rejects if drawing failed. */
  readonly finished: Promise<void>
  readonly close: () => void
}

/**
 * Takes the terminal of this process (its standard output must be one) and shows what the host does, until it is closed.
 * Keys ask the host for things; nothing but `close` ends the view. Without a terminal as standard input there are no keys.
 */
export function showDashboard(options: DashboardOptions): Dashboard {
  const { actions, events, status } = options
  let state: State = initialState(options, Date.now())
  const listeners = new Set<() => void>()
  let gathering: NodeJS.Timeout | undefined
  let reading = false
  let closed = false

  const update = (next: State) => {
    state = next
    gathering ??= setTimeout(draw, gatherMs)
  }
  const draw = () => {
    clearTimeout(gathering)
    gathering = undefined
    for (const listener of listeners) listener()
  }

  const read = async () => {
    if (reading || closed) return
    reading = true
    try {
      const answer = await status()
      update(withStatus(state, answer, Date.now()))
    } catch (error) {
      update({ ...state, unreadable: messageOf(error) })
    } finally {
      reading = false
    }
  }

  const pressed = (key: PressedKey) => {
    const { state: next, stop, ask } = press(state, key)
    state = next
    draw()
    if (stop === true) actions.stop()
    if (ask !== undefined) void perform(() => ask(actions))
  }
  const perform = async (action: () => Promise<string>) => {
    try {
      update(withNotice(state, await action(), false))
    } catch (error) {
      update(withNotice(state, messageOf(error), true))
    }
    await read()
  }

  const unsubscribe = events((event) => update(withEvent(state, event)))
  const tick = setInterval(() => {
    update(withTime(state, Date.now()))
    void read()
  }, refreshMs)
  const spin = setInterval(() => {
    if (isInitialising(state)) update(withTime(state, Date.now()))
  }, spinnerMs)

  const view = createElement(View, {
    source: {
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      current: () => state,
    },
    symbols: symbolsFor(process.env, process.platform),
    // https://no-color.org
    colors: (process.env.NO_COLOR ?? '') === '',
    onKey: pressed,
  })
  const terminal = render(null, {
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    // It was asked for: a CI variable in the environment does not matter.
    interactive: true,
  })
  // The other screen begins where the cursor was: half a line that stood there would shift the first line.
  process.stdout.write(home)
  terminal.rerender(view)
  void read()

  const close = () => {
    if (closed) return
    closed = true
    clearTimeout(gathering)
    clearInterval(tick)
    clearInterval(spin)
    unsubscribe()
    process.off('uncaughtExceptionMonitor', close)
    terminal.unmount()
  }
  // What Node prints about it would be lost with the screen it is printed on.
  process.on('uncaughtExceptionMonitor', close)
  const finished = terminal
    .waitUntilExit()
    .then(() => {})
    .finally(close)
  return { finished, close }
}

const messageOf = (error: unknown): string => plainText(error instanceof Error ? error.message : String(error))
