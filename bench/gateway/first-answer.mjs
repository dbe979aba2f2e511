// A fresh process: loads the gateway's bundle, and answers one signed webhook.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [, , directory] = process.argv
const { handler } = await import(pathToFileURL(`${directory}/gateway/index.mjs`).href)
const event = JSON.parse(readFileSync(`${directory}/event.json`, 'utf8'))
event.headers['x-github-delivery'] = `bench-${process.pid}-${Date.now()}`
const { statusCode, body } = await handler(event, {})
if (statusCode !== 200) throw new Error(`answered with ${statusCode}: ${body}`)
process.exit()
