namespace SspNative.Tests.Examples.SwiGlu.Cpu;

public partial interface IKernels
{
    /// <inheritdoc cref="SwiGluCall"/>
    void SwiGlu(in SwiGluCall call);

    /// <inheritdoc cref="SwiGluBackwardCall"/>
    void SwiGluBackward(in SwiGluBackwardCall call);
}
