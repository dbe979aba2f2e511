import { Box, type Key, Text, useInput, usePaste, useStdin, useWindowSize } from 'ink'
import { createElement, type ReactNode, useSyncExternalStore } from 'react'
import type { PressedKey } from './keys.ts'
import type { Line } from './line.ts'
import { screen } from './screen.ts'
import type { State } from './state.ts'
import { type Symbols, shown } from './symbols.ts'

interface ViewProps {
  readonly source: { readonly subscribe: (listener: () => void) => () => void; readonly current: () => State }
  readonly symbols: Symbols
  readonly colors: boolean
  readonly onKey: (key: PressedKey) => void
}

/** Draws the state, line by line: no line is wider or taller than its place, whatever its text. */
export function View({ source, symbols, colors, onKey }: ViewProps): ReactNode {
  const state = useSyncExternalStore(source.subscribe, source.current)
  const size = useWindowSize()
  const { isRawModeSupported } = useStdin()
  const handleInput = (input: string, key: Key) => {
    // Keys that are typed fast arrive together.
    for (const character of input === '' ? [''] : input) onKey({ ...key, input: character })
  }
  useInput(handleInput, { isActive: isRawModeSupported })
  // What is pasted by mistake is text, not a series of keys.
  usePaste(() => {}, { isActive: isRawModeSupported })
  const drawn = screen(state, size, symbols).map((line, row) => {
    const place = { key: row, width: size.columns, height: 1, flexShrink: 0, overflow: 'hidden' as const }
    return createElement(Box, place, textOf(line, symbols, colors))
  })
  return createElement(Box, { flexDirection: 'column', width: size.columns, height: size.rows }, drawn)
}

function textOf(line: Line, symbols: Symbols, colors: boolean): ReactNode {
  const spans = line.map(({ text, color, bold, dim }, place) =>
    createElement(
      Text,
      { key: place, bold: bold === true, dimColor: dim === true, ...(colors && color !== undefined && { color }) },
      shown(text, symbols),
    ),
  )
  // The ellipsis of a truncated text is not ASCII.
  return createElement(Text, { wrap: symbols.ascii ? 'hard' : 'truncate-end' }, spans)
}
