/** The folder of the program's files. Paths in it are found from here, since a bundle has the code of several folders in one file. */
export const programFolder: URL = new URL('.', import.meta.url)
