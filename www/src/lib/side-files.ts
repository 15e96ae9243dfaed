/** Side files of text: which film a dropped file of subtitles belongs to. */

const TEXT = /\.(vtt|srt|ttml|dfxp)$/i;

/** Whether a file is one of text, by its name: it is packaged with the film that it belongs to. */
export function isText(file: File): boolean {
  return TEXT.test(file.name);
}

/**
 * Which of the films a file of text belongs to: the one whose name it begins with, as `film.en.vtt` does with `film.mp4`, the longest
 * such name; else the only film there is.
 */
export function filmOf<T extends { readonly file: File }>(text: File, films: readonly T[]): T | undefined {
  const stem = (name: string): string => name.replace(/\.[^.]*$/, '').toLowerCase();
  const name = text.name.toLowerCase();
  const named = films.filter(({ file }) => name.startsWith(`${stem(file.name)}.`) || name.startsWith(`${stem(file.name)}_`));
  named.sort((a, b) => stem(b.file.name).length - stem(a.file.name).length);
  return named[0] ?? (films.length === 1 ? films[0] : undefined);
}
