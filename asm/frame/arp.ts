/**
 * An ARP frame, offsets from the start of the frame (RFC 826):
 *
 *  14            20          22           28          32           38
 *  ┌ types, sizes ┬ operation ┬ sender MAC ┬ sender IP ┬ target MAC ┬ target IP ┐ 42
 */
export const ARP_FRAME_BYTES: u32 = 42;
export const ARP_OPERATION: usize = 20;
export const ARP_SENDER_MAC: usize = 22;
export const ARP_SENDER_IP: usize = 28;
export const ARP_TARGET_IP: usize = 38;
