using SspNative.Kernels;

namespace SspNative.Tests.Examples.SwiGlu;

/// <summary>
/// The example's methods of <see cref="IKernels"/>. In the product they are members; another assembly cannot add any, so here they lead a call from the
/// processor's device to the example's kernels, on the same instruction set.
/// </summary>
internal static class ExampleKernels
{
    public static void SwiGlu(this IKernels kernels, in SwiGluCall call) => Of(kernels).SwiGlu(in call);

    public static void SwiGluBackward(this IKernels kernels, in SwiGluBackwardCall call) => Of(kernels).SwiGluBackward(in call);

    private static Cpu.IKernels Of(IKernels kernels) =>
        (Cpu.IKernels)Activator.CreateInstance(typeof(Cpu.CpuKernels<,>).MakeGenericType(kernels.GetType().GenericTypeArguments))!;
}
