// A fresh process: loads the clients alone, and makes the requests that the first answer takes, without deciding anything.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [, , directory] = process.argv
const { dynamodb, lambda, secretsmanager } = await import(pathToFileURL(`${directory}/clients.mjs`).href)
const { names, secrets, agents } = JSON.parse(readFileSync(`${directory}/gateway/plan.json`, 'utf8'))
const { id } = secrets.find(({ why }) => why === 'webhook')
await new secretsmanager.SecretsManagerClient({}).send(new secretsmanager.GetSecretValueCommand({ SecretId: id }))

const table = new dynamodb.DynamoDBClient({})
const key = (pk) => ({ pk: { S: pk }, sk: { S: '-' } })
const get = (pk) => table.send(new dynamodb.GetItemCommand({ TableName: names.table, Key: key(pk) }))
await Promise.all([get('a'), get('b'), get('c')])
const item = (pk) => ({ ...key(`${pk} ${process.pid} ${Date.now()}`), version: { S: 'v' }, data: { S: '{}' } })
const put = (pk) => ({
  Put: { TableName: names.table, Item: item(pk), ConditionExpression: 'attribute_not_exists(pk)' },
})
await table.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [put('a'), put('b'), put('c')] }))

const invoke = { FunctionName: agents[0].resource, InvocationType: 'Event', Payload: '{}' }
await new lambda.LambdaClient({}).send(new lambda.InvokeCommand(invoke))
process.exit()
