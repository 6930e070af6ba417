/** A file that came with a form: weighed, not kept. */
export interface Upload {
  filename: string;
  contentType: string;
  bytes: number;
}

/** Reads a `multipart/form-data` body (RFC 7578): fields as text, files as their description. */
export function parseMultipart(body: Buffer, contentType: string): Record<string, string | Upload> {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  const values: Record<string, string | Upload> = {};
  if (!boundary) return values;
  const delimiter = Buffer.from(`--${boundary}`);
  for (let start = body.indexOf(delimiter); start >= 0;) {
    const end = body.indexOf(delimiter, start + delimiter.length);
    if (end < 0) break;
    const part = body.subarray(start + delimiter.length + 2, end - 2);
    const headersEnd = part.indexOf('\r\n\r\n');
    if (headersEnd >= 0) {
      const headers = part.subarray(0, headersEnd).toString('utf8');
      const content = part.subarray(headersEnd + 4);
      const name = /\bname="([^"]*)"/.exec(headers)?.[1] ?? '';
      const filename = /filename="([^"]*)"/.exec(headers)?.[1];
      const type = /content-type:\s*([^\r\n]+)/i.exec(headers)?.[1] ?? 'application/octet-stream';
      values[name] =
        filename === undefined
          ? content.toString('utf8')
          : { filename, contentType: type, bytes: content.length };
    }
    start = end;
  }
  return values;
}
