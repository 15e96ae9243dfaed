/** The help of the command line, as the tables of flags say it. */

import type { Command, Flag } from '../generated/flags';

/** The column at which what is said of a flag begins. */
const COLUMN = 28;

/** The last column. */
const WIDTH = 96;

/** What the program does, and its commands. */
export function overview(commands: readonly Command[]): string {
  const of = ({ name, arguments: words, about }: Command): string => {
    const sentence = about.join(' ').split(/(?<=\.) /)[0] ?? '';
    return `  tabpack ${name} ${words}\n${wrapped(sentence, 6)}\n`;
  };
  return `Usage: tabpack COMMAND ...

Packages media for DASH, CMAF and HLS with Common Encryption, and reads back what was packaged.

${commands.map(of).join('')}
  tabpack COMMAND --help    the options of a command
  tabpack --version         the version
`;
}

/** A command with all of its flags. */
export function helpOf({ name, arguments: words, about, flags }: Command): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const own = flags.filter((flag) => flag.group === group);
    return `${group === '' ? 'Options' : group}:\n${own.map(lineOf).join('')}`;
  });
  return `Usage: tabpack ${name} ${words} [options]\n\n${about.join('\n')}\n\n${sections.join('\n')}`;
}

function lineOf({ name, short, value, help }: Flag): string {
  const flag = `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  const lines = wrapped(help.join(' '), COLUMN);
  return flag.length < COLUMN - 1 ? `${flag.padEnd(COLUMN)}${lines.trimStart()}\n` : `${flag}\n${lines}\n`;
}

/** A text in lines that begin at a column. */
function wrapped(text: string, column: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && column + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => ' '.repeat(column) + line).join('\n');
}
