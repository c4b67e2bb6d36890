import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..', '..')
/** What pages link to besides pages; it is copied beside them. */
const copied = ['.github', 'Dockerfile', 'LICENSE', 'compose.yaml', 'otel-config.yaml', 'deploy']

/** Whether a link leads to one of these. */
function namesCopied(href) {
  return copied.includes(href.replace(/^(\.\.?\/)+/, '').split('/')[0])
}

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
  // test/site/links.mjs follows all links, those to files that are no pages and to anchors, too
  ignoreDeadLinks: true,
  markdown: {
    // as forges make anchors of headings
    anchor: {
      slugify: (text) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
    },
    config: ({ renderer, utils }) => {
      // pages have no HTML: what looks like a tag is a placeholder (<trace id>), and comments are for tests
      const shown = (tokens, index) => {
        const { content } = tokens[index]
        return content.startsWith('<!--') ? '' : utils.escapeHtml(content)
      }
      const open = renderer.rules.link_open
      // a file that is no page has no ending of one
      const opened = (tokens, index, ...others) => {
        const isCopied = namesCopied(tokens[index].attrGet('href'))
        const html = open(tokens, index, ...others)
        return isCopied ? html.replace('.html"', '"') : html
      }
      Object.assign(renderer.rules, { html_inline: shown, html_block: shown, link_open: opened })
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
          { text: 'The page', link: '/docs/page' },
          { text: 'Importing', link: '/docs/import' },
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
          { text: 'Budgets', link: '/docs/budgets' },
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
          { text: 'Releasing', link: '/docs/releasing' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Security policy', link: '/SECURITY' },
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
