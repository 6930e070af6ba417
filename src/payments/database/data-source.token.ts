/** Known inside payments only: no other module can ask the container for this connection by name. */
export const PAYMENTS_DATA_SOURCE = Symbol('payments data source');
