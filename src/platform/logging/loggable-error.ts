import { stdSerializers } from 'pino';

/** A statement that failed is logged without its values: they are people's, and of everybody who shared it. */
export function loggableError(error: Error): object {
  return { ...stdSerializers.err(error), parameters: undefined };
}
