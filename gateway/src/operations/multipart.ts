/** The media types of answers in parts: of `@defer`, and of subscriptions over HTTP. */
export const MULTIPART_TYPES = {
  '20220824': 'multipart/mixed; boundary="-"; deferSpec=20220824',
  'v0.2': 'multipart/mixed; boundary="-"; incrementalSpec=v0.2',
  subscription: 'multipart/mixed; boundary="-"; subscriptionSpec=1.0',
} as const;

/** Writes the parts of an answer as `multipart/mixed` with the boundary `-`, in the form that Apollo Client and others read. */
export async function* writeMultipart(parts: AsyncIterable<string>): AsyncGenerator<string> {
  // A part is complete for its reader once the next boundary has come, so each part brings that along.
  let boundary = '\r\n---';
  for await (const part of parts) {
    yield `${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${part}\r\n---`;
    boundary = '';
  }
  yield `${boundary}--\r\n`;
}
