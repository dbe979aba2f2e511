import { render } from 'preact'
import { App } from './app.ts'
import { html } from './html.ts'
import { Login } from './login.ts'

const place = document.getElementById('app')
if (place === null) throw new Error('the page has no place for the app')
render(location.pathname === '/login' ? html`<${Login} />` : html`<${App} />`, place)
