import { defineConfig } from 'vitepress'

// check.sh copies the Markdown files of the repository to src, unchanged. A dead link ends the
// build; check.mjs looks at the anchors.
export default defineConfig({
  title: 'portsniff',
  description: 'Where is the port, and what does it mean?',
  srcDir: './src',
  outDir: './dist',
  cacheDir: './.cache',
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: false,
  ignoreDeadLinks: [/LICENSE$/],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
      { text: 'Teaching', link: '/docs/teaching' },
      { text: 'Library', link: '/docs/library' },
    ],
    sidebar: [
      {
        text: 'Use',
        items: [
          { text: 'Start', link: '/' },
          { text: 'Reading captures', link: '/docs/reading' },
          { text: 'explain', link: '/docs/explain' },
          { text: 'Filters', link: '/docs/filters' },
          { text: 'Tables', link: '/docs/tables' },
          { text: 'Live capture', link: '/docs/live' },
          { text: 'Processes', link: '/docs/processes' },
          { text: 'Giving captures away', link: '/docs/anonymize' },
          { text: 'The page', link: '/docs/page' },
          { text: 'Teaching', link: '/docs/teaching' },
        ],
      },
      {
        text: 'Connect',
        items: [
          { text: 'JSON and CSV', link: '/docs/json' },
          { text: 'Many captures', link: '/docs/scale' },
          { text: 'In Wireshark', link: '/docs/wireshark' },
          { text: 'What portsniff speaks', link: '/docs/speaks' },
          { text: 'Go library', link: '/docs/library' },
          { text: 'Packaging', link: '/docs/packaging' },
        ],
      },
      {
        text: 'Trust',
        items: [
          { text: 'Security', link: '/SECURITY' },
          { text: 'Performance', link: '/docs/performance' },
          { text: 'Reliability', link: '/docs/reliability' },
          { text: 'Dependencies', link: '/docs/dependencies' },
          { text: 'Changelog', link: '/CHANGELOG' },
        ],
      },
      {
        text: 'Change',
        items: [
          { text: 'Architecture', link: '/ARCHITECTURE' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Samples', link: '/pcaps/SOURCES' },
        ],
      },
    ],
  },
})
