using ILGPU.IR.Intrinsics;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// Instructions that ILGPU lacks, or writes otherwise than we want. Arithmetic is rounded as the CPU rounds it: with <c>.rn</c> the assembler may not
/// contract a product and a sum into one operation.
/// </summary>
internal static class Instructions
{
    /// <summary>a + b.</summary>
    [IntrinsicImplementation, DeviceCode("add.rn.f32 %r, %0, %1;", "%0 + %1")]
    public static float Add(float a, float b) => throw OnHost();

    /// <summary>a − b.</summary>
    [IntrinsicImplementation, DeviceCode("sub.rn.f32 %r, %0, %1;", "%0 - %1")]
    public static float Sub(float a, float b) => throw OnHost();

    /// <summary>a · b.</summary>
    [IntrinsicImplementation, DeviceCode("mul.rn.f32 %r, %0, %1;", "%0 * %1")]
    public static float Mul(float a, float b) => throw OnHost();

    /// <summary>a / b, to the nearest.</summary>
    [IntrinsicImplementation, DeviceCode("div.rn.f32 %r, %0, %1;", "%0 / %1")]
    public static float Div(float a, float b) => throw OnHost();

    /// <summary>a·b + c, rounded once.</summary>
    [IntrinsicImplementation, DeviceCode("fma.rn.f32 %r, %0, %1, %2;", "fma(%0, %1, %2)")]
    public static float Fma(float a, float b, float c) => throw OnHost();

    /// <summary>√a, to the nearest.</summary>
    [IntrinsicImplementation, DeviceCode("sqrt.rn.f32 %r, %0;", "sqrt(%0)")]
    public static float Sqrt(float a) => throw OnHost();

    /// <summary>
    /// All threads of the group have come here, and see what the others wrote to shared and global memory. (ILGPU's own barrier orders only global
    /// memory on OpenCL.)
    /// </summary>
    [IntrinsicImplementation, DeviceCode("bar.sync 0;", "work_group_barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)")]
    public static void Barrier() => throw OnHost();

    /// <summary>What the lane of the warp has whose number differs in the bits of <paramref name="lanes"/>. CUDA only.</summary>
    [IntrinsicImplementation, DeviceCode("shfl.sync.bfly.b32 %r, %0, %1, 31, 0xffffffff;", null)]
    public static float ShuffleXor(float x, int lanes) => throw OnHost();

    /// <summary>The upper half of a · b.</summary>
    [IntrinsicImplementation, DeviceCode("mul.hi.u32 %r, %0, %1;", "mul_hi((uint)(%0), (uint)(%1))")]
    public static uint MultiplyHigh(uint a, uint b) => throw OnHost();

    /// <summary>No access to memory moves across it, in the code of one thread.</summary>
    [IntrinsicImplementation, DeviceCode("bar.warp.sync 0xffffffff;", "(void)0")]
    public static void Fence() => throw OnHost();

    private static NotSupportedException OnHost() => new("an instruction of a device was called on the host");
}
