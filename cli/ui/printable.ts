import { stripVTControlCharacters } from 'node:util'

/** As in a single line (`plainText`), but for tabs and line ends, which stay. */
const unwanted = /(?![\t\n])[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * Text of others in several lines, safe for a terminal: it cannot move the cursor, hide what follows, set a colour or
 * turn the direction of writing.
 */
export const printable = (text: string): string =>
  stripVTControlCharacters(text.toWellFormed()).replaceAll(unwanted, '')
