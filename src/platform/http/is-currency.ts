import { ValidateBy } from 'class-validator';

const CURRENCIES: ReadonlySet<unknown> = new Set(Intl.supportedValuesOf('currency'));

/** A currency that is in use, as an upper-case ISO 4217 code. */
export const IsCurrency = (): PropertyDecorator =>
  ValidateBy({
    name: 'isCurrency',
    validator: {
      validate: (value) => CURRENCIES.has(value),
      defaultMessage: () => 'currency must be an upper-case ISO 4217 code such as USD',
    },
  });
