import { parse, TomlError } from 'smol-toml'
import { largestFile, type ProjectFiles } from './files.ts'
import { scanLines } from './lines.ts'
import { formatKey, type KeyPath, type Location, type Problem } from './problem.ts'

/** A TOML file of the project, with the line of each of its keys. */
export interface Document {
  readonly file: string
  readonly data: Readonly<Record<string, unknown>>
  locate(path: KeyPath): Location
}

/** Reads one TOML file. An absent one is `undefined`; one that is not readable as TOML is a problem. */
export function readDocument(files: ProjectFiles, file: string, problems: Problem[]): Document | undefined {
  const text = readText(files, file, problems)
  if (text === undefined) return undefined
  try {
    const data = parse(text)
    for (const [path, what] of unusable(data)) problems.push({ file, key: formatKey(path), message: what })
    let scan: ((path: KeyPath) => number | undefined) | undefined
    return {
      file,
      data,
      locate(path) {
        // Only messages need lines, and most projects have none to give.
        scan ??= scanLines(text)
        const line = scan(path)
        return line === undefined ? { file } : { file, line }
      },
    }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    problems.push({ file, line: error.line, message: `not valid TOML at column ${error.column}: ${reason(error)}` })
    return undefined
  }
}

/** What TOML can say and JSON, which a plan is made of, cannot. */
function* unusable(value: unknown, path: KeyPath = []): Generator<[KeyPath, string]> {
  if (typeof value === 'number' && !Number.isFinite(value)) yield [path, 'nan and inf are no values here']
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') yield [[...path, key], 'is no usable name']
    else yield* unusable(inner, [...path, Array.isArray(value) ? Number(key) : key])
  }
}

/** Reads a text file of the project, within the size that such files may have. */
export function readText(files: ProjectFiles, file: string, problems: Problem[]): string | undefined {
  const content = files.read(file, largestFile)
  switch (content.kind) {
    case 'text':
      return content.text
    case 'absent':
      return undefined
    case 'too-large':
      problems.push({ file, message: `is ${content.bytes} bytes; the limit is ${largestFile} (1 MiB)` })
      return undefined
    case 'unreadable':
      problems.push({ file, message: `cannot be read: ${content.reason}` })
      return undefined
  }
}

/**
 * The parser's message goes on with the lines around the error, which may hold secrets. Its first line is fixed text;
 * should one ever quote the document, it is dropped.
 */
function reason(error: TomlError): string {
  const first = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
  return /^[a-z0-9 :,.-]+$/i.test(first) ? first.replace(/\.$/, '') : 'syntax error'
}
