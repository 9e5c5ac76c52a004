namespace SspNative.Kernels;

/// <summary>
/// One call of a kernel as data: its operands and scalars, by name. A device runs it by <see cref="IDevice.Launch"/>; what watches a device sees the
/// same value. A call holds nothing but buffers and numbers, or lists of them, and returns nothing: results go to buffers.
/// </summary>
/// <typeparam name="TSelf">The call itself.</typeparam>
public interface IKernelCall<TSelf>
    where TSelf : struct, IKernelCall<TSelf>
{
    /// <summary>The kernel, in snake_case, as profiles and recordings show it.</summary>
    static abstract string Name { get; }

    /// <summary>What it costs, from its shapes alone.</summary>
    Cost Cost { get; }

    /// <summary>Shows every operand. Returns the same call over the buffers that were given back for them.</summary>
    TSelf Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands;

    /// <summary>Fails where fields contradict each other, as those of a file may; operations make no such call.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    void RequireSound()
    {
    }

    /// <summary>Calls its own method of <see cref="IKernels"/>: a device that lacks the kernel does not compile.</summary>
    void Run(IKernels kernels);
}

/// <summary>
/// What a device computes: one method a kernel, each declared beside its call. All tensors are contiguous float32 unless a call says otherwise;
/// images and feature maps are channels-last, (B,H,W,C). Every kernel overwrites its outputs, gradients included (the tape adds gradients that
/// meet); arguments were checked above this contract, so kernels check nothing.
/// </summary>
public partial interface IKernels;
