'use strict'

// The door of library.ts for CommonJS, in the versions of Node, too, whose `require` takes no ES modules.
exports.openReceiver = async (options) => {
  const library = await import('./library.js')
  return library.openReceiver(options)
}
