import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..', '..')
/** What pages link to besides pages; it is copied beside them. */
const copied = ['Dockerfile', 'LICENSE', 'compose.yaml', 'otel-config.yaml', 'deploy']

/**
 * The pages of the repository as a site: `npm run site`. Each is where its file is, so that links between them hold in a
 * checkout, on a forge and here.
 */
export default {
  title: 'Spanledger',
  description: 'OpenTelemetry in, an exact ledger of agent work in PostgreSQL out.',
  srcDir: '..',
  srcExclude: ['test/**', 'packed/**', 'dist/**', 'deploy/**', '.cache/**'],
  outDir: '../.cache/site/html',
  cacheDir: '../.cache/site/cache',
  rewrites: { 'README.md': 'index.md' },
  // a page that names a file that is none of the site is the concern of the check of links, which looks at all files
  ignoreDeadLinks: [
    (link) =>
      copied.includes(
        link
          .replace(/^[./]+/, '')
          .split('/')[0]
          .replace(/^index$/, ''),
      ),
  ],
  markdown: {
    config: ({ renderer, utils }) => {
      // pages have no HTML: what looks like a tag is a placeholder (<trace id>), and comments are for tests
      const shown = (tokens, index) => {
        const { content } = tokens[index]
        return content.startsWith('<!--') ? '' : utils.escapeHtml(content)
      }
      Object.assign(renderer.rules, { html_inline: shown, html_block: shown })
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Use',
        items: [
          { text: 'Start', link: '/' },
          { text: 'Sending', link: '/docs/sending' },
          { text: 'Tables and queries', link: '/docs/tables' },
          { text: 'Recipes', link: '/docs/recipes' },
          { text: 'Commands', link: '/docs/commands' },
          { text: 'Reconciling', link: '/docs/reconcile' },
          { text: 'Coming from others', link: '/docs/coming-from' },
          { text: 'The exporter for Node', link: '/src/exporting/README' },
        ],
      },
      {
        text: 'Operate',
        items: [
          { text: 'Deploying', link: '/docs/deploying' },
          { text: 'Settings', link: '/docs/settings' },
          { text: 'Operations', link: '/docs/operations' },
          { text: 'Security', link: '/docs/security' },
          { text: 'Scale', link: '/docs/scale' },
          { text: 'Performance', link: '/docs/performance' },
          { text: 'Changelog', link: '/CHANGELOG' },
        ],
      },
      {
        text: 'Understand and change',
        items: [
          { text: 'Dialects', link: '/docs/dialects' },
          { text: 'The promises of OTLP', link: '/docs/otlp' },
          { text: 'The design', link: '/docs/design' },
          { text: 'Development', link: '/docs/development' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Third parties', link: '/docs/third-party' },
        ],
      },
    ],
  },
  async buildEnd({ outDir }) {
    for (const name of copied) {
      await mkdir(path.dirname(path.join(outDir, name)), { recursive: true })
      await cp(path.join(root, name), path.join(outDir, name), { recursive: true })
    }
  },
}
