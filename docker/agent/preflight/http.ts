import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fetchFollowing } from './fetch-following.ts'
import { cannotWrite, outputPath } from './output-file.ts'
import { interpolated, optionalTable, optionalText, textParam } from './params.ts'
import { PreflightError } from './preflight-error.ts'
import type { Step } from './step.ts'

/** Milliseconds for all of it, and bytes of the answer. Connecting has ten seconds, which is fetch's own limit. */
const longest = 10 * 60_000
const largest = 512 * 1024 * 1024

/** Fetches `url` and writes what is answered to `output`. An answer other than 2xx is a failure. */
export const http: Step = async (params, { environment, directory, log, signal }) => {
  const method = optionalText(params, 'method')?.toUpperCase() ?? 'GET'
  log('info', 'preflight http', { method, url: String(params.url).slice(0, 200) })
  const values = interpolated(params, environment)
  const output = textParam(params, 'output')
  const path = await outputPath(textParam(values, 'output'), directory, output)
  const limited = AbortSignal.any([signal, AbortSignal.timeout(longest)])
  const request = { method, headers: optionalTable(values, 'headers'), body: optionalText(values, 'body') }

  const answer = await fetchFollowing(textParam(values, 'url'), request, limited)
  if (!answer.ok || answer.body === null) {
    const text = await beginning(answer, 200)
    if (!answer.ok) throw new PreflightError(`it answered ${answer.status}`, { status: answer.status, body: text })
  }
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Uint8Array, _, done) {
      bytes += chunk.byteLength
      done(bytes > largest ? new PreflightError(`the answer is larger than ${largest} bytes`) : null, chunk)
    },
  })
  try {
    await pipeline(answer.body ?? [], counted, createWriteStream(path), { signal: limited })
  } catch (error) {
    await rm(path, { force: true })
    signal.throwIfAborted()
    if (error instanceof PreflightError) throw error
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw cannotWrite(output, error)
    throw new PreflightError(limited.aborted ? 'it took longer than ten minutes' : 'the answer broke off')
  }
  log('info', 'preflight http output written', { path: output, bytes })
}

/** The first characters of a body, whatever its length. */
async function beginning(answer: Response, length: number): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= length) break
  }
  return text.slice(0, length)
}
