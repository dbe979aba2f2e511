type Pairs = readonly { readonly Key?: string; readonly Value?: string }[]

export const fromPairs = (pairs: Pairs | undefined): Record<string, string> =>
  Object.fromEntries((pairs ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])))

export const toPairs = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
