import { newId } from '../state/ids.js';
import { listOfPage, pagination } from '../wire/lists.js';
import { string, want, type Reader } from '../wire/parameters.js';
import { route } from '../wire/route.js';
import type { Upload } from '../wire/multipart.js';
import { invalidParameter } from '../wire/errors.js';

/** https://docs.stripe.com/api/files: what dispute evidence points to. */
const upload: Reader<Upload> = {
  read(value, name) {
    if (typeof value === 'object' && value !== null && 'bytes' in value) return value as Upload;
    throw invalidParameter('Invalid file', 'parameter_invalid', name);
  },
};

export const files = [
  route('POST /v1/files', { file: upload, purpose: string }, ({ changes, params }) => {
    const purpose = want(params.purpose, 'purpose');
    const { filename, contentType, bytes } = want(params.file, 'file');
    return changes.save({
      id: newId('file'),
      object: 'file',
      created: changes.now,
      expires_at: null,
      filename,
      purpose,
      size: bytes,
      title: null,
      type: contentType.split('/').at(-1) ?? null,
      url: null,
    });
  }),
  route('GET /v1/files', { ...pagination, purpose: string }, ({ changes, params }) => {
    return listOfPage(changes.all('file'), params, '/v1/files', [
      ({ purpose }) => !params.purpose || purpose === params.purpose,
    ]);
  }),
  route('GET /v1/files/:id', {}, ({ changes, id }) => changes.get('file', id, 'file')),
];
