/** The part of the package that the tests use; it has no types of its own. */
declare module 'async-exit-hook' {
  const exitHook: { unhookEvent(event: string): void }
  export default exitHook
}
