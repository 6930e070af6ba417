/** Banks rest on Saturdays and Sundays; their holidays are not counted, so this is the earliest day. */
export function businessDaysAfter(start: Date, days: number): Date {
  const date = new Date(start);
  for (let left = days; left > 0;) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() % 6 !== 0) left--;
  }
  return date;
}
