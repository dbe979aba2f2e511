export type ParsedBody =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly reason: string }

/**
 * The payload of a delivery: the body as JSON, or, when it is form-encoded, the JSON in its field `payload` (GitHub
 * offers both). The reason of a refusal never repeats the body.
 */
export function parseBody(body: Uint8Array, contentType: string | undefined): ParsedBody {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return { ok: false, reason: 'the body is not UTF-8' }
  }
  if (!isForm(contentType)) return parseJson(text, 'the body is not JSON')
  const field = payloadField(text)
  if (field === undefined)
    return {
      ok: false,
      reason: 'the form has no field "payload"; JSON needs the header content-type: application/json',
    }
  try {
    // A form writes a space as a plus sign; a real plus arrives as %2B.
    return parseJson(decodeURIComponent(field.replaceAll('+', ' ')), 'the field "payload" is not JSON')
  } catch {
    return { ok: false, reason: 'the field "payload" is not percent-encoded UTF-8' }
  }
}

function isForm(contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0] ?? ''
  return type.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}

/** Found by searching: taking apart all fields of a form of millions of them would take seconds. */
function payloadField(form: string): string | undefined {
  const name = 'payload='
  const after = form.indexOf(`&${name}`)
  const start = form.startsWith(name) ? name.length : after === -1 ? -1 : after + 1 + name.length
  if (start === -1) return undefined
  const end = form.indexOf('&', start)
  return form.slice(start, end === -1 ? undefined : end)
}

function parseJson(text: string, otherwise: string): ParsedBody {
  try {
    return { ok: true, payload: JSON.parse(text) }
  } catch {
    return { ok: false, reason: otherwise }
  }
}
