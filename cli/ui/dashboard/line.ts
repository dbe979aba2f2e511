/** A piece of a line in one style. Colours only repeat what the text says: there are terminals without. */
export interface Span {
  readonly text: string
  readonly color?: 'red' | 'green' | 'yellow' | 'cyan'
  readonly bold?: boolean
  readonly dim?: boolean
}

/** A line of the screen; what does not fit is cut off at its end when it is drawn. */
export type Line = readonly Span[]

export const line = (text: string, style: Omit<Span, 'text'> = {}): Line => [{ text, ...style }]

export const emptyLine: Line = line('')

/** A cell of exactly `width` characters. Only for texts in which every character is one column wide. */
export function cell(text: string, width: number, ellipsis: string): string {
  return text.length <= width ? text.padEnd(width) : text.slice(0, Math.max(0, width - ellipsis.length)) + ellipsis
}

/** A text in pieces of at most `width` characters, broken between words where one ends in time, else anywhere: nothing is lost. */
export function wrapped(text: string, width: number): string[] {
  const room = Math.max(1, width)
  const pieces: string[] = []
  let rest = text
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room)
    const end = space > 0 ? space : room
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...pieces, rest]
}
