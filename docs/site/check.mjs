// Checks the built site: every link to a page and every anchor must exist. Exits with 1 otherwise.
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { join, dirname, normalize } from 'node:path'

const root = new URL('dist', import.meta.url).pathname
const pages = readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.html'))
const ids = new Map()
for (const page of pages) {
  const html = readFileSync(join(root, page), 'utf8')
  ids.set(page, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1])))
}
let links = 0
const wrong = []
for (const page of pages.filter((name) => name !== '404.html')) {
  const html = readFileSync(join(root, page), 'utf8')
  for (const [, href] of html.matchAll(/<a [^>]*href="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(href) || /LICENSE/.test(href)) continue
    links++
    const [path, anchor] = href.split('#')
    let target = page
    if (path) target = normalize(path.startsWith('/') ? path.slice(1) : join(dirname(page), path))
    if (target === '' || target === '.') target = 'index.html'
    if (!existsSync(join(root, target))) wrong.push(`${page}: no page ${href}`)
    else if (anchor && !ids.get(target)?.has(decodeURIComponent(anchor))) wrong.push(`${page}: no anchor ${href}`)
  }
}
for (const line of wrong) console.error(line)
console.log(`${pages.length} pages, ${links} links`)
if (wrong.length > 0 || pages.length < 15 || links < 200) process.exit(1)
