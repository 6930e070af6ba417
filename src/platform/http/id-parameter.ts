import { ParseUUIDPipe } from '@nestjs/common';
import { Problem } from '../problem/problem.js';

/** An id in an address; what is no id at all is answered exactly as an id that nobody has. */
export const IdParameter = new ParseUUIDPipe({
  exceptionFactory: () =>
    new Problem('not_found', 'There is nothing at this address, or nothing that you may see.'),
});
