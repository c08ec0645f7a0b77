/** Whether a text can be kept: PostgreSQL takes no NUL, and its JSON no half of a surrogate pair. */
export const isKeepable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** A text of somebody else's as a message repeats it. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
