/** Whether a text has so many characters, surrogate pairs counted as one, and none that PostgreSQL cannot store. */
export function isText(text: string, shortest: number, longest: number): boolean {
  return isStorable(text) && text.length >= shortest && (text.length <= longest || [...text].length <= longest);
}

/** PostgreSQL stores every character but NUL. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}
