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

    /// <summary>The nearest number of type tf32, of two as near the larger in magnitude, in the place of a float.</summary>
    [IntrinsicImplementation, DeviceCode("cvt.rna.tf32.f32 %r, %0;", "((as_uint((float)(%0)) + 0x1000u) & 0xffffe000u)")]
    public static uint ToTf32(float x) => throw OnHost();

    /// <summary>Two floats as bf16, each to the nearest even: <paramref name="low"/> in the lower half.</summary>
    [IntrinsicImplementation, DeviceCode(
        "cvt.rn.bf16x2.f32 %r, %1, %0;",
        "(((as_uint((float)(%0)) + 0x7fffu + ((as_uint((float)(%0)) >> 16) & 1u)) >> 16) "
        + "| ((as_uint((float)(%1)) + 0x7fffu + ((as_uint((float)(%1)) >> 16) & 1u)) & 0xffff0000u))")]
    public static uint ToBFloat16Pair(float low, float high) => throw OnHost();

    /// <summary>
    /// c + a · b of a warp: (16,8) + (16,8)·(8,8) of type tf32. With g = lane / 4 and q = lane % 4, a thread has of a the rows g and g + 8 of column q, then of
    /// column q + 4; of b rows q and q + 4 of column g; of c columns 2q and 2q + 1 of row g, then of row g + 8. CUDA only.
    /// </summary>
    [IntrinsicImplementation, DeviceCode("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%r}, {%1}, {%2}, {%0};", null)]
    public static F4 MultiplyTf32(F4 c, U4 a, U2 b) => throw OnHost();

    /// <summary>The same of bf16: (16,8) + (16,16)·(16,8). A word has two neighbours along k, so that word q is what number q is of tf32. CUDA only.</summary>
    [IntrinsicImplementation, DeviceCode("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%r}, {%1}, {%2}, {%0};", null)]
    public static F4 MultiplyBFloat16(F4 c, U4 a, U2 b) => throw OnHost();

    /// <summary>
    /// Four matrices of 8 rows of 16 bytes from shared memory. A lane names row lane % 8 of matrix lane / 8, and gets word lane % 4 of row lane / 4 of each.
    /// CUDA only.
    /// </summary>
    [IntrinsicImplementation, DeviceCode("{ .reg .u64 s; cvta.to.shared.u64 s, %0; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r}, [s]; }", null)]
    public static U4 LoadMatrices(ref U4 row) => throw OnHost();

    /// <summary>The upper half of a · b.</summary>
    [IntrinsicImplementation, DeviceCode("mul.hi.u32 %r, %0, %1;", "mul_hi((uint)(%0), (uint)(%1))")]
    public static uint MultiplyHigh(uint a, uint b) => throw OnHost();

    /// <summary>No access to memory moves across it, in the code of one thread.</summary>
    [IntrinsicImplementation, DeviceCode("bar.warp.sync 0xffffffff;", "(void)0")]
    public static void Fence() => throw OnHost();

    private static NotSupportedException OnHost() => new("an instruction of a device was called on the host");
}
