const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people: `1.4 MB` (powers of 1000, as file managers and networks count). */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Seconds for people: `0.42 s`, `12 s`, `3 min 05 s`, `1 h 02 min`. */
export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(value < 1 ? 2 : 1)} s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A media time as a timecode: `0:04.2`, `1:02:33.0`. */
export function timecode(value: number): string {
  const tenths = Math.max(0, Math.floor(value * 10 + 1e-6));
  const s = Math.floor(tenths / 10);
  const head = s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}` : `${Math.floor(s / 60)}`;
  return `${head}:${two(s % 60)}.${tenths % 10}`;
}

/** The time of day of a log line, `14:03:09.120`. */
export function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `1 file`, `3 files`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** What an unknown thrown value says, as a sentence. */
export function message(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}

/** A text with a capital at its start and a full stop at its end. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const head = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(head) ? head : `${head}.`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
