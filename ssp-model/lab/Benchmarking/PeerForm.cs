using SspNative.Kernels.Operators;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>What a recorded call is for a peer: the case that computes the same, where there is one.</summary>
internal static class PeerForm
{
    /// <summary>The case, or null where no peer has such a computation by itself.</summary>
    public static BenchCase? Of(RecordedCall call) => call switch
    {
        RecordedCall<GemmCall> c => Gemm(c.Call),
        RecordedCall<WindowAttentionCall> c => Window(c.Call.Shape, Pass.Forward),
        RecordedCall<WindowAttentionBackwardCall> c => Window(c.Call.Shape, Pass.Backward),
        RecordedCall<AttentionCall> c => Attention(c.Call.Shape, c.Call.MaskKind, Pass.Forward),
        RecordedCall<AttentionBackwardCall> c => Attention(c.Call.Shape, c.Call.MaskKind, Pass.Backward),
        RecordedCall<DeformableAttentionCall> c => Deformable(c.Call.Shape, Pass.Forward),
        RecordedCall<DeformableAttentionBackwardCall> c => Deformable(c.Call.Shape, Pass.Backward),
        RecordedCall<Conv2dCall> c => Convolution(c.Call),
        RecordedCall<LayerNormCall> c => Rows("layer_norm", "channels", c.Call.Rows, c.Call.Channels, Pass.Forward),
        RecordedCall<LayerNormBackwardCall> c => Rows("layer_norm", "channels", c.Call.Rows, c.Call.Channels, Pass.Backward),
        RecordedCall<SoftmaxCall> c when !c.Call.Logarithm => Rows("softmax", "columns", c.Call.Rows, c.Call.Columns, Pass.Forward),
        RecordedCall<SoftmaxBackwardCall> c when !c.Call.Logarithm => Rows("softmax", "columns", c.Call.Rows, c.Call.Columns, Pass.Backward),
        RecordedCall<UnaryCall<Gelu>> c => Of("gelu", Pass.Forward, ("count", c.Call.Count)),
        RecordedCall<UnaryBackwardCall<Gelu>> c => Of("gelu", Pass.Backward, ("count", c.Call.Count)),
        RecordedCall<UnaryCall<Relu>> c => Of("relu", Pass.Forward, ("count", c.Call.Count)),
        RecordedCall<UnaryCall<Exp>> c => Of("exp", Pass.Forward, ("count", c.Call.Count)),
        RecordedCall<UnaryCall<Tanh>> c => Of("tanh", Pass.Forward, ("count", c.Call.Count)),
        RecordedCall<UnaryCall<Sigmoid>> c => Of("sigmoid", Pass.Forward, ("count", c.Call.Count)),
        RecordedCall<BinaryCall<Add>> c => Binary("add", c.Call),
        RecordedCall<BinaryCall<Sub>> c => Binary("sub", c.Call),
        RecordedCall<BinaryCall<Mul>> c => Binary("mul", c.Call),
        RecordedCall<BinaryCall<Div>> c => Binary("div", c.Call),
        RecordedCall<SumCall> { Call: { Inner: 1, Scale: 1 } } c => Rows("sum", "columns", c.Call.Outer, c.Call.Reduced, Pass.Forward),
        RecordedCall<AdamWCall> { Call.Tensors: [var one] } => Of("adamw", Pass.Forward, ("count", one.Count)),
        RecordedCall<InterpolateBilinearCall> c => UpsampleAdd(c.Call),
        _ => null,
    };

    // A linear layer: x (M,K) and weight (N,K), both whole, and nothing more than a bias and GELU.
    private static BenchCase? Gemm(in GemmCall c)
    {
        bool plain =
            c is { A.Transposed: false, B.Transposed: true, Accumulate: false, Residual: null, PreActivation: null, BType: DType.F32 or DType.F32Panels };
        if (!plain || c.A.Stride != c.K || c.B.Stride != c.K || c.C.Stride != c.N)
            return null;
        string? kind = (c.Bias is null, c.Activation) switch
        {
            (true, Activation.None) => "matmul",
            (false, Activation.None) => "linear",
            (false, Activation.Gelu) => "linear_gelu",
            _ => null,
        };
        return kind is null ? null : Of(kind, Pass.Forward, ("m", c.M), ("n", c.N), ("k", c.K));
    }

    private static BenchCase? Window(in WindowAttentionShape s, Pass pass) => s.B != 1 ? null : Of(
        "window_attention", pass, ("height", s.H), ("width", s.W), ("window", s.Window), ("shift", s.Shift), ("heads", s.Heads), ("dim", s.Dim));

    private static BenchCase? Attention(in AttentionShape s, AttentionMask mask, Pass pass) => s.DimQk != s.DimV || mask == AttentionMask.Keys ? null : Of(
        "attention", pass, ("batch", s.B), ("heads", s.Heads), ("queries", s.Nq), ("keys", s.Nk), ("dim", s.DimQk),
        ("masked", mask == AttentionMask.Full ? 1 : 0));

    private static BenchCase? Deformable(in DeformableAttentionShape s, Pass pass) => s.B != 1 || s.Levels.Count != 3 || s.Q != s.S ? null : Of(
        "deformable_attention", pass, ("heads", s.Heads), ("dim", s.Dim), ("points", s.Points), ("height0", s.Levels[0].H), ("width0", s.Levels[0].W),
        ("height1", s.Levels[1].H), ("width1", s.Levels[1].W), ("height2", s.Levels[2].H), ("width2", s.Levels[2].W));

    private static BenchCase? Convolution(in Conv2dCall c)
    {
        ConvShape s = c.Shape;
        return s.Groups != 1 || s.Kh != s.Kw || c.Bias is null || c.Activation != Activation.None ? null : Of(
            "conv2d", Pass.Forward, ("batch", s.B), ("height", s.H), ("width", s.W), ("in", s.Cin), ("out", s.Cout), ("kernel", s.Kh),
            ("stride", s.Stride), ("padding", s.Padding));
    }

    private static BenchCase? UpsampleAdd(in InterpolateBilinearCall c)
    {
        ResampleShape s = c.Shape;
        return c.Lateral is null || s.B != 1 || s.Hout != 2 * s.H || s.Wout != 2 * s.W
            ? null
            : Of("upsample_add", Pass.Forward, ("height", s.Hout), ("width", s.Wout), ("channels", s.C));
    }

    // Of two operands of one shape; what is broadcast is no peer's case.
    private static BenchCase? Binary<TOp>(string kind, in BinaryCall<TOp> c) where TOp : struct, IBinaryOperator =>
        c.AShape != c.Shape || c.BShape != c.Shape ? null : Of(kind, Pass.Forward, ("count", c.Shape.Count));

    private static BenchCase? Rows(string kind, string columns, long rows, long width, Pass pass) => Of(kind, pass, ("rows", rows), (columns, width));

    private static BenchCase? Of(string kind, Pass pass, params ReadOnlySpan<(string Name, long Value)> sizes)
    {
        var map = new Dictionary<string, int>();
        foreach ((string name, long value) in sizes)
        {
            if (value > int.MaxValue)
                return null;
            map[name] = (int)value;
        }
        return new BenchCase(KernelCases.Text(kind, pass, map), kind, pass, map);
    }
}
