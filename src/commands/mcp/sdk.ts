// The parts of the official SDK that a server over stdio needs. `npm run build` puts them into this one file: as a
// dependency the SDK would bring 90 packages, among them two web servers that nothing here starts.
export { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
export { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
