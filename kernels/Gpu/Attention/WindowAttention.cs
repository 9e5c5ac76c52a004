namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void WindowAttention(in WindowAttentionCall call)
    {
        WindowAttentionShape s = call.Shape;
        _ = checked((int)(3 * s.Outputs));
        Forward(
            new AttentionOperands
            {
                Q = Floats(call.Qkv),
                K = Floats(call.Qkv),
                V = Floats(call.Qkv),
                Y = Floats(call.Y),
                LogSumExp = Floats(OrAbsent(call.LogSumExp)),
                HasLogSumExp = call.LogSumExp is null ? 0 : 1,
                DimQk = s.Dim,
                DimV = s.Dim,
                ImageGroups = s.H / s.Window * (s.W / s.Window) * s.Heads,
            },
            WindowsOf(s) * s.Heads, new WindowedAttention(s, WindowScale(s), Floats(call.BiasTable)));
    }

    /// <summary>Windows of all maps.</summary>
    private static int WindowsOf(in WindowAttentionShape s) => s.B * (s.H / s.Window) * (s.W / s.Window);

    private static float WindowScale(in WindowAttentionShape s) => 1f / MathF.Sqrt(s.Dim);
}
