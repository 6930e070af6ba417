import { applyDecorators } from '@nestjs/common';
import { Matches } from 'class-validator';
import { CommaList } from '../platform/configuration/comma-list.js';
import { Variable } from '../platform/configuration/variable.js';

/** What signs events between payments and the application, where they are two programs; both read the same. */
export function EventSecrets(): PropertyDecorator {
  return applyDecorators(
    Variable({
      meaning:
        'where payments run alone: secrets of the events that they send to the application, the same on both sides, as a comma list; all of them sign, and any is believed',
      defaultShown: 'unset: one made in the data folder, in development only',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      secret: true,
      followed: true,
    }),
    CommaList(),
    Matches(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, {
      each: true,
      message: 'must each be whsec_ and 24 to 64 bytes in base64',
    }),
  );
}
