/**
 * The commands of a shell script, as words. Enough of a shell for documentation: quotes, comments, pipes, lists,
 * redirections, continued lines and here-documents; substitutions within words are left as they are.
 */
export function commandsOf(script: string): string[][] {
  return linesOf(script).flatMap(splitLine)
}

/** Lines that are continued are joined, and the texts of here-documents left out. */
function linesOf(script: string): string[] {
  const lines: string[] = []
  let until: string | undefined
  for (const line of script.replaceAll('\\\n', ' ').split('\n')) {
    if (until !== undefined) {
      if (line.trim() === until) until = undefined
      continue
    }
    until = /<<-?\s*['"]?(\w+)['"]?/.exec(line)?.[1]
    lines.push(line)
  }
  return lines
}

function splitLine(line: string): string[][] {
  const commands: string[][] = [[]]
  const pieces = line.matchAll(
    /\s+|#[^\n]*|\|\||&&|[|;&]|\d?(?:>>?|<<?-?)&?\s*\S+|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"|;&<>])+/g,
  )
  let after = ' '
  for (const [piece] of pieces) {
    const isComment = piece.startsWith('#') && /\s$/.test(after)
    if (isComment) break
    after = piece
    if (/^\s+$/.test(piece)) continue
    if (/^(?:\|\||&&|[|;&])$/.test(piece)) commands.push([])
    else if (!/^\d?[<>]/.test(piece)) commands.at(-1)?.push(unquoted(piece))
  }
  return commands.filter((words) => words.length > 0)
}

const unquoted = (word: string): string =>
  word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, single, double, escaped) => single ?? double ?? escaped)

/** What follows `al` in a command, however it is typed; nothing for other commands. */
export function alArguments(words: readonly string[]): readonly string[] | undefined {
  const own = words.slice(words.findIndex((word) => !/^\w+=/.test(word)))
  if (own[0] === 'al') return own.slice(1)
  const at = own.indexOf('--')
  const isScript = own[0] === 'npm' && own[1] === 'run' && own.slice(2, at).includes('al')
  return isScript ? own.slice(at + 1) : undefined
}
