/** The control door, PPPoE: sessions that are open. */
import { closeSession as close, openSession as open } from '../decide/pppoe';
import { wireOrder } from '../frame/ethernet';
import { noteChange } from '../memory/changes';
import { NO_SUCH_PORT, OK, resultOf, TABLE_FULL } from './abi';
import { portExists } from './exists';

export function openSession(port: u32, session: u32, ip: u32, mac: u64, cause: u32, origin: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(open(port, session, ip, wireOrder(mac), cause, origin) ? OK : TABLE_FULL);
}

export function closeSession(port: u32, session: u32, ip: u32, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  close(port, session, ip, cause);
  noteChange(cause);
  return resultOf(OK);
}
