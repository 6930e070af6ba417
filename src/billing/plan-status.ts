export type PlanStatus = 'active' | 'completed' | 'cancelled';

/**
 * Every legal change of a plan's status. A completed one is active again when a bank takes money back. For the reader and the
 * reference: each statement that changes a plan has the status before in its condition.
 */
export const PLAN_EDGES: Readonly<Record<PlanStatus, readonly PlanStatus[]>> = {
  active: ['completed', 'cancelled'],
  completed: ['active'],
  cancelled: [],
};
