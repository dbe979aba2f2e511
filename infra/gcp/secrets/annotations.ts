/** What a tag of ours begins with. Annotations have no `:`, and tags no `.`. */
const ours = 'al:'
const theirs = 'al.'

/** A key of an annotation: letters, digits, `-`, `_` and `.`. Source: "Annotations" of the Secret Manager documentation. */
export const annotationOf = (tag: string): string => (tag.startsWith(ours) ? tag.replaceAll(':', '.') : tag)

export const tagsOf = (annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key.startsWith(theirs) ? key.replaceAll('.', ':') : key, value]),
  )
