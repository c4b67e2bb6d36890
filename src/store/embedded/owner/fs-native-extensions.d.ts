/** The part of the package that is used; it has no types of its own. */
declare module 'fs-native-extensions' {
  const native: {
    /** Locks a file of this descriptor for one open file; returns false where another one has it locked. */
    tryLock(descriptor: number): boolean
  }
  export default native
}
