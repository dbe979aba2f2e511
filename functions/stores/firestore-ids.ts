/** The longest document id Firestore takes, in bytes of UTF-8. */
const longestId = 1500

/**
 * A key as a Firestore document id. Such an id may hold no `/`, be neither `.` nor `..`, and not look like `__…__`; the
 * order of ids has to be the order of keys, since `list` is a range of ids.
 *
 *   .         → .1
 *   /         → .2      both begin with the dot, which sorts between `-` and `0`, where they were themselves
 *   leading _ → _-      nothing begins with two underscores
 *
 * Percent-encoding would be injective too, but it moves `/` to before `-`: the order of keys would be lost. All that the
 * keys of a project are made of, save a dot in a name, stays as it is and can be read in the console.
 *
 * Throws RangeError for a key that no id can stand for: over 1,500 bytes, or not well-formed Unicode.
 */
export function toId(key: string): string {
  // Firestore would replace half a surrogate pair: two keys, one id.
  if (!key.isWellFormed()) throw new RangeError('a key is well-formed Unicode')
  const id = key.replace(/[./]/g, (one) => (one === '.' ? '.1' : '.2')).replace(/^_/, '_-')
  const bytes = Buffer.byteLength(id)
  if (bytes > longestId) throw new RangeError(`a key of ${bytes} bytes is over Firestore's limit of ${longestId}`)
  return id
}

/** The key that `toId` made the id of. */
export function toKey(id: string): string {
  return id.replace(/^_-/, '_').replace(/\.[12]/g, (one) => (one === '.1' ? '.' : '/'))
}

/** The id right behind every id whose key starts with `prefix`; none for a prefix that nothing comes after. */
export function endOfPrefix(prefix: string): string | undefined {
  const points = [...toId(prefix)]
  const last = points.pop()?.codePointAt(0)
  if (last === undefined || last === 0x10ffff) return undefined
  // `.` alone is no id. `.0` is before both `.1` and `.2`, and so stands at the same place.
  if (last === 0x2d) return `${points.join('')}.0`
  return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
}
