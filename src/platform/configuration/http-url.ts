/** For `@IsUrl`: an address with its protocol. A name without a dot is one, on this machine or in a network of containers. */
export const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
