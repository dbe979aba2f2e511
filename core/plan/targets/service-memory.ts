/**
 * MiB of the functions of the control plane, on both clouds. Lambda gives CPU by memory, and a cold start that takes a
 * webhook in and starts a run is about 120 ms of computing beside the loading: most of a second at 256 MiB, half of that
 * at 512. A warm request mostly computes, too: each millisecond costs more, but there are fewer of them.
 */
export const serviceMemoryMiB = 512
