/** One file of an archive. Paths have `/` and no leading one; of a link the bytes are where it leads. */
export interface TarEntry {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  readonly mode: number
  readonly bytes?: string | Uint8Array
  /** User and group it belongs to; absent: root. */
  readonly owner?: number
}

const block = 512

/**
 * A tar archive (POSIX.1-2001: ustar, with a pax header where a path is too long or not ASCII), in pieces. Every file is
 * of the year 1970, so that the same files give the same bytes.
 */
export function* tar(entries: Iterable<TarEntry>): Generator<Uint8Array> {
  for (const entry of entries) yield* archived(entry)
  yield new Uint8Array(2 * block)
}

function* archived(entry: TarEntry): Generator<Uint8Array> {
  const bytes = Buffer.from(entry.bytes ?? '')
  const linked = entry.kind === 'link' ? String(entry.bytes ?? '') : ''
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path
  const pax = [...(fits(path) ? [] : [record('path', path)]), ...(fits(linked) ? [] : [record('linkpath', linked)])]
  if (pax.length > 0) {
    const records = Buffer.from(pax.join(''))
    yield header({ path: 'pax', flag: 'x', mode: 0o644, size: records.length, owner: 0, linked: '' })
    yield padded(records)
  }
  const flag = { file: '0', directory: '5', link: '2' }[entry.kind]
  const size = entry.kind === 'file' ? bytes.length : 0
  yield header({ path, flag, mode: entry.mode, size, owner: entry.owner ?? 0, linked })
  if (size > 0) yield padded(bytes)
}

/** Fields of 100 bytes hold it as it is. */
const fits = (text: string): boolean => text.length <= 100 && /^[\x20-\x7e]*$/.test(text)

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  const digits = String(rest + String(rest).length).length
  return `${rest + digits} ${key}=${value}\n`
}

interface Header {
  readonly path: string
  readonly flag: string
  readonly mode: number
  readonly size: number
  readonly owner: number
  readonly linked: string
}

function header({ path, flag, mode, size, owner, linked }: Header): Uint8Array {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, at: number, length: number) =>
    bytes.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  bytes.write(path.slice(0, 100), 0, 'latin1')
  octal(mode, 100, 8)
  octal(owner, 108, 8)
  octal(owner, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  bytes.write(flag, 156, 'latin1')
  bytes.write(linked.slice(0, 100), 157, 'latin1')
  bytes.write('ustar\x0000', 257, 'latin1')
  // The sum is taken with blanks where it will stand.
  bytes.fill(' ', 148, 156)
  const sum = bytes.reduce((all, byte) => all + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

function padded(bytes: Uint8Array): Uint8Array {
  const full = new Uint8Array(Math.ceil(bytes.length / block) * block)
  full.set(bytes)
  return full
}
