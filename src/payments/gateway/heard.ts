/**
 * What a gateway has told of one thing so far, each as the bytes that it signed, in the order of their arrival. A gateway
 * that cannot be asked how a thing stands is known by this alone. Abstract, so that it is its own injection token.
 */
export abstract class Heard {
  abstract about(gateway: string, providerId: string): Promise<Buffer[]>;
}
