/**
 * @module
 * Addresses of a Redis in messages.
 */

/** An address without what nobody should read in a log. */
export function withoutPassword(address: string): string {
  return address.replace(/\/\/.*@/, '//'); // up to the last @: a password may hold any character
}
