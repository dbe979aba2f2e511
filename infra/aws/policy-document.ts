/** A policy from an answer of IAM, which writes documents as parts of an address; nothing if there is none. */
export function policyDocument(text: string | undefined): unknown {
  if (text === undefined) return undefined
  return JSON.parse(text.trimStart().startsWith('{') ? text : decodeURIComponent(text))
}
