import type { Violation } from '../judge/evidence.ts';
import type { Json } from '../world/gateway-account.ts';
import type { World } from '../world/world.ts';

/** What must be true of everybody's saved methods once all is quiet, read from both sides with the judge's own eyes. */
export async function truth(world: World): Promise<Violation[]> {
  return [
    ...(await oneDefault(world)),
    ...(await onlyActiveCharged(world)),
    ...(await sameAsGateway(world)),
    ...(await tokensForgotten(world)),
  ];
}

/** One default at most, and never one that cannot be charged; whoever has usable methods was given one. */
async function oneDefault(world: World): Promise<Violation[]> {
  const rows = await world.rows(
    `SELECT payer_id, count(*) FILTER (WHERE is_default)::int AS defaults,
            count(*) FILTER (WHERE is_default AND status <> 'active')::int AS dead
       FROM payments.payment_method GROUP BY payer_id`,
  );
  return rows
    .filter(({ defaults, dead }) => defaults > 1 || dead > 0)
    .map(({ payer_id, defaults, dead }) =>
      violation('one default', payer_id, `has ${defaults} defaults, ${dead} of them dead`),
    );
}

/** When its charge was begun, the method was active, as its own history says. (An attempt's own time is moved when a day passes.) */
async function onlyActiveCharged(world: World): Promise<Violation[]> {
  const rows = await world.rows(
    `SELECT method.payer_id, payment.id, stood.status FROM payments.payment
       JOIN payments.payment_method method ON method.id = payment.payment_method_id
       LEFT JOIN LATERAL (
         SELECT after ->> 'status' AS status FROM payments.payment_method_change change
          WHERE change.payment_method_id = method.id AND changed_at <= payment.created_at
          ORDER BY changed_at DESC LIMIT 1) stood ON true
      WHERE stood.status IS DISTINCT FROM 'active'`,
  );
  return rows.map(({ payer_id, id, status }) =>
    violation('no dead method charged', payer_id, `payment ${id} charged a method that was ${status}`),
  );
}

/** Every card that a customer has there is one method here, shown as it is there; and nothing else is. */
async function sameAsGateway(world: World): Promise<Violation[]> {
  const customers = await world.rows(
    'SELECT payer_id, provider_customer FROM payments.gateway_customer WHERE provider_customer IS NOT NULL',
  );
  const methods = await world.rows(`SELECT * FROM payments.payment_method WHERE status <> 'removed'`);
  const found: Violation[] = [];
  for (const { payer_id, provider_customer } of customers) {
    const path = `/v1/customers/${provider_customer}/payment_methods?limit=100`;
    const cards = (await world.account.call('GET', path)).data as Json[];
    const there = cards
      .map(({ card }) => card)
      .map(({ brand, last4, exp_month, exp_year }) => ({
        name: `${brand} ${last4}`,
        // A card that just expires is told of by nobody, and its date is asked for at the next occasion.
        expiry: Date.UTC(exp_year, exp_month, 1) > Date.now() ? `${exp_month}/${exp_year}` : null,
      }));
    const here = methods
      .filter((row) => row.payer_id === payer_id)
      .map((row) => ({
        name: `${row.card_brand} ${row.last_four}`,
        expiry: `${row.expiry_month}/${row.expiry_year}`,
      }));
    const differs =
      here.length !== there.length ||
      there.some(({ name, expiry }) => {
        const at = here.findIndex((ours) => ours.name === name && (!expiry || ours.expiry === expiry));
        if (at >= 0) here.splice(at, 1);
        return at < 0;
      });
    if (differs)
      found.push(
        violation(
          'as at the gateway',
          payer_id,
          `has ${JSON.stringify(methods.filter((row) => row.payer_id === payer_id).map(cardOf))}; there ${JSON.stringify(there)}`,
        ),
      );
  }
  return found;
}

async function tokensForgotten(world: World): Promise<Violation[]> {
  const rows = await world.rows(
    `SELECT method.payer_id, count(*)::int FROM payments.payment_method_task task
       JOIN payments.payment_method method ON method.id = task.payment_method_id
      WHERE task.sealed_token IS NOT NULL GROUP BY method.payer_id`,
  );
  return rows.map(({ payer_id, count }) =>
    violation('old tokens go', payer_id, `has ${count} tokens that were retired and not detached`),
  );
}

function violation(rule: string, subject: string, words: string): Violation {
  return { rule, subject, words };
}

function cardOf(row: Json): string {
  return `${row.card_brand} ${row.last_four} ${row.expiry_month}/${row.expiry_year} ${row.status}`;
}
