import { expect, test } from 'vitest'
import { gatewayApp } from './app.ts'

test('health answers whoever asks', async () => {
  const response = await gatewayApp().request('/health')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ok' })
})

test('what is not implemented says so and is no success to a webhook sender', async () => {
  const response = await gatewayApp().request('/webhooks/github', { method: 'POST', body: '{}' })
  expect(response.status).toBe(501)
  expect(await response.json()).toEqual({ error: expect.stringContaining('POST /webhooks/github is not implemented') })
})
