import { stripVTControlCharacters } from 'node:util'

/**
 * Characters of which a line of a terminal needs none: controls, characters that turn the direction of writing or have no
 * width of their own (terminals differ in how they count them), and line and paragraph separators.
 */
const unwanted = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}]/gu

/**
 * Text of others (an agent, a model, a build) as one line that can be shown in a terminal: it cannot move the cursor, set a
 * colour or a title, or break the line. At most `longest` characters are kept.
 */
export function plainText(text: string, longest = 500): string {
  // Twice the length is plenty for what is stripped; a megabyte of output should not be searched for a line of a screen.
  const start = text.slice(0, 2 * longest + 1000).toWellFormed()
  const line = stripVTControlCharacters(start).replaceAll(/\s+/g, ' ').replaceAll(unwanted, '').trim()
  return line.slice(0, longest).toWellFormed()
}
