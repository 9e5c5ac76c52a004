namespace SspNative.Kernels.Gpu;

/// <summary>What a kernel takes of a multiprocessor, as the assembler of CUDA says.</summary>
/// <param name="Kernel">Its name, with type arguments.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Static, of a group.</param>
/// <param name="StackBytes">Local memory of a thread.</param>
/// <param name="SpillBytes">Written and read of registers that did not fit.</param>
/// <param name="Occupancy">Threads that can be resident, as a share of the most: bounded by registers, shared memory and groups.</param>
/// <param name="Loops">The innermost loops, the largest first.</param>
public sealed record KernelReport(
    string Kernel, string Architecture, int GroupSize, int Registers, int SharedBytes, int StackBytes, int SpillBytes, double Occupancy, int Instructions,
    IReadOnlyList<SassLoop> Loops);

/// <summary>A loop without a loop in it, in instructions.</summary>
/// <param name="Fma">FFMA.</param>
/// <param name="Mma">HMMA.</param>
/// <param name="WideShared">LDS.128.</param>
/// <param name="WideGlobal">LDG.E.128 and LDGSTS.E.128.</param>
/// <param name="Local">LDL and STL: registers that were spilled, or an array that is none.</param>
public sealed record SassLoop(int Instructions, int Fma, int Mma, int WideShared, int WideGlobal, int Local);
