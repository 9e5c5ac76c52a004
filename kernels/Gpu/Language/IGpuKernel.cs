namespace SspNative.Kernels.Gpu;

/// <summary>
/// A kernel as a struct: its fields are the arguments, <see cref="Run"/> is what every thread does. A launch copies it to the device; what it does
/// with its type arguments is decided when it is compiled.
/// </summary>
internal interface IGpuKernel
{
    /// <summary>Threads of a group, at most 1024.</summary>
    static abstract int GroupSize { get; }

    /// <summary>
    /// Groups that must fit on a multiprocessor at once, which bounds the registers of a thread: 65,536 / (groups · threads). 0 leaves it open.
    /// </summary>
    static virtual int GroupsPerMultiprocessor => 0;

    /// <summary>One thread.</summary>
    void Run();
}
