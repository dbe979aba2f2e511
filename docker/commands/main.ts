/** The commands an agent types in its shell, one program under several names. */
process.exitCode = 1
