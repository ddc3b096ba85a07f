/** The rooms of asm/, from the ground up. A room imports from itself, from rooms before it, and from generated constants. */
export const ASM_ROOMS = ['memory', 'frame', 'nic', 'io', 'decide', 'run', 'bench', 'doors'] as const;
