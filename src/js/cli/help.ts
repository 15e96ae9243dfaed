/** How the help of the command line is laid out. */

/** The column at which what is said of a flag begins, and the last one. */
const COLUMN = 28;
const WIDTH = 96;

/** The lines of flags with their values, as in `key-server KIND`, and what is said of each. */
export function helpOf(flags: readonly (readonly [flag: string, said: string])[]): string {
  return flags.map(([flag, said]) => lineOf(`      --${flag}`, said)).join('');
}

function lineOf(flag: string, said: string): string {
  const indent = ' '.repeat(COLUMN);
  const lines = [''];
  for (const word of said.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && COLUMN + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const first = flag.length < COLUMN - 1 ? flag.padEnd(COLUMN) : `${flag}\n${indent}`;
  return `${first}${lines.join(`\n${indent}`)}\n`;
}
