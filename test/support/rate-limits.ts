/** Tests call as fast as they can: what one of them asks for in a minute would be a flood. */
export const NO_RATE_LIMITS = {
  RATE_LIMIT_PER_ADDRESS: '1000000',
  RATE_LIMIT_PER_PERSON: '1000000',
  RATE_LIMIT_PER_SERVICE: '1000000',
};
