// Time zones as a task names them. IANA names are those that this machine knows, letter by letter.

/** Whether `zone` is an IANA name; ±hh:mm is none, since it has no summer time. */
export function isTimeZone(zone: string): boolean {
  // The first look into the machine's zones takes 10 ms, which every preview of a task in UTC would pay.
  if (zone === 'UTC') return true;
  if (isZoneOffset(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', {timeZone: zone});
    return true;
  } catch {
    return false;
  }
}

/** Whether `zone` is written ±hh:mm, within what MySQL takes. */
export function isZoneOffset(zone: string): boolean {
  return /^[+-](0\d|1[0-3]):[0-5]\d$|^\+14:00$/.test(zone);
}
