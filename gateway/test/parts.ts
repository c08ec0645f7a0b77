/** The parts of a whole `multipart/mixed` body with the boundary `-`, as JSON values. */
export const partsOf = (body: string): unknown[] =>
  body
    .split('\r\n---')
    .map((part) => part.split('\r\n\r\n')[1])
    .flatMap((json) => (json === undefined ? [] : [JSON.parse(json)]));
